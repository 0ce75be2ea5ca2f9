using System.Collections.Immutable;
using Orchestrator.Server.Projections;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Scheduling.Policy;

namespace Orchestrator.Server.Audit;

/// <summary>Which acts; null: any.</summary>
internal sealed record AuditQuery(string? By, Guid? Run, string? Kind, DateTimeOffset? From, DateTimeOffset? To)
{
    /// <summary>Any of these; null: any.</summary>
    public ImmutableHashSet<string>? Kinds { get; init; }

    public bool Matches(AuditEntry entry) =>
        (By is null || entry.By == By) && (Run is null || entry.Run == Run.Value.ToString()) && (Kind is null || entry.Kind == Kind) && (Kinds is null || Kinds.Contains(entry.Kind))
        && (From is null || entry.At >= From) && (To is null || entry.At < To);
}

/// <summary>
/// What people did, over the whole journal. The first who asks has it read once, in the background; from then on the journal
/// is followed, so that asking costs what people did and not what ran. The latest are kept.
/// </summary>
internal sealed class AuditTrail(Engine engine, Workflows.Scheduling.Schedules schedules, Clocks clocks, ProjectionSet projections, IHostApplicationLifetime lifetime) : IDisposable
{
    private const int Most = 100_000;
    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly Kept _entries = new();
    private readonly Kept _auditEvents = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _following;
    private long _position;
    private long _auditEvent;

    public void Dispose() => _turn.Dispose();

    /// <summary>A page, newest first, and whether the journal was read to its end as it was when this was asked.</summary>
    /// <param name="cursor">Of the page before; null: the first. Throws <see cref="FormatException"/> for one that no page gave.</param>
    public async Task<(List<AuditEntry> Acts, string? Next, bool Complete)> ReadAsync(AuditQuery query, string? cursor, int limit, CancellationToken cancellationToken)
    {
        var complete = await CatchUpAsync(cancellationToken);
        var policies = await PoliciesAsync(cancellationToken);
        lock (_gate)
        {
            // Each of the three is in its own order; the latest of their heads is next.
            Func<long, AuditEntry?>[] before = [_entries.Before, _auditEvents.Before, number => number > 0 && number <= policies.Count ? policies[(int)number - 1] : null];
            long[] at = cursor is null ? [_entries.End, _auditEvents.End, policies.Count] : Parse(cursor);
            var page = new List<AuditEntry>();
            while (page.Count < limit)
            {
                var next = -1;
                for (var list = 0; list < before.Length; list++)
                {
                    next = before[list](at[list]) is { } head && (next < 0 || head.At > before[next](at[next])!.At) ? list : next;
                }

                if (next < 0)
                {
                    return (page, null, complete);
                }

                var entry = before[next](at[next]--)!;
                if (query.Matches(entry))
                {
                    page.Add(entry);
                }
            }

            return (page, before.Select((list, index) => list(at[index])).All(head => head is null) ? null : string.Join('.', at), complete);
        }
    }

    /// <summary>What people ruled on schedules, the oldest first; their store is small and keeps everything.</summary>
    private async Task<List<AuditEntry>> PoliciesAsync(CancellationToken cancellationToken)
    {
        try
        {
            var windows = await schedules.FreezesAsync(removed: true, cancellationToken);
            var overrides = await schedules.OverridesAsync(expired: true, cancellationToken);
            var names = windows.ToDictionary(window => window.Id, window => window.Name);
            var removals = (await schedules.RemovalsAsync(cancellationToken)).SelectMany(asked => AuditEntry.Of(asked, names.GetValueOrDefault(asked.Freeze) ?? asked.Freeze.ToString()));
            return [.. windows.SelectMany(AuditEntry.Of).Concat(removals).Concat(overrides.SelectMany(AuditEntry.Of)).OrderBy(entry => entry.At).ThenBy(entry => entry.Id, StringComparer.Ordinal)];
        }
        catch (SchedulesUnavailableException)
        {
            // A data folder that is only read has no schedules open.
            return [];
        }
    }

    private async Task<bool> CatchUpAsync(CancellationToken cancellationToken)
    {
        await ReadAuditEventsAsync(cancellationToken);
        var wanted = engine.Position;
        var since = clocks.SystemClock.GetTimestamp();
        while (true)
        {
            Task moved, following;
            lock (_gate)
            {
                following = _following ??= Task.Run(() => projections.Audit.WatchAsync(FollowAsync(lifetime.ApplicationStopping), lifetime.ApplicationStopping), CancellationToken.None);
                if (_position >= wanted)
                {
                    return true;
                }

                moved = _moved.Task;
            }

            var left = WaitLimit - clocks.SystemClock.GetElapsedTime(since);
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            try
            {
                if (await Task.WhenAny(moved, following).WaitAsync(left, clocks.SystemClock, cancellationToken) == following)
                {
                    lock (_gate)
                    {
                        // What could not be read once may be readable for the next who asks; it goes on from where it was.
                        _following = _following == following ? null : _following;
                    }

                    await following;
                }
            }
            catch (TimeoutException)
            {
                return false;
            }
        }
    }

    private async Task ReadAuditEventsAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await foreach (var auditEvent in engine.AuditEventsAsync(_auditEvent, cancellationToken))
            {
                lock (_gate)
                {
                    _auditEvents.Add(AuditEntry.Of(auditEvent));
                }

                _auditEvent = auditEvent.Position;
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        projections.Audit.Reach(_position);
        await foreach (var entry in engine.WatchAsync(_position, cancellationToken: cancellationToken))
        {
            TaskCompletionSource moved;
            lock (_gate)
            {
                foreach (var found in AuditEntry.Of(entry))
                {
                    _entries.Add(found);
                }

                _position = entry.Position;
                (moved, _moved) = (_moved, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            }

            projections.Audit.Reach(entry.Position);
            moved.SetResult();
        }
    }

    private static long[] Parse(string cursor) =>
        cursor.Split('.').Select(part => long.TryParse(part, out var number) ? number : -1).ToArray() is { Length: 3 } at && at.All(number => number >= 0)
            ? at
            : throw new FormatException($"'{cursor}' is no cursor of this list; take it from the page before.");

    /// <summary>A list by ever rising number, from which the oldest go.</summary>
    private sealed class Kept
    {
        private readonly List<AuditEntry> _entries = [];
        private long _first;

        public long End => _first + _entries.Count;

        public void Add(AuditEntry entry)
        {
            if (_entries.Count >= Most)
            {
                _entries.RemoveRange(0, Most / 10);
                _first += Most / 10;
            }

            _entries.Add(entry);
        }

        public AuditEntry? Before(long number) => number > _first && number <= End ? _entries[(int)(number - 1 - _first)] : null;
    }
}
