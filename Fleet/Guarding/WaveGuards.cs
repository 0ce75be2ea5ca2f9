using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Fleet.Colocation;

namespace Orchestrator.Fleet.Guarding;

/// <summary>What is seen of a cluster between two waves.</summary>
public sealed record WaveFacts
{
    public required ColocationState From { get; init; }

    public required ColocationState To { get; init; }

    /// <summary>Nodes of the waves so far that are not ready any more, by name.</summary>
    public ImmutableArray<string> Unready { get; init; } = [];

    /// <summary>How many of them may be.</summary>
    public int MayBeUnready { get; init; }

    /// <summary>Conditions of these nodes that have become true since the move began, as in <c>n-1: KernelDeadlock (DockerHung)</c>.</summary>
    public ImmutableArray<string> Conditions { get; init; } = [];

    /// <summary>Null: unknown.</summary>
    public PressureFacts? Pressure { get; init; }

    /// <summary>Share of requests that fail, 0 to 1; null: unknown.</summary>
    public double? ErrorRate { get; init; }

    /// <summary>The most that may fail, 0 to 1; null: nobody asks.</summary>
    public double? ErrorObjective { get; init; }

    /// <summary>Null: nobody asks.</summary>
    public TimeSpan? P99Objective { get; init; }

    /// <summary>Null: unknown.</summary>
    public TimeSpan? P99 { get; init; }

    /// <summary>Why the traffic is unknown.</summary>
    public string? TrafficUnknown { get; init; }

    /// <summary>Units on the cluster that were fit before and are not any more, each with what was found.</summary>
    public ImmutableArray<string> Inspections { get; init; } = [];
}

/// <summary>What must go on being true between the waves of a move. Pure: the same facts give the same results.</summary>
public static class WaveGuards
{
    /// <summary>Those that have turned; empty: the next wave may go.</summary>
    public static ImmutableArray<GuardResult> Turned(WaveFacts facts) => [.. Check(facts).Where(guard => !guard.Holds)];

    /// <summary>Every guard that is asked on this move.</summary>
    public static ImmutableArray<GuardResult> Check(WaveFacts facts)
    {
        var guards = ImmutableArray.CreateBuilder<GuardResult>();
        Add("conditions", facts.Conditions.IsEmpty, facts.Conditions.IsEmpty ? "no node has a new condition" : string.Join("; ", facts.Conditions.Take(5)), "mend the nodes named, or take them out of the cluster");
        Add("nodes", facts.Unready.Length <= facts.MayBeUnready, $"{facts.Unready.Length} of the nodes that moved are not ready, {facts.MayBeUnready} may be{(facts.Unready.IsEmpty ? "" : $": {string.Join(", ", facts.Unready.Take(5))}")}", "mend the nodes named");
        Add("inspections", facts.Inspections.IsEmpty, facts.Inspections.IsEmpty ? "no unit on the cluster has turned" : string.Join("; ", facts.Inspections.Take(5)), "see what the unit lacks since its nodes moved");

        // A move that gives online more is what helps against pressure; only one that gives batch more must wait for it to pass.
        if (GivesToBatch(facts))
        {
            var pressed = facts.Pressure is { CpuPercent: > GuardTable.PressedCpuPercent };
            Add("pressure", facts.Pressure is null ? null : !pressed, facts.Pressure is { } pressure ? string.Create(CultureInfo.InvariantCulture, $"online CPU at {pressure.CpuPercent:0} %, pressed is above {GuardTable.PressedCpuPercent} %") : "the online load is unknown", "wait until online needs less");
        }

        // Whoever degrades lossily does it because the objectives are missed.
        if (facts.To != ColocationState.PeakDegradeLossy)
        {
            if (facts.P99Objective is { } objective)
            {
                Add("p99", facts.P99 is { } p99 ? p99 <= objective : null, facts.P99 is { } found ? string.Create(CultureInfo.InvariantCulture, $"p99 at {found.TotalMilliseconds:0} ms, its objective is {objective.TotalMilliseconds:0} ms") : $"p99 is unknown{Why(facts)}", "see what has slowed requests down");
            }

            if (facts.ErrorObjective is { } most)
            {
                Add("errors", facts.ErrorRate is { } rate ? rate <= most : null, facts.ErrorRate is { } share ? string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.###} % of requests fail, {most * 100:0.###} % may") : $"the share of requests that fail is unknown{Why(facts)}", "see which requests fail");
            }
        }

        return guards.ToImmutable();

        void Add(string name, bool? holds, string detail, string fix) =>
            guards.Add(new GuardResult(name, holds switch { true => GuardOutcome.Passed, false => GuardOutcome.Failed, null => GuardOutcome.Unknown }, detail, fix));
    }

    private static bool GivesToBatch(WaveFacts facts) => Online(facts.To) < Online(facts.From);

    private static int Online(ColocationState state) => ColocationStates.All.IndexOf(state);

    private static string Why(WaveFacts facts) => facts.TrafficUnknown is { } reason ? $": {reason}" : "";
}
