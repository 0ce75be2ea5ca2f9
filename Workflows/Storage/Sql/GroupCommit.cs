namespace Orchestrator.Workflows.Storage.Sql;

/// <summary>
/// The one thread that writes. While a transaction is on its way to the disk the next writes gather, and go together
/// in the transaction after it: the busier it is, the more share one sync of the disk.
/// </summary>
internal sealed class GroupCommit : IDisposable
{
    private readonly Action<List<JournalWrite>> commit;
    private readonly Thread thread;
    private readonly object gate = new();
    private List<JournalWrite> waiting = [];
    private List<JournalWrite> batch = [];
    private bool closing;

    /// <param name="commit">
    /// Called on the writer's thread. Makes all durable that are not completed, and completes them; or throws, and then none of
    /// those it has not completed is written.
    /// </param>
    public GroupCommit(Action<List<JournalWrite>> commit)
    {
        this.commit = commit;
        thread = new Thread(Drain) { IsBackground = true, Name = "journal-writer" };
        thread.Start();
    }

    /// <summary>Completes once the write is durable; fails alone when it cannot be written.</summary>
    public Task<T> WriteAsync<T>(JournalWrite<T> write)
    {
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

            try
            {
                commit(batch);
            }
            catch (Exception error)
            {
                if (batch.Count > 1) CommitOneByOne();
                else batch[0].Fail(error);
            }

            batch.Clear();
        }
    }

    /// <summary>One of them is the culprit: let each stand or fall by itself.</summary>
    private void CommitOneByOne()
    {
        foreach (var write in batch.Where(write => !write.IsCompleted))
        {
            try
            {
                commit([write]);
            }
            catch (Exception error)
            {
                write.Fail(error);
            }
        }
    }
}
