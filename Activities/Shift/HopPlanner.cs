using System.Collections.Immutable;
using Orchestrator.Activities.Journaling;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Guarding;
using Orchestrator.Infra.Clusters;

namespace Orchestrator.Activities.Shift;

/// <summary>Plans the hops of a shift from what the cluster shows, and makes each plan durable: it is the way back.</summary>
internal sealed class HopPlanner(FleetDefinition fleet, ProfileSet profiles, FleetFacts facts, GuardFactsReader guardFacts, BatchKill kill)
{
    /// <summary>The plan of a hop, from the journal or new; null when every node is where it should be. A new one comes with the facts that its guards passed on.</summary>
    public async Task<(ShiftPlanned Plan, GuardFacts? Facts)?> PlanAsync(ShiftWork work, int hop, CancellationToken cancellationToken)
    {
        if (work.Context.Recorded.TryGetValue(HopKeys.Plan(hop), out var recorded))
        {
            return ((ShiftPlanned)FactRecording.Read(recorded), null);
        }

        var arguments = work.Arguments;
        var whole = await work.Driver.SurveyAsync(cancellationToken);
        if (Known(work, whole) is not { } survey || Moving(work, survey) is not { } moving)
        {
            return null;
        }

        // An undo goes back along the recorded way, which may be several moves long.
        if (ShiftPath.Next(arguments.Cluster, moving.Nodes.Select(node => node.State!.Value), arguments.State, arguments.Through || work.Context.Undo) is not var (from, to))
        {
            LeaveLagging(work, survey);
            return null;
        }

        var digest = await work.Driver.ApplyProfilesAsync(SloControllerConfig.Render(profiles), work.Key("profiles"), cancellationToken);
        var plan = new ShiftPlanned(arguments.Cluster, from, to, digest, Cut(arguments, moving, from))
        {
            At = work.Context.Clock.GetUtcNow(),
            Gone = await GoneAsync(arguments.Cluster, whole, cancellationToken),
            Unavailable = work.LeavesUnready ? [] : [.. survey.Nodes.Where(node => node.State == from && !node.Available).Select(node => node.Name)],
            Kills = await kill.CostAsync(work, to, moving.Nodes.RemoveAll(node => node.State != from), cancellationToken),
        };
        if (plan.Kills is { } cost)
        {
            work.Context.Progress(0, $"{to.Id()} would kill {BatchKill.Tell(cost)}");
        }

        var found = await guardFacts.ReadAsync(work, plan, whole, cancellationToken);
        HopGuards.ThrowWhenRefused(plan, HopGuards.Foreseen(work, plan, found));
        await RecordFoundAsync(work, survey, cancellationToken);
        return (await work.Context.RecordAsync(HopKeys.Plan(hop), plan, cancellationToken), found);
    }

    /// <summary>The nodes that the shift is about; null: there is none.</summary>
    private static ClusterSurvey? Known(ShiftWork work, ClusterSurvey whole)
    {
        if (!work.LeavesUnready)
        {
            return Labelled(whole);
        }

        // A way back holds good for what was lent: an empty cluster has none of it, and a machine that joined since, without a label, was never lent.
        work.Unlabelled.UnionWith(whole.Nodes.Where(node => node.State is null).Select(node => node.Name));
        var survey = whole with { Nodes = whole.Nodes.RemoveAll(node => node.State is null) };
        return survey.Nodes.IsEmpty ? null : survey;
    }

    /// <summary>The nodes that go with the waves; null: none is left.</summary>
    private static ClusterSurvey? Moving(ShiftWork work, ClusterSurvey survey)
    {
        // On a way back a node that was left behind without its label waits until it is ready again; one whose label was refused, until somebody tries the undo again.
        var moving = survey with
        {
            Nodes = work.LeavesUnready
                ? survey.Nodes.RemoveAll(node => work.Refused.Contains(node.Name) || (!node.Ready && work.Left.TryGetValue(node.Name, out var from) && node.State == from))
                : survey.Nodes.RemoveAll(node => !node.Available),
        };
        return moving.Nodes.IsEmpty && work.Left.Count > 0 ? null : moving;
    }

    /// <summary>Nodes that no wave can take now are left where they are; too many of them are a refusal.</summary>
    private static void LeaveLagging(ShiftWork work, ClusterSurvey survey)
    {
        if (work.LeavesUnready)
        {
            return;
        }

        var lagging = survey.Nodes.Where(node => !node.Available && node.State != work.Arguments.State && !work.Left.ContainsKey(node.Name)).ToImmutableArray();
        var may = work.MaxUnavailable.Of(survey.Nodes.Length);
        if (lagging.Length + work.Left.Count > may)
        {
            throw HopGuards.Refusal(
                $"{survey.Cluster}: {lagging.Length + work.Left.Count} nodes are not in {work.Arguments.State.Id()}, and dead or cordoned; {may} may be (maxUnavailable {work.MaxUnavailable})",
                [new GuardResult("readiness", GuardOutcome.Failed, string.Join(", ", lagging.Select(node => node.Name).Take(5)), "fix or remove the nodes named, or raise maxUnavailable, then try again")]);
        }

        foreach (var node in lagging)
        {
            work.Left[node.Name] = node.State!.Value;
        }
    }

    /// <summary>Nodes that the journal counts and the cluster has no longer.</summary>
    private async Task<ImmutableArray<string>> GoneAsync(string cluster, ClusterSurvey survey, CancellationToken cancellationToken)
    {
        var (view, _) = await facts.ReadAsync(cancellationToken);
        return view.Clusters.GetValueOrDefault(cluster)?.Missing(
            survey.Nodes.Select(node => node.Name).ToImmutableHashSet(StringComparer.Ordinal),
            fleet.Find(cluster)?.ListNodes().Select(node => node.Name) ?? []) ?? [];
    }

    /// <summary>What is known of a cluster begins with its size: one that no survey has found before is found here.</summary>
    private async Task RecordFoundAsync(ShiftWork work, ClusterSurvey survey, CancellationToken cancellationToken)
    {
        var cluster = work.Arguments.Cluster;
        if (work.Context.Recorded.ContainsKey(HopKeys.Found) || fleet.Find(cluster) is not { } definition) return;
        var (view, _) = await facts.ReadAsync(cancellationToken);
        if (view.Clusters.ContainsKey(cluster)) return;

        var found = SurveyedCluster.Of(definition, survey.NodesByState) with { Nodes = survey.Nodes.Length };
        await work.Context.RecordAsync(HopKeys.Found, new FleetSurveyed([found]) { At = work.Context.Clock.GetUtcNow() }, cancellationToken);
    }

    private static ClusterSurvey Labelled(ClusterSurvey survey)
    {
        var unlabelled = survey.Nodes.Where(node => node.State is null).Select(node => node.Name).ToList();
        return unlabelled.Count == 0 && survey.Nodes.Length > 0
            ? survey
            : throw ShiftWork.Refuse("unlabelled-nodes", survey.Nodes.Length == 0
                ? $"cluster {survey.Cluster} has no nodes"
                : $"{unlabelled.Count} nodes of {survey.Cluster} carry no known {ColocationStates.LabelKey} ({string.Join(", ", unlabelled.Take(5))}…); "
                    + $"label them {ColocationState.OfflineOnly.Id()} once they run nothing but batch work");
    }

    /// <summary>The waves of the nodes that make this hop, the emptiest first, each wave with its share of every zone, rack and pool. What a node does not tell of its place the fleet file does.</summary>
    private ImmutableArray<ImmutableArray<string>> Cut(ShiftClusterArguments arguments, ClusterSurvey survey, ColocationState from)
    {
        var known = fleet.Find(arguments.Cluster)?.ListNodes().ToDictionary(node => node.Name, StringComparer.Ordinal) ?? [];
        return Waves.Cut(
            survey.Nodes.Where(node => node.State == from).Select(node =>
            {
                var place = known.GetValueOrDefault(node.Name);
                return new WaveNode(node.Name, node.Zone.Length > 0 ? node.Zone : place?.Zone ?? "", place?.Pool.Name ?? "")
                {
                    Rack = node.Rack,
                    Load = node is { Usage: { } usage, CpuMilli: > 0 } ? (double)usage.TotalCpuMilli / node.CpuMilli : 0,
                };
            }),
            Waves.Parse(arguments.Waves));
    }
}
