using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Activities.Journaling;
using Orchestrator.Activities.Shift;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Infra.Clusters;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Activities.Watch;

/// <summary>
/// Holds a cluster to the state that a shift has brought it to: a label that somebody else changed, a node that comes back with the old state, batch that no longer fits the profile.
/// Every node is read at each report interval, in two lists. Healing restores what the shift has done, so the shift's undo takes it back.
/// </summary>
internal sealed class WatchCluster(FleetInventory inventory, ProfileSet profiles, FleetFacts facts) : IActivity<WatchClusterArguments, WatchClusterResult>
{
    private static readonly TimeSpan HealWithin = TimeSpan.FromMinutes(10);

    public async Task<WatchClusterResult> ExecuteAsync(WatchClusterArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var state = await StateAsync(arguments, cancellationToken);
        var interval = arguments.Interval ?? TimeSpan.FromSeconds(profiles[state].Colocation.MetricReportIntervalSeconds);
        Check(arguments, interval, context);
        try
        {
            var driver = inventory.Find(arguments.Cluster) ?? throw ShiftWork.Refuse(
                "unknown-cluster", $"there is no cluster '{arguments.Cluster}'; the fleet has {string.Join(", ", inventory.Clusters)}");
            var watch = new Watching(arguments, state, driver, context);
            return await WatchAsync(watch, interval, cancellationToken);
        }
        catch (FencedException exception)
        {
            throw new ActivityFailedException(
                "fenced", $"{exception.Message}. Another run took the cluster over: wait until it has ended, then resume or undo this run.", retryable: false, exception);
        }
        catch (ClusterDeniedException exception)
        {
            throw new ActivityFailedException("denied", $"{exception.Message}. Ask whoever runs {exception.By} to allow it, or change what it objects to.", retryable: false, exception);
        }
        catch (ClusterUnreachableException exception)
        {
            throw new ActivityFailedException("cluster-unreachable", $"{exception.Message}. Check the cluster's API server, then try again.", inner: exception);
        }
    }

    private sealed record Watching(WatchClusterArguments Arguments, ColocationState State, ClusterDriver Driver, TaskContext Context)
    {
        public SortedSet<string> Healed { get; } = new(StringComparer.Ordinal);

        /// <summary>What differs now, told already: it is told again only when the reason changes or it was well in between.</summary>
        public Dictionary<string, string> Told { get; } = new(StringComparer.Ordinal);

        public bool ProfilesDrifted { get; set; }
    }

    private async Task<WatchClusterResult> WatchAsync(Watching watch, TimeSpan interval, CancellationToken cancellationToken)
    {
        var (context, begin) = (watch.Context, watch.Context.Clock.GetUtcNow());
        for (var reading = 1; ; reading++)
        {
            var survey = await watch.Driver.SurveyAsync(cancellationToken);
            await KeepProfilesAsync(watch, cancellationToken);
            await MeetAsync(watch, Drifts(watch, survey), survey, cancellationToken);
            var watched = context.Clock.GetUtcNow() - begin;
            context.Progress(
                Math.Min(1, watched / watch.Arguments.Duration),
                $"{survey.Nodes.Count(node => node.State == watch.State)} of {survey.Nodes.Length} nodes are in {watch.State.Id()}, {watch.Told.Count} have drifted, {watch.Healed.Count} were healed");
            if (watched >= watch.Arguments.Duration)
            {
                return new WatchClusterResult
                {
                    Cluster = watch.Arguments.Cluster,
                    State = watch.State,
                    Readings = reading,
                    Drifted = Recorded(context).SelectMany(drift => drift.Nodes).GroupBy(node => node.Node, StringComparer.Ordinal)
                        .ToImmutableSortedDictionary(node => node.Key, node => node.Last().Reason, StringComparer.Ordinal),
                    Healed = [.. watch.Healed],
                    Unavailable = [.. survey.Nodes.Where(node => !node.Available).Select(node => node.Name)],
                };
            }

            await Task.Delay(interval, context.Clock, cancellationToken);
        }
    }

    /// <summary>What of the nodes that are there differs. A dead node shows what it showed before, and on a cordoned one somebody works: both are looked at when they are back.</summary>
    private ImmutableArray<DriftedNode> Drifts(Watching watch, ClusterSurvey survey)
    {
        var profile = profiles[watch.State];
        var target = profile.Degrade is DegradePolicy.Drain or DegradePolicy.Kill ? BatchTarget.Drained(profile) : BatchTarget.For(profile);
        return
        [
            .. survey.Nodes
                .Where(node => node.Available)
                .Select(node => (node.Name, Reason: target.Difference(node, watch.State, DateTimeOffset.MinValue) ?? Silent(node, profile)))
                .Where(node => node.Reason is not null)
                .Select(node => new DriftedNode(node.Name, node.Reason!)),
        ];
    }

    /// <summary>What a koordlet that is silent told last passes for nothing.</summary>
    private static string? Silent(SurveyedNode node, Profile profile) =>
        node.MetricAge >= 2 * TimeSpan.FromSeconds(profile.Colocation.MetricReportIntervalSeconds) ? string.Create(CultureInfo.InvariantCulture, $"its NodeMetric is {node.MetricAge?.TotalSeconds:0} s old") : null;

    /// <summary>The profiles are half of every state: somebody else's are a drift of all nodes.</summary>
    private async Task KeepProfilesAsync(Watching watch, CancellationToken cancellationToken)
    {
        var data = SloControllerConfig.Render(profiles);
        if (await watch.Driver.ProfilesDigestAsync(cancellationToken) == ClusterDriver.ProfilesDigest(data))
        {
            watch.ProfilesDrifted = false;
            return;
        }

        ImmutableArray<DriftedNode> drift = [new(SloControllerConfig.Name, "the profiles in the cluster are not ours")];
        if (!watch.ProfilesDrifted)
        {
            watch.ProfilesDrifted = true;
            await RecordAsync(watch, drift, cancellationToken);
        }

        switch (watch.Arguments.OnDrift)
        {
            case OnDrift.Fail:
                throw Drifted(watch, drift, "Find out who changed them, then shift the cluster again");
            case OnDrift.Heal:
                await watch.Driver.ApplyProfilesAsync(data, $"{watch.Context.IdempotencyKey}/profiles/{Recorded(watch.Context).Count()}", cancellationToken);
                break;
        }
    }

    private static async Task RecordAsync(Watching watch, ImmutableArray<DriftedNode> drift, CancellationToken cancellationToken)
    {
        watch.Context.Progress(null, $"{watch.Arguments.Cluster} has drifted: {Some(drift)}");
        await watch.Context.RecordAsync(
            $"drift/{Recorded(watch.Context).Count() + 1}",
            new DriftFound(watch.Arguments.Cluster, watch.State, drift, watch.Arguments.OnDrift == OnDrift.Heal) { At = watch.Context.Clock.GetUtcNow() },
            cancellationToken);
    }

    private async Task MeetAsync(Watching watch, ImmutableArray<DriftedNode> drifts, ClusterSurvey survey, CancellationToken cancellationToken)
    {
        var labelled = survey.Nodes.ToDictionary(node => node.Name, node => node.State, StringComparer.Ordinal);
        var heals = watch.Arguments.OnDrift == OnDrift.Heal;
        // What a label cannot mend, and does not pass within a report interval by itself.
        var stuck = drifts.Where(drift => labelled[drift.Node] == watch.State && watch.Told.ContainsKey(drift.Node)).ToImmutableArray();
        var fresh = drifts.Where(drift => !watch.Told.TryGetValue(drift.Node, out var told) || Kind(told) != Kind(drift.Reason)).ToImmutableArray();
        watch.Told.Clear();
        foreach (var drift in drifts)
        {
            watch.Told[drift.Node] = drift.Reason;
        }

        if (!fresh.IsEmpty)
        {
            await RecordAsync(watch, fresh, cancellationToken);
        }

        if (watch.Arguments.OnDrift == OnDrift.Fail && !drifts.IsEmpty)
        {
            throw Drifted(watch, drifts, "Find out who changed them, then shift the cluster again or go on without this watch");
        }

        if (heals && !stuck.IsEmpty)
        {
            throw Drifted(watch, stuck, "Their label is right, so Koordinator does not do what the profile says: see koord-manager and koordlet on them");
        }

        if (heals)
        {
            await HealAsync(watch, [.. drifts.Select(drift => drift.Node).Where(node => labelled[node] != watch.State)], labelled, cancellationToken);
        }
    }

    /// <summary>Back by their labels, and read back. The journal sees it as a hop from where they were found.</summary>
    private async Task HealAsync(Watching watch, ImmutableArray<string> nodes, Dictionary<string, ColocationState?> found, CancellationToken cancellationToken)
    {
        if (nodes.IsEmpty)
        {
            return;
        }

        var (driver, context) = (watch.Driver, watch.Context);
        var lease = await driver.TakeLeaseAsync(context.FencingToken, context.Run.ToString(), cancellationToken);
        var number = Recorded(context).Count();
        var labels = await driver.LabelAsync(nodes, watch.State, lease, $"{context.IdempotencyKey}/drift/{number}", null, cancellationToken);
        var confirmation = await driver.ConfirmAsync(nodes, watch.State, BatchTarget.For(profiles[watch.State]), HealWithin, cancellationToken, nodes.Length);
        foreach (var from in confirmation.Confirmed.GroupBy(node => found[node] ?? watch.State))
        {
            var key = $"drift/{number}/from/{from.Key.Id()}/{context.Attempt}";
            ImmutableArray<string> healed = [.. from];
            var now = context.Clock.GetUtcNow();
            await context.RecordAsync($"{key}/plan", new ShiftPlanned(watch.Arguments.Cluster, from.Key, watch.State, await driver.ProfilesDigestAsync(cancellationToken) ?? "", [healed]) { At = now }, cancellationToken);
            await context.RecordAsync($"{key}/wave", new WaveConfirmed(watch.Arguments.Cluster, from.Key, watch.State, 1, healed) { At = now }, cancellationToken);
            await context.RecordAsync($"{key}/done", new ClusterShifted(watch.Arguments.Cluster, from.Key, watch.State, healed.Length) { At = now }, cancellationToken);
            watch.Healed.UnionWith(healed);
        }

        if (labels.Failed.Concat(confirmation.Unconverged).Where(node => node is { Ready: true, Gone: false }).DistinctBy(node => node.Node).ToImmutableArray() is { IsEmpty: false } stuck)
        {
            throw Drifted(watch, [.. stuck.Select(node => new DriftedNode(node.Node, node.Reason))], "They could not be moved back: fix or remove them, then try again");
        }

        // Whatever a healed node shows next is a drift of its own.
        foreach (var node in nodes)
        {
            watch.Told.Remove(node);
        }
    }

    private async Task<ColocationState> StateAsync(WatchClusterArguments arguments, CancellationToken cancellationToken)
    {
        if (arguments.To is { } to)
        {
            return new ShiftClusterArguments { Cluster = arguments.Cluster, To = to, Mode = arguments.Mode }.State;
        }

        var (view, _) = await facts.ReadAsync(cancellationToken);
        return view.Clusters.GetValueOrDefault(arguments.Cluster)?.State ?? throw ShiftWork.Refuse(
            "bad-argument", $"the journal does not say in which state {arguments.Cluster} is; say so with 'to', or shift it first");
    }

    private static void Check(WatchClusterArguments arguments, TimeSpan interval, TaskContext context)
    {
        if (interval < TimeSpan.FromSeconds(1))
        {
            throw ShiftWork.Refuse("bad-argument", "the interval is below 1 s; give a longer one");
        }

        if (arguments.OnDrift == OnDrift.Heal && context.FencingToken == 0)
        {
            throw ShiftWork.Refuse("no-lock", $"the step holds no lock on cluster {arguments.Cluster}; give the runbook or the step locks: [\"cluster/{arguments.Cluster}\"]");
        }
    }

    private static IEnumerable<DriftFound> Recorded(TaskContext context)
    {
        for (var number = 1; context.Recorded.TryGetValue($"drift/{number}", out var fact); number++)
        {
            yield return (DriftFound)FactRecording.Read(fact);
        }
    }

    /// <summary>The reason without its figures, which change from reading to reading.</summary>
    private static string Kind(string reason) => string.Concat(reason.Where(letter => !char.IsAsciiDigit(letter)));

    private static ActivityFailedException Drifted(Watching watch, ImmutableArray<DriftedNode> nodes, string fix) => new(new StepError(
        "drifted", $"{watch.Arguments.Cluster}: {nodes.Length} nodes are not as {watch.State.Id()} says ({Some(nodes)}). {fix}.")
    {
        Retryable = false,
        Detail = WorkflowJson.ToElement(nodes),
    });

    private static string Some(ImmutableArray<DriftedNode> nodes) =>
        $"{string.Join("; ", nodes.Take(5).Select(node => $"{node.Node}: {node.Reason}"))}{(nodes.Length > 5 ? "; …" : "")}";
}
