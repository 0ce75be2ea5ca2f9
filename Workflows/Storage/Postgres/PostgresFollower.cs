using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Storage.Sql;

namespace Orchestrator.Workflows.Storage.Postgres;

/// <summary>
/// Brings the entries of all servers to the tail, in order. This server's own come from its writer; while somebody watches, those of the
/// others are read from the store, and own ones wait for what belongs before them.
/// </summary>
internal sealed class PostgresFollower : IAsyncDisposable
{
    private const int PageLength = 512;

    private static readonly TimeSpan pause = TimeSpan.FromMilliseconds(50);

    // Where a watch that begins with what is new begins.
    private static readonly TimeSpan unwatchedPause = TimeSpan.FromSeconds(1);

    private readonly PostgresDatabase database;
    private readonly SqlQueries queries;
    private readonly CancellationTokenSource stopping = new();
    private readonly Lock gate = new();
    private readonly Queue<JournalEntry> early = new();
    private readonly Task following;

    public PostgresFollower(PostgresDatabase database, SqlQueries queries, long position)
    {
        this.database = database;
        this.queries = queries;
        Tail = new JournalTail(position);
        following = Task.Run(FollowAsync);
    }

    public JournalTail Tail { get; }

    /// <summary>This server's own entries of one commit.</summary>
    /// <param name="position">The one before the first.</param>
    public void Committed(long position, ReadOnlySpan<JournalEntry> entries)
    {
        lock (gate)
        {
            if (early.Count == 0 && position == Tail.Position)
            {
                Tail.Publish(entries);
                return;
            }

            foreach (var entry in entries) early.Enqueue(entry);
            // While nobody watches nobody misses what others have written in between; whoever comes later reads it from the store.
            if (!Tail.IsWatched && position > Tail.Position) Tail.Skip(position);
            Take([]);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await following;
        stopping.Dispose();
    }

    private async Task FollowAsync()
    {
        try
        {
            while (true)
            {
                if (!Tail.IsWatched) await RestAsync();
                else if (!await ReadAsync()) await Task.Delay(pause, database.SystemClock, stopping.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The journal closes.
        }
        catch (JournalUnavailableException)
        {
            // The journal closes while the server is away.
        }
    }

    /// <summary>Nobody watches: only where the journal's end is.</summary>
    private async Task RestAsync()
    {
        using var limit = new CancellationTokenSource(unwatchedPause, database.SystemClock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping.Token);
        await Tail.WhenWatchedAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stopping.Token.ThrowIfCancellationRequested();
        if (Tail.IsWatched) return;

        var last = await queries.LastPositionAsync(stopping.Token);
        lock (gate)
        {
            if (!Tail.IsWatched && early.Count == 0) Tail.Skip(last);
        }
    }

    /// <summary>True: there may be more.</summary>
    private async Task<bool> ReadAsync()
    {
        var page = await queries.PageAsync(Tail.Position, null, PageLength, stopping.Token);
        if (page.Count == PageLength && await queries.LastPositionAsync(stopping.Token) is var last && last - page[^1].Position > JournalTail.MostEntries)
        {
            // Nobody watched for long: those who want it all read it from the store.
            lock (gate)
            {
                Tail.Skip(last);
                Take([]);
            }

            return true;
        }

        lock (gate) Take(page);
        return page.Count == PageLength;
    }

    private void Take(List<JournalEntry> page)
    {
        foreach (var entry in page)
        {
            if (entry.Position > Tail.Position) Tail.Publish(entry);
        }

        while (early.TryPeek(out var next) && next.Position <= Tail.Position + 1)
        {
            early.Dequeue();
            if (next.Position > Tail.Position) Tail.Publish(next);
        }
    }
}
