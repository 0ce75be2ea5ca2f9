using System.Data;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Npgsql;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Storage.Sql;

namespace Orchestrator.Workflows.Storage.Postgres;

/// <summary>
/// Makes batches of writes durable, each in one transaction and one round trip. A server that is away is waited for; a batch whose
/// answer was lost is looked up before it is sent again. For the writer's thread.
/// </summary>
internal sealed class PostgresWriter(PostgresDatabase database, PostgresMembership members, PostgresFollower follower) : IDisposable
{
    private const int MostWrites = 1000;
    private const int MostBytes = 8 << 20;
    private const int MostRefusals = 100;

    private readonly List<JournalWrite> round = [];
    private readonly HashSet<RunId> runs = [];
    private readonly List<JournalEntry> entries = [];

    // Another one after every failure: the driver sends and reads at once, so what failed may still be on its way out, and is not to be filled anew.
    private PostgresTransaction transaction = new();
    private NpgsqlConnection? connection;
    private Writer? self;

    // The number of the last transaction that is in.
    private long batch;

    public void Commit(List<JournalWrite> writes)
    {
        while (TakeRound(writes))
        {
            try
            {
                CommitRound();
            }
            catch (Exception error) when (error is FencedException or JournalUnavailableException)
            {
                // Whoever is fenced or closing need not ask for each alone.
                foreach (var write in writes.Where(write => !write.IsCompleted)) write.Fail(error);
            }
        }
    }

    public void Dispose()
    {
        try
        {
            if (connection is not null && self is { Joined: false }) Execute("DELETE FROM writers WHERE id = $1", self.Id);
        }
        catch (NpgsqlException)
        {
            // Its row stays behind, and means nothing.
        }

        connection?.Dispose();
    }

    /// <summary>Those that can go in one transaction: of each run one append, so that each meets what the other left.</summary>
    private bool TakeRound(List<JournalWrite> writes)
    {
        round.Clear();
        runs.Clear();
        var bytes = 0;
        foreach (var write in writes)
        {
            if (write.IsCompleted) continue;
            if (write is AppendWrite append)
            {
                if (!runs.Add(append.Transition.Run)) continue;
                bytes += append.Events.Length;
            }

            round.Add(write);
            if (round.Count == MostWrites || bytes > MostBytes) break;
        }

        return round.Count > 0;
    }

    private void CommitRound()
    {
        // Not while a round is under way: what it left behind stands under the old one's name.
        if (self != members.Writer) (self, batch) = (members.Writer, 0);
        var (inPlace, doubtful, failures, refusals) = (true, false, 0, 0);
        PostgresException? refusal = null;
        while (round.Count > 0)
        {
            try
            {
                Connect();
                if (refusal is not null)
                {
                    Meet(refusal);
                    refusal = null;
                    continue;
                }

                if (doubtful && FindLost())
                {
                    database.Writing.Over();
                    doubtful = false;
                    continue;
                }

                doubtful = true;
                var position = transaction.Execute(connection!, self!.Id, batch, round, inPlace);
                database.Writing.Over();
                batch++;
                Complete(position);
                return;
            }
            catch (PostgresException refused) when (refusal is null && IsRefusal(refused) && ++refusals <= MostRefusals)
            {
                transaction = new PostgresTransaction();
                // Asked of the server in the next round: it may go away meanwhile.
                refusal = refused;
                doubtful = refused.SqlState == PostgresFault.NotYourTurn;
                inPlace &= refused.SqlState != PostgresFault.TaskGone;
            }
            catch (Exception error) when (PostgresFault.IsPassing(error))
            {
                Disconnect();
                if (database.Closing.IsCancellationRequested) throw new JournalUnavailableException(database.Explain(error), error);
                if (++failures > 1) database.Writing.Met(error);
                database.Closing.WaitHandle.WaitOne(StoreHealth.Pause(failures));
            }
            catch
            {
                Disconnect();
                throw;
            }
        }
    }

    private static bool IsRefusal(PostgresException error) =>
        error.SqlState.StartsWith("OR", StringComparison.Ordinal) || error.SqlState == PostgresErrorCodes.UniqueViolation;

    /// <summary>Does what lets the round go through the next time.</summary>
    private void Meet(PostgresException refusal)
    {
        switch (refusal.SqlState)
        {
            // Either it is in already, from an attempt that was given up too early, or there is no such writer any more.
            case PostgresFault.NotYourTurn:
                if (ReadBatch() is null) throw new FencedException(self!.Id);
                break;
            case PostgresFault.Conflict:
                DropConflicts();
                break;
            case PostgresFault.LocksChanged:
                transaction.Locks.Load(connection!);
                break;
            case PostgresErrorCodes.UniqueViolation:
                if (!DropConflicts()) ExceptionDispatchInfo.Throw(refusal);
                break;
        }
    }

    /// <summary>A new one where there is none, or where the last error has closed it.</summary>
    private void Connect()
    {
        if (connection is { State: not ConnectionState.Open })
        {
            connection.Dispose();
            connection = null;
        }

        if (connection is null)
        {
            connection = database.Connect();
            // Plans that were made once, and always by the index: tables begin empty, and look small to the planner for too long.
            Execute("""
                SET plan_cache_mode = force_generic_plan; SET jit = off; SET enable_seqscan = off; SET enable_bitmapscan = off;
                SET enable_hashjoin = off; SET enable_mergejoin = off; SET statement_timeout = 0; SET lock_timeout = 0;
                SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'
                """);
        }

        // A process that is no server is never evicted: its row is only there to tell what is in.
        if (batch == 0 && !self!.Joined) Execute("INSERT INTO writers (id, batch) VALUES ($1, 0) ON CONFLICT (id) DO NOTHING", self.Id);
    }

    private void Disconnect()
    {
        transaction = new PostgresTransaction();
        connection?.Dispose();
        connection = null;
    }

    /// <summary>
    /// After a lost answer: what the transaction was about is completed when it is in. Waits for one that is still under way. False: it is not
    /// in, or has no entry to tell it by, and then nothing of it changes anything when it is done again.
    /// </summary>
    private bool FindLost()
    {
        var last = ReadBatch() ?? throw new FencedException(self!.Id);
        if (last == batch) return false;

        batch = last;
        if (round.OfType<AppendWrite>().FirstOrDefault(append => append.Events.Length > 0) is not { } first || FindEntry(first.Transition) is not { } found) return false;
        transaction.Locks.Load(connection!);
        // Whom the locks are news for was in the answer: they are told everything once more.
        foreach (var append in round.OfType<AppendWrite>())
            append.Result = new AppendResult(false, 0, append.Transition.Locks.IsEmpty && !append.Transition.Ends ? [] : transaction.Locks.Untold());
        // Which leases were taken was in it too: taking them again tells.
        var leases = round.OfType<LeaseWrite>().ToList();
        round.RemoveAll(write => write is LeaseWrite);
        Complete(found - 1);
        round.Clear();
        round.AddRange(leases);
        return true;
    }

    /// <summary>The position of its entry.</summary>
    private long? FindEntry(Transition transition)
    {
        using var command = new NpgsqlCommand("SELECT position FROM transitions WHERE run = $1 AND version = $2 AND at = $3", connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = transition.Run.Value });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = transition.Expected + 1 });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = transition.At.UtcTicks });
        return (long?)command.ExecuteScalar();
    }

    private long? ReadBatch()
    {
        using var command = new NpgsqlCommand("SELECT batch FROM writers WHERE id = $1 FOR UPDATE", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = self!.Id });
        return (long?)command.ExecuteScalar();
    }

    /// <summary>Answers the appends whose run has another version than they expect, and leaves them out. False: there are none.</summary>
    private bool DropConflicts()
    {
        var appends = round.OfType<AppendWrite>().Where(append => append.Events.Length > 0).ToList();
        using var command = new NpgsqlCommand("""
            SELECT ordinal FROM unnest($1, $2) WITH ORDINALITY AS given (run, version, ordinal)
            WHERE version <> 1 + coalesce((SELECT max(transitions.version) FROM transitions WHERE transitions.run = given.run), 0)
            """, connection);
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. appends.Select(append => append.Transition.Run.Value)] });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. appends.Select(append => append.Transition.Expected + 1)] });
        using var reader = command.ExecuteReader();
        var dropped = false;
        while (reader.Read())
        {
            var append = appends[(int)reader.GetInt64(0) - 1];
            append.Result = AppendResult.Conflicted;
            append.Complete();
            round.Remove(append);
            dropped = true;
        }

        return dropped;
    }

    /// <param name="position">The one before the round's first entry.</param>
    private void Complete(long position)
    {
        EngineMetrics.Commits.Record(round.Count);
        entries.Clear();
        var first = position;
        foreach (var write in round)
        {
            if (write is not AppendWrite append) continue;
            if (append.Events.Length > 0) entries.Add(append.ToEntry(++position));
            append.Result = append.Result with { Position = position };
        }

        if (entries.Count > 0) follower.Committed(first, CollectionsMarshal.AsSpan(entries));
        foreach (var write in round) write.Complete();
    }

    private void Execute(string sql, string? id = null)
    {
        using var command = new NpgsqlCommand(sql, connection);
        if (id is not null) command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = id });
        command.ExecuteNonQuery();
    }
}
