using System.Collections.Immutable;
using Orchestrator.Activities.Journaling;
using Orchestrator.Activities.Metrics;
using Orchestrator.Activities.Traffic;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Units;
using Orchestrator.Fleet.Views;
using Orchestrator.Infra.Clusters;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Survey;

/// <summary>Reads every cluster's nodes, the traffic's weights and the journal's units, and records what was found as the night's starting point.</summary>
internal sealed class SurveyFleet(FleetInventory inventory, FleetDefinition fleet, TrafficDivider divider, OrderCounting orders, NodeMeasuring nodes, FleetFacts facts)
    : IActivity<SurveyFleetArguments, SurveyFleetResult>
{
    public async Task<SurveyFleetResult> ExecuteAsync(SurveyFleetArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var wanted = arguments.Clusters.IsEmpty
            ? fleet.Clusters
            : [.. arguments.Clusters.Distinct(StringComparer.Ordinal).Select(id => fleet.Find(id) ?? throw new ActivityFailedException(
                "unknown-cluster", $"there is no cluster '{id}'; the fleet has {string.Join(", ", fleet.Clusters.Select(cluster => cluster.Id))}", retryable: false))];
        var silent = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var (surveys, done) = (wanted.Select(definition => SurveyAsync(definition.Id, cancellationToken)).ToArray(), 0);
        var found = new List<(ClusterDefinition Definition, ClusterSurvey Survey)>();
        foreach (var (definition, survey) in wanted.Zip(surveys))
        {
            try
            {
                found.Add((definition, await survey));
            }
            catch (ActivityFailedException exception) when (arguments.Partial)
            {
                silent[definition.Id] = exception.Message;
            }

            context.Progress((double)++done / wanted.Length, $"{definition.Id} is read");
        }

        await context.RecordAsync(
            "surveyed",
            new FleetSurveyed([.. found.Select(cluster => SurveyedCluster.Of(cluster.Definition, cluster.Survey.NodesByState) with { Nodes = cluster.Survey.Nodes.Length })])
            {
                At = context.Clock.GetUtcNow(),
            },
            cancellationToken);
        await context.RecordAsync("orders", await orders.ReadAsync(context.Clock, cancellationToken), cancellationToken);
        foreach (var cluster in found)
        {
            await context.RecordAsync($"measured/{cluster.Definition.Id}", nodes.Of(cluster.Survey, context.Clock.GetUtcNow()), cancellationToken);
        }

        var (view, _) = await facts.ReadAsync(cancellationToken);
        var weights = await WeightsAsync(arguments, view, silent, context, cancellationToken);
        return new SurveyFleetResult
        {
            Batch = Ids(wanted, ClusterKind.Batch),
            Online = Ids(wanted, ClusterKind.Online),
            Clusters = [.. found.Select(cluster => Show(cluster.Definition, cluster.Survey))],
            Nodes = found.Sum(cluster => cluster.Survey.Nodes.Length),
            Units = [.. view.Units.Values.Where(unit => unit.Phase.IsAlive()).Select(Show)],
            Weights = weights,
            Silent = silent.ToImmutable(),
        };
    }

    /// <summary>As the router has them; where it does not answer and that is to be gone on with, as the journal has them.</summary>
    private async Task<ImmutableDictionary<string, int>> WeightsAsync(
        SurveyFleetArguments arguments, FleetView view, ImmutableSortedDictionary<string, string>.Builder silent, TaskContext context, CancellationToken cancellationToken)
    {
        try
        {
            var routed = await divider.ReadAsync(cancellationToken);
            if (!routed.InForce) context.Progress(1, $"the weights of the traffic are asked for and not in force: {routed.Pending}");
            return routed.ByDestination;
        }
        catch (ActivityFailedException exception) when (arguments.Partial)
        {
            silent["traffic"] = exception.Message;
            return view.Weights;
        }
    }

    private async Task<ClusterSurvey> SurveyAsync(string cluster, CancellationToken cancellationToken)
    {
        var driver = inventory.Find(cluster) ?? throw new ActivityFailedException(
            "unknown-cluster", $"cluster {cluster} is in the fleet file, but no address of it is configured", retryable: false);
        try
        {
            return await driver.SurveyAsync(cancellationToken);
        }
        catch (ClusterUnreachableException exception)
        {
            throw new ActivityFailedException("cluster-unreachable", $"{exception.Message}. Check the cluster's API server, then try again.", inner: exception);
        }
    }

    private static ImmutableArray<string> Ids(IEnumerable<ClusterDefinition> clusters, ClusterKind kind) =>
        [.. clusters.Where(cluster => cluster.Kind == kind).Select(cluster => cluster.Id)];

    private static FoundCluster Show(ClusterDefinition definition, ClusterSurvey survey) => new()
    {
        Cluster = definition.Id,
        Nodes = survey.Nodes.Length,
        Ready = survey.Nodes.Count(node => node.Ready),
        State = survey.NodesByState.Count == 1 ? survey.NodesByState.Keys.First() : null,
        States = survey.NodesByState.ToImmutableSortedDictionary(entry => entry.Key.Id(), entry => entry.Value, StringComparer.Ordinal),
        CpuMilli = survey.Nodes.Sum(node => node.CpuMilli),
        MemoryMiB = survey.Nodes.Sum(node => node.MemoryMiB),
        PeakOnlineCpuMilli = (long)definition.Demand.OnlineCpuMilli.Peak,
    };

    private static FoundUnit Show(UnitView unit) => new() { Unit = unit.Id, Kind = unit.Kind, Phase = unit.Phase, Cluster = unit.Cluster, Hosts = unit.Hosts, Built = !unit.Endpoints.IsEmpty };
}
