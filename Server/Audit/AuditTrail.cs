using System.Globalization;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Scheduling.Policy;

namespace Orchestrator.Server.Audit;

/// <summary>
/// What people did, to runs and outside of them, newest first: by the store's indexes, so that asking costs what is shown, and nothing is
/// ever left out.
/// </summary>
internal sealed class AuditTrail(Engine engine, Workflows.Scheduling.Schedules schedules)
{
    /// <summary>A page, newest first, and where the next begins; null: nothing is left.</summary>
    /// <param name="cursor">Of the page before; null: the first. Throws <see cref="FormatException"/> for one that no page gave.</param>
    public async Task<(List<AuditEntry> Entries, string? Next)> ReadAsync(AuditQuery query, string? cursor, int limit, CancellationToken cancellationToken)
    {
        var at = cursor is null ? Place.End : Place.Parse(cursor);
        // One more of each than is shown says whether something is left. Each list is in its own order; the latest of their heads is next.
        var ofRuns = await engine.RunAuditAsync(query, (at.Position, at.Number), limit + 1, cancellationToken);
        var outside = await engine.LatestAuditEventsAsync(query, at.Event, limit + 1, cancellationToken);
        var policies = query.Run is null ? await PoliciesAsync(query, at.Policy, cancellationToken) : [];
        var lists = (Runs: new Queue<RunAuditEvent>(ofRuns), Outside: new Queue<AuditEvent>(outside), Policies: new Queue<(int Number, AuditEntry Entry)>(policies));
        var page = new List<AuditEntry>();
        while (page.Count < limit)
        {
            var heads = (
                Run: lists.Runs.TryPeek(out var run) ? run.At : (DateTimeOffset?)null, Outside: lists.Outside.TryPeek(out var other) ? other.At : (DateTimeOffset?)null,
                Policy: lists.Policies.TryPeek(out var policy) ? policy.Entry.At : (DateTimeOffset?)null);
            if (heads.Run is { } runAt && !(heads.Outside > runAt) && !(heads.Policy > runAt))
            {
                page.Add(AuditEntry.Of(run!));
                at = at with { Position = run!.Position, Number = run.Number };
                lists.Runs.Dequeue();
            }
            else if (heads.Outside is { } outsideAt && !(heads.Policy > outsideAt))
            {
                page.Add(AuditEntry.Of(other!));
                at = at with { Event = other!.Position };
                lists.Outside.Dequeue();
            }
            else if (heads.Policy is not null)
            {
                page.Add(policy.Entry);
                at = at with { Policy = policy.Number };
                lists.Policies.Dequeue();
            }
            else
            {
                return (page, null);
            }
        }

        return (page, lists is { Runs.Count: 0, Outside.Count: 0, Policies.Count: 0 } ? null : at.ToString());
    }

    /// <summary>What people ruled on schedules, the newest first, before a number; their store is small and keeps everything.</summary>
    private async Task<IEnumerable<(int Number, AuditEntry Entry)>> PoliciesAsync(AuditQuery query, int before, CancellationToken cancellationToken)
    {
        try
        {
            var windows = await schedules.FreezesAsync(removed: true, cancellationToken);
            var overrides = await schedules.OverridesAsync(expired: true, cancellationToken);
            var names = windows.ToDictionary(window => window.Id, window => window.Name);
            var removals = (await schedules.RemovalsAsync(cancellationToken)).SelectMany(asked => AuditEntry.Of(asked, names.GetValueOrDefault(asked.Freeze) ?? asked.Freeze.ToString()));
            return windows.SelectMany(AuditEntry.Of).Concat(removals).Concat(overrides.SelectMany(AuditEntry.Of))
                .OrderBy(entry => entry.At).ThenBy(entry => entry.Id, StringComparer.Ordinal)
                .Select((entry, index) => (Number: index + 1, Entry: entry)).Reverse()
                .Where(numbered => numbered.Number < before && query.Matches(null, numbered.Entry.At, numbered.Entry.By, numbered.Entry.Kind));
        }
        catch (SchedulesUnavailableException)
        {
            // A data folder that is only read has no schedules open.
            return [];
        }
    }

    /// <summary>What was shown last of each list; the next page begins before it.</summary>
    private readonly record struct Place(long Position, int Number, long Event, int Policy)
    {
        public static Place End { get; } = new(long.MaxValue, int.MaxValue, long.MaxValue, int.MaxValue);

        public static Place Parse(string cursor)
        {
            return cursor.Split('.') is [var position, var number, var auditEvent, var policy]
                && Read(position, out var atPosition) && Read(number, out var atNumber) && Read(auditEvent, out var atEvent) && Read(policy, out var atPolicy)
                && atNumber <= int.MaxValue && atPolicy <= int.MaxValue
                ? new Place(atPosition, (int)atNumber, atEvent, (int)atPolicy)
                : throw new FormatException($"'{cursor}' is no cursor of this list; take it from the page before.");

            static bool Read(string text, out long value) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Position}.{Number}.{Event}.{Policy}");
    }
}
