using System.Collections.Immutable;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Scheduling.Policy;

/// <summary>What people have said about a trigger's fires.</summary>
/// <param name="Windows">The freeze windows that count.</param>
internal sealed record FirePolicies(TriggerPause? Pause, ImmutableArray<FreezeWindow> Windows, ImmutableArray<FreezeOverride> Overrides);

/// <summary>What a fire comes to. Fired and Overridden start a run.</summary>
internal sealed record FireDecision(FireOutcome Outcome)
{
    public ImmutableArray<FreezeName> Windows { get; init; } = [];

    public ImmutableArray<OverrideId> Overrides { get; init; } = [];

    public string? Detail { get; init; }

    public bool Starts => Outcome is FireOutcome.Fired or FireOutcome.Overridden;
}

/// <summary>Decides whether a fire starts a run. Pure.</summary>
internal static class FireRules
{
    /// <param name="late">A fire later than this was missed; a trigger that skips what it misses does not make up for it.</param>
    public static FireDecision Decide(ScheduledTrigger trigger, DateTimeOffset scheduled, DateTimeOffset now, TimeSpan late, FirePolicies policies)
    {
        if (policies.Pause is { } pause) return new(FireOutcome.Paused) { Detail = $"paused by {pause.By}: {pause.Reason}" };

        var missed = now - scheduled > late;
        if (missed && trigger.Misfire == MisfirePolicy.Skip)
        {
            return new(FireOutcome.Skipped) { Detail = $"missed by {Duration.Format(Whole(now - scheduled))}, and the trigger skips what it misses" };
        }

        // A fire that is made up for must not do what its window forbade at its time, nor what one forbids now.
        ImmutableArray<FreezeWindow> against =
            [.. policies.Windows.Where(window => window.IsAgainst(trigger.Runbook, scheduled) || (missed && window.IsAgainst(trigger.Runbook, now)))];
        if (against.IsEmpty) return new(FireOutcome.Fired);

        ImmutableArray<OverrideId?> passes =
            [.. against.Select(window => policies.Overrides.FirstOrDefault(pass => pass.Lets(trigger.Id, window.Id, scheduled, now))?.Id)];
        ImmutableArray<FreezeName> names = [.. against.Select(window => new FreezeName(window.Id, window.Name))];
        return passes.All(pass => pass is not null)
            ? new(FireOutcome.Overridden) { Windows = names, Overrides = [.. passes.Select(pass => pass!.Value)] }
            : new(FireOutcome.Blocked) { Windows = names, Detail = $"held back by {string.Join(", ", names.Select(name => name.Name))}" };
    }

    private static TimeSpan Whole(TimeSpan length) => TimeSpan.FromSeconds(Math.Floor(length.TotalSeconds));
}
