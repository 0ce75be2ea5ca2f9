using System.Collections.Immutable;
using Orchestrator.Server.Runbooks;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Scheduling.Policy;

namespace Orchestrator.Server.Schedules;

/// <summary>A trigger that is due soon and wants locks that others want too.</summary>
/// <param name="At">Its next fire that would start a run, on the environment clock.</param>
/// <param name="Resources">The locks that it wants and that are in question.</param>
/// <param name="Holder">The run that holds them now; null: none does yet.</param>
/// <param name="HolderRunbook">Of that run.</param>
internal sealed record DueTrigger(string Trigger, string Runbook, DateTimeOffset At, IReadOnlyList<string> Resources, string? Holder, string? HolderRunbook);

/// <summary>Triggers that come in the way of what runs or is about to, and the other way round. What triggers there are is asked now and then only.</summary>
internal sealed class DueTriggers(Workflows.Scheduling.Schedules schedules, RunbookCatalog catalog, PublishedVersions published, Engine engine, Clocks clocks) : IDisposable
{
    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private (long Timestamp, ImmutableArray<Due> Due)? _last;

    /// <summary>How far ahead it is looked, on the environment clock.</summary>
    public static TimeSpan Ahead { get; } = TimeSpan.FromHours(24);

    /// <summary>Those that want what runs hold now.</summary>
    public async Task<List<DueTrigger>> AgainstHeldAsync(CancellationToken cancellationToken)
    {
        var held = (await engine.LocksAsync(cancellationToken)).Where(view => view.Held).ToList();
        var found = new List<DueTrigger>();
        if (held.Count == 0)
        {
            return found;
        }

        foreach (var due in await ReadAsync(cancellationToken))
        {
            foreach (var view in held)
            {
                if (WantedLocks.Overlapping(due.Wanted, view.Resources).ToList() is { Count: > 0 } both)
                {
                    var holder = await engine.FindAsync(view.Run, cancellationToken);
                    found.Add(new DueTrigger(due.Trigger, due.Runbook, due.At, both, view.Run.ToString(), holder?.Runbook));
                    break;
                }
            }
        }

        return found;
    }

    /// <summary>Those that want what a run of this runbook would lock.</summary>
    public async Task<List<DueTrigger>> AgainstAsync(Runbook runbook, CancellationToken cancellationToken)
    {
        var wanted = WantedLocks.Of(runbook, Child(catalog));
        return
        [
            .. (await ReadAsync(cancellationToken))
                .Select(due => new DueTrigger(due.Trigger, due.Runbook, due.At, [.. WantedLocks.Overlapping(due.Wanted, wanted)], null, null))
                .Where(due => due.Resources.Count > 0),
        ];
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>Finds runbooks by name; each is read once for one such finder, which is for one question and one thread.</summary>
    public static Func<string, Runbook?> Child(RunbookCatalog catalog)
    {
        var library = catalog.Library;
        var read = new Dictionary<string, Runbook?>(StringComparer.Ordinal);
        return name => read.TryGetValue(name, out var known) ? known : read[name] = library.Find(name) is { } file ? catalog.CheckText(file.File, file.Text).Runbook : null;
    }

    private async Task<ImmutableArray<Due>> ReadAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_last is { } last && clocks.SystemClock.GetElapsedTime(last.Timestamp) < KeptFor)
            {
                return last.Due;
            }

            await published.RefreshAsync(cancellationToken);
            var until = schedules.Now + Ahead;
            var child = Child(catalog);
            var all = ImmutableArray.CreateBuilder<Due>();
            foreach (var view in await schedules.ListAsync(1, 0, cancellationToken))
            {
                if (view.Next is [{ Expected: FireOutcome.Fired or FireOutcome.Overridden } next, ..] && next.At <= until && child(view.Trigger.Runbook) is { } runbook)
                {
                    all.Add(new Due(view.Trigger.Id.Value, view.Trigger.Runbook, next.At, WantedLocks.Of(runbook, child)));
                }
            }

            _last = (clocks.SystemClock.GetTimestamp(), all.ToImmutable());
            return all.ToImmutable();
        }
        catch (SchedulesUnavailableException)
        {
            return [];
        }
        finally
        {
            _turn.Release();
        }
    }

    private sealed record Due(string Trigger, string Runbook, DateTimeOffset At, ImmutableHashSet<string> Wanted);
}
