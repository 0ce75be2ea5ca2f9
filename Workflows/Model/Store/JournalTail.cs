using System.Runtime.CompilerServices;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.Store;

/// <summary>
/// The newest entries, kept in memory so that watchers need not go to the store, and the bell that wakes them.
/// Positions have no gaps.
/// </summary>
internal sealed class JournalTail(long position)
{
    public const int MostEntries = 4096;

    // One entry may hold the events of ten thousand steps.
    private const int MostEvents = 20_000;

    private const int PageLength = 512;

    private readonly Lock gate = new();
    private readonly JournalEntry?[] ring = new JournalEntry?[MostEntries];
    private long oldest = position + 1;
    private int events;
    private TaskCompletionSource? bell;
    private TaskCompletionSource? firstWatch;
    private int watchers;
    private long head = position;

    /// <summary>Of the newest entry; 0 for an empty journal.</summary>
    public long Position => Volatile.Read(ref head);

    public bool IsWatched => Volatile.Read(ref watchers) > 0;

    /// <summary>Completes at once while somebody watches, else when somebody begins to.</summary>
    public Task WhenWatchedAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (watchers > 0) return Task.CompletedTask;
            firstWatch ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return firstWatch.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Entries that are committed, in order, without a gap after <see cref="Position"/>.</summary>
    public void Publish(params ReadOnlySpan<JournalEntry> entries)
    {
        TaskCompletionSource? rung;
        lock (gate)
        {
            foreach (var entry in entries)
            {
                while (head - oldest + 1 >= ring.Length || (events + entry.Events.Length > MostEvents && oldest <= head)) Forget();
                ring[entry.Position % ring.Length] = entry;
                events += entry.Events.Length;
                head = entry.Position;
            }

            (rung, bell) = (bell, null);
        }

        rung?.SetResult();
    }

    /// <summary>The entries up to a position are in the store, and will not be published here.</summary>
    public void Skip(long to)
    {
        TaskCompletionSource? rung;
        lock (gate)
        {
            if (to <= head) return;
            while (oldest <= head) Forget();
            head = to;
            oldest = to + 1;
            (rung, bell) = (bell, null);
        }

        rung?.SetResult();
    }

    /// <summary>Every entry after a position, of all runs or one, and then each new one, without end.</summary>
    public async IAsyncEnumerable<JournalEntry> WatchAsync(
        IJournal journal, long after, RunId? run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Watched();
        try
        {
            await foreach (var entry in FollowAsync(journal, after, run, cancellationToken)) yield return entry;
        }
        finally
        {
            Interlocked.Decrement(ref watchers);
        }
    }

    private async IAsyncEnumerable<JournalEntry> FollowAsync(
        IJournal journal, long after, RunId? run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var page = new List<JournalEntry>();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            page.Clear();
            var known = TryRead(after, run, page, out var upTo);
            if (!known)
            {
                // Older than the ring: from the store, up to a full page; a short page has read to the end seen before it.
                var seen = Position;
                page = await journal.ReadPageAsync(after, run, PageLength, cancellationToken);
                upTo = page.Count == PageLength ? page[^1].Position : Math.Max(seen, page.Count > 0 ? page[^1].Position : 0);
            }

            foreach (var entry in page)
            {
                yield return entry;
            }

            after = Math.Max(after, upTo);
            if (known && page.Count == 0) await NextAsync(after, cancellationToken);
        }
    }

    private bool TryRead(long after, RunId? run, List<JournalEntry> into, out long upTo)
    {
        lock (gate)
        {
            upTo = head;
            if (after >= head) return true;
            if (after + 1 < oldest) return false;
            for (var position = after + 1; position <= head; position++)
            {
                var entry = ring[position % ring.Length]!;
                if (run is not null && entry.Run != run) continue;
                into.Add(entry);
                if (into.Count < PageLength) continue;
                upTo = position;
                break;
            }

            return true;
        }
    }

    private void Watched()
    {
        TaskCompletionSource? first;
        lock (gate)
        {
            Interlocked.Increment(ref watchers);
            (first, firstWatch) = (firstWatch, null);
        }

        first?.SetResult();
    }

    private void Forget()
    {
        events -= ring[oldest % ring.Length]!.Events.Length;
        ring[oldest % ring.Length] = null;
        oldest++;
    }

    private Task NextAsync(long after, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (head > after) return Task.CompletedTask;
            bell ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return bell.Task.WaitAsync(cancellationToken);
        }
    }
}
