using Microsoft.Data.Sqlite;

namespace Orchestrator.Workflows.Journals.Sqlite;

/// <summary>
/// The one thread that writes. While a transaction is on its way to the disk the next writes gather, and go together
/// in the transaction after it: the busier it is, the more share one sync of the disk.
/// </summary>
internal sealed class SqliteWriter : IDisposable
{
    private readonly SqliteStatement begin;
    private readonly SqliteStatement commit;
    private readonly SqliteStatement rollback;
    private readonly Action<int> committed;
    private readonly Action undone;
    private readonly Thread thread;
    private readonly object gate = new();
    private List<Write> waiting = [];
    private List<Write> batch = [];
    private bool closing;

    /// <param name="committed">Called on the writer's thread after each commit with the number of writes, before any of them completes.</param>
    /// <param name="undone">Called after each rollback: what the writes have changed in memory must be read again.</param>
    public SqliteWriter(SqliteConnection connection, Action<int> committed, Action undone)
    {
        this.committed = committed;
        this.undone = undone;
        begin = new SqliteStatement(connection, "BEGIN IMMEDIATE");
        commit = new SqliteStatement(connection, "COMMIT");
        rollback = new SqliteStatement(connection, "ROLLBACK");
        thread = new Thread(Drain) { IsBackground = true, Name = "journal-writer" };
        thread.Start();
    }

    /// <summary>Completes with the work's result once it is durable; fails alone when the work throws.</summary>
    public Task<T> WriteAsync<T>(Func<T> work)
    {
        var write = new Write<T>(work);
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(closing, this);
            waiting.Add(write);
            Monitor.Pulse(gate);
        }

        return write.Completion;
    }

    /// <summary>Writes what waits, and ends the thread.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (closing) return;
            closing = true;
            Monitor.Pulse(gate);
        }

        thread.Join();
        begin.Dispose();
        commit.Dispose();
        rollback.Dispose();
    }

    private void Drain()
    {
        while (true)
        {
            lock (gate)
            {
                while (waiting.Count == 0 && !closing) Monitor.Wait(gate);
                if (waiting.Count == 0) return;
                (batch, waiting) = (waiting, batch);
            }

            if (!TryCommit(batch) && batch.Count > 1)
            {
                // One of them is the culprit: let each stand or fall by itself.
                foreach (var write in batch) TryCommit([write]);
            }

            batch.Clear();
        }
    }

    private bool TryCommit(List<Write> writes)
    {
        try
        {
            begin.Execute();
            foreach (var write in writes) write.Work();
            commit.Execute();
        }
        catch (Exception error)
        {
            TryRollback();
            if (writes.Count == 1) writes[0].Fail(error);
            return false;
        }

        committed(writes.Count);
        foreach (var write in writes) write.Complete();
        return true;
    }

    private void TryRollback()
    {
        try
        {
            rollback.Execute();
        }
        catch (SqliteException)
        {
            // The failure itself has ended the transaction.
        }

        undone();
    }

    private abstract class Write
    {
        public abstract void Work();

        public abstract void Complete();

        public abstract void Fail(Exception error);
    }

    private sealed class Write<T>(Func<T> work) : Write
    {
        private readonly TaskCompletionSource<T> source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? result;

        public Task<T> Completion => source.Task;

        public override void Work() => result = work();

        public override void Complete() => source.SetResult(result!);

        public override void Fail(Exception error) => source.SetException(error);
    }
}
