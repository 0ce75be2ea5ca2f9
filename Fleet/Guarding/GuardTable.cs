using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Orchestrator.Fleet.Colocation;

namespace Orchestrator.Fleet.Guarding;

/// <summary>The guards of the reference, and which move asks for which.</summary>
internal static class GuardTable
{
    private const double ForecastMargin = 1.2;
    private const int LeastApprovers = 2;
    public const double PressedCpuPercent = 85;
    private const double CalmTrafficPercent = 60;
    private static readonly TimeSpan RehearsalLasts = TimeSpan.FromDays(7);
    private static readonly TimeSpan PressedFor = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestDrain = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan CalmFor = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan NormalLag = TimeSpan.FromMinutes(5);

    private static readonly ImmutableArray<Guard> EveryMove =
    [
        new("lease", "the run holds the cluster's lease, and nobody has a later one",
            "take the lease again; if another run took the cluster over, leave it to that run", Lease) { Waivable = false },
        new("profile", "the target's profile is the one that was planned with",
            "plan the move again with the profile as it is now", Profile) { Waivable = false },
        new("readiness", "no more nodes than maxUnavailable are dead, cordoned or without a fresh metric",
            "fix or remove the nodes named, or raise maxUnavailable, then try again", Readiness) { Waivable = false },
        new("invariants", "the fleet's invariants hold",
            "fix what is named first: release a unit or set the traffic weights right", Invariants) { Waivable = false },
        new("way-back", "the way back is stored",
            "store the plan in the journal before the first node changes", facts => Bool(facts.WayBackStored, "the way back is stored", "the way back is not stored")) { Waivable = false },
    ];

    private static readonly Guard Koordinator = new("koordinator", "Koordinator has what the profile rests on",
        "upgrade Koordinator, turn the gates on in koordlet's arguments, or raise the profile's threshold, as named", facts => All(facts.Koordinator, "prerequisites of the profile"));

    private static readonly ImmutableArray<Guard> StartLending =
    [
        Koordinator,
        new("host-probes", "kernel, hugepages and resctrl of the hosts are as co-location needs them",
            "fix the hosts named, or take them out of the cluster", facts => All(facts.HostProbes, "hosts that pass their probes")),
        new("quotas", "the quotas exist, and their guarantees with the reserve fit the capacity", "create or fix the quotas named", facts => All(facts.Quotas, "quotas")),
        new("images", "the online images are on the nodes", "pull the images on the nodes named", facts => All(facts.Images, "nodes with the online images")),
    ];

    private static readonly ImmutableArray<Guard> Load =
    [
        Koordinator,
        new("inspection", "no unit of the cluster has a critical finding",
            "inspect the units named, and fix what is found", facts => All(facts.Inspections, "units inspected without a critical finding")),
        new("checkpoints", "batch work is checkpointed", "take a checkpoint of the tasks named", facts => All(facts.Checkpoints, "batch tasks with a checkpoint")),
        new("forecast", "the online forecast fits with a fifth to spare", "lend more clusters, or build a further unit", Forecast),
        new("capacity", "home and the units that stand carry the forecast of the traffic with a fifth to spare", "give the units more hosts, or build a further unit",
            facts => facts.Capacity is { } capacity ? (capacity.Fits, capacity.ToString()) : (null, "there is no forecast of the traffic")),
    ];

    private static readonly ImmutableArray<Guard> Degrade =
    [
        Koordinator,
        new("approvals", "two people approved", "put an approval with a quorum of 2 before this step", Approvals),
        new("rehearsal", "the runbook was rehearsed in the last 7 days", "rehearse the runbook", Rehearsal),
        new("capacity", "a load test has proven the forecast of the traffic with a fifth to spare", "test under load (load.test) after the units are built, and give those that broke more hosts",
            facts => facts.Proven is { } proven ? (proven.Fits, proven.ToString()) : (null, "no load test is known")),
        new("batch-submissions", "new batch submissions are blocked", "block batch submissions first",
            facts => Bool(facts.BatchSubmissionsBlocked, "batch submissions are blocked", "batch submissions are open")),
    ];

    private static readonly ImmutableArray<Guard> LoseWork =
    [
        Koordinator,
        new("preauthorised", "losing batch work was authorised beforehand", "give the runbook a 'preauthorised' reason",
            facts => (facts.Preauthorised is { Length: > 0 } reason ? (true, reason) : (null, "no authorisation is known"))) { Waivable = false },
        new("pressure", "online CPU is above 85 % for 10 s, or its p99 is over the objective", "stay lossless while online is well", Pressure),
        new("drain", "draining without killing would take too long", "wait for the drain", Drain),
    ];

    private static readonly ImmutableArray<Guard> Relax =
    [
        new("traffic", "traffic is under 60 % of the peak for 10 minutes", "wait until the rush is over", Traffic),
        new("queue-lag", "the batch queue's lag is normal", "wait until the queue has caught up", facts => facts.QueueLag is { } lag
            ? (lag <= NormalLag, $"the oldest waiting task is {Time(lag)} old, normal is up to {Time(NormalLag)}")
            : (null, "the queue's lag is unknown")),
    ];

    private static readonly ImmutableArray<Guard> GiveBack =
    [
        new("online-drained", "no online pod runs on the cluster", "drain or release the units on it", facts => None(facts.OnlinePods, "online pods on the cluster")),
        new("traffic-weight", "no traffic goes to units on the cluster", "shift the traffic away first", facts => None(facts.TrafficWeight, "percent of the traffic goes to the cluster")),
        new("ledger", "the ledger shows no unit holding its nodes", "release the units that hold them", facts => None(facts.HostsHeldByUnits, "hosts held by units")),
    ];

    /// <summary>The guards of a legal move, those of every move first.</summary>
    public static ImmutableArray<Guard> For(ColocationState from, ColocationState to) => EveryMove.AddRange((from, to) switch
    {
        (ColocationState.OfflineOnly, ColocationState.Transitional) => StartLending,
        (ColocationState.Transitional, ColocationState.StressTest) => Load,
        (ColocationState.StressTest, ColocationState.PeakDegradeLossless) => Degrade,
        (_, ColocationState.PeakDegradeLossy) => LoseWork,
        (ColocationState.PeakDegradeLossless, ColocationState.StressTest) => Relax,
        (ColocationState.PeakDegradeLossy, ColocationState.PeakDegradeLossless) => Relax,
        (ColocationState.StressTest, ColocationState.Transitional) => GiveBack,
        (ColocationState.Transitional, ColocationState.OfflineOnly) => GiveBack,
        _ => throw new UnreachableException($"no guards for the illegal move {from.Id()} to {to.Id()}"),
    });

    private static (bool?, string) Lease(GuardFacts facts) => facts.Lease switch
    {
        null => (null, "it is unknown who holds the cluster"),
        { Own: null } => (false, "the run holds no lease on the cluster"),
        { Own: var own, Recorded: { } recorded } when recorded > own => (false, $"the cluster was taken over with token {recorded}; the run's is {own}"),
        { Own: var own } => (true, $"held with token {own}"),
    };

    private static (bool?, string) Profile(GuardFacts facts) => (facts.PlannedProfileDigest, facts.CurrentProfileDigest) switch
    {
        ({ } planned, { } current) when planned == current => (true, $"profile {Short(current)} as planned"),
        ({ } planned, { } current) => (false, $"planned with profile {Short(planned)}, the cluster has {Short(current)}"),
        _ => (null, "the profile's digest is unknown"),
    };

    private static (bool?, string) Readiness(GuardFacts facts)
    {
        if (facts.Nodes is not { } readiness)
        {
            return (null, "the nodes' readiness is unknown");
        }

        var (fit, all) = (readiness.Fit, readiness.Nodes.Length);
        if (all == 0)
        {
            return (false, "the cluster has no nodes");
        }

        var may = readiness.MaxUnavailable.Of(all);
        var detail = $"{fit} of {all} nodes are ready with a metric younger than {Time(2 * readiness.ReportInterval)}, {may} may be missing (maxUnavailable {readiness.MaxUnavailable})";
        return (all - fit <= may, fit == all ? detail : $"{detail}; not: {Some(readiness.Unfit)}");
    }

    private static (bool?, string) Invariants(GuardFacts facts) => facts.BrokenInvariants switch
    {
        null => (null, "the invariants were not checked"),
        { IsEmpty: true } => (true, "all invariants hold"),
        { } broken => (false, string.Join("; ", broken)),
    };

    private static (bool?, string) Forecast(GuardFacts facts)
    {
        if (facts.Forecast is not { } forecast)
        {
            return (null, "there is no forecast");
        }

        var needed = forecast.OnlineCpuMilli * ForecastMargin;
        return (needed <= forecast.Room, string.Create(CultureInfo.InvariantCulture,
            $"online needs {needed / 1000:0} cores with the margin, there is room for {forecast.Room / 1000:0}"));
    }

    private static (bool?, string) Approvals(GuardFacts facts)
    {
        if (facts.Approvers is not { } approvers)
        {
            return (null, "it is unknown who approved");
        }

        var people = approvers.Distinct(StringComparer.Ordinal).ToArray();
        return (people.Length >= LeastApprovers, people.Length == 0 ? "the journal knows nobody who approved" : $"approved by {string.Join(", ", people)}");
    }

    private static (bool?, string) Rehearsal(GuardFacts facts) => facts.LastRehearsal is { } at
        ? (at <= facts.Now && facts.Now - at <= RehearsalLasts, $"last rehearsed {at:u}")
        : (null, "no rehearsal is known");

    private static (bool?, string) Pressure(GuardFacts facts)
    {
        if (facts.Pressure is not { } pressure)
        {
            return (null, "the online load is unknown");
        }

        var pressed = pressure.CpuPercent > PressedCpuPercent && pressure.For >= PressedFor;
        bool? slow = pressure.P99Objective is not { } objective ? false : pressure.P99 is { } p99 ? p99 > objective : null;
        var latency = slow switch
        {
            true => "p99 over its objective",
            false => "p99 not over its objective",
            null => facts.TrafficUnknown is { } reason ? $"its p99 unknown: {reason}" : "its p99 unknown",
        };
        return (pressed ? true : slow, string.Create(CultureInfo.InvariantCulture, $"online CPU at {pressure.CpuPercent:0} % for {Time(pressure.For)}, {latency}"));
    }

    private static (bool?, string) Drain(GuardFacts facts) => facts.DrainLeft is { } left
        ? (left > LongestDrain, $"draining would take {Time(left)}, too slow is more than {Time(LongestDrain)}")
        : (null, "it is unknown how long draining would take");

    private static (bool?, string) Traffic(GuardFacts facts) => facts.Traffic is { } traffic
        ? (traffic.PercentOfPeak < CalmTrafficPercent && traffic.For >= CalmFor, string.Create(CultureInfo.InvariantCulture,
            $"traffic at most {traffic.PercentOfPeak:0} % of the peak for {Time(traffic.For)}"))
        : (null, facts.TrafficUnknown is { } reason ? $"the traffic is unknown: {reason}" : "the traffic is unknown");

    private static (bool?, string) All(Tally? tally, string what) => tally switch
    {
        null => (null, $"{what}: unknown"),
        { Failing.IsEmpty: true } => (true, $"{what}: {tally.Passed} of {tally.Passed}"),
        _ => (false, $"{what}: {tally.Passed} of {tally.Passed + tally.Failing.Length}; not: {Some(tally.Failing)}"),
    };

    private static (bool?, string) None(int? count, string what) => count is { } found ? (found == 0, $"{found} {what}") : (null, $"{what}: unknown");

    private static (bool?, string) Bool(bool? value, string yes, string no) =>
        value is { } known ? (known, known ? yes : no) : (null, $"it is unknown whether {yes}");

    private static string Some(ImmutableArray<string> names) =>
        names.Length <= 5 ? string.Join(", ", names) : $"{string.Join(", ", names.Take(5))} and {names.Length - 5} more";

    private static string Short(string digest) => digest.Length > 12 ? digest[..12] : digest;

    private static string Time(TimeSpan span) => span.TotalMinutes >= 2
        ? $"{span.TotalMinutes.ToString("0.#", CultureInfo.InvariantCulture)} min"
        : $"{span.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture)} s";
}
