using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Activities.Capacity;
using Orchestrator.Activities.Inspect;
using Orchestrator.Activities.Journaling;
using Orchestrator.Activities.Kubernetes;
using Orchestrator.Activities.LoadTests;
using Orchestrator.Activities.Metrics;
using Orchestrator.Activities.Notifications;
using Orchestrator.Activities.Provision;
using Orchestrator.Activities.Release;
using Orchestrator.Activities.Report;
using Orchestrator.Activities.Requests;
using Orchestrator.Activities.Rules;
using Orchestrator.Activities.Scale;
using Orchestrator.Activities.Shift;
using Orchestrator.Activities.Stacks;
using Orchestrator.Activities.Survey;
using Orchestrator.Activities.Traffic;
using Orchestrator.Activities.Watch;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Rules;

namespace Orchestrator.Activities;

/// <summary>Registers what a runbook's steps can do.</summary>
public static class ActivitiesServices
{
    /// <summary>
    /// Adds every activity and the rules that check runbooks which use them (<see cref="IRunbookRule"/>). Needs in the services
    /// the engine, the drivers, a <see cref="Fleet.Files.FleetDefinition"/> and a <see cref="Fleet.Colocation.ProfileSet"/>.
    /// </summary>
    public static IServiceCollection AddActivities(this IServiceCollection services)
    {
        services.AddSingleton(provider => new FleetFacts(provider.GetRequiredService<FactReader>().Invoke));
        services.AddSingleton<OrderCounting>();
        services.AddSingleton<NodeMeasuring>();
        services.AddSingleton<TrafficDivider>();
        services.AddSingleton<BeforeWeights>();
        services.AddSingleton<UnitReadBack>();
        services.AddSingleton<GuardFactsReader>();
        services.AddSingleton<BatchKill>();
        services.AddSingleton<HopGuards>();
        services.AddSingleton<HopPlanner>();
        services.AddSingleton<HopReturn>();
        services.AddSingleton<WaveSoak>();
        services.AddSingleton<WaveMover>();
        services.AddSingleton<IRunbookRule, MovesRule>();
        services.AddSingleton<IRunbookRule, WavesRule>();
        services.AddSingleton<IRunbookRule, ReleaseRule>();
        services.AddSingleton<IRunbookRule, WeightsRule>();
        services.AddSingleton<IRunbookRule, LockRule>();
        services.AddSingleton<IRunbookRule, MetricsRule>();
        return services
            .AddActivity<SurveyFleet, SurveyFleetArguments, SurveyFleetResult>(
                "fleet.survey", "Look at the fleet", Effect.None,
                "Reads the nodes of every cluster, the traffic weights and the units that stand.")
            .AddActivity<PlanCapacity, PlanCapacityArguments, PlanCapacityResult>(
                "capacity.plan", "Reckon the capacity", Effect.None,
                "Reckons the hosts that a part of the forecast peak needs, what they cost, and what is short; asks and changes nothing.")
            .AddActivity<ShiftCluster, ShiftClusterArguments, ShiftClusterResult>(
                "cluster.shift", "Move a cluster to another co-location state", Effect.Reversible,
                "Moves the nodes in waves along legal moves, guarded before and read back after each wave.")
            .AddActivity<WatchCluster, WatchClusterArguments, WatchClusterResult>(
                "cluster.watch", "Hold a cluster to its co-location state", Effect.None,
                "Reads every node at each report interval; nodes that drift are told of, moved back, or fail the step.")
            .AddActivity<ProvisionUnit, ProvisionUnitArguments, ProvisionUnitResult>(
                "unit.provision", "Build a trading unit", Effect.Reversible,
                "Brings up the unit's stack on the cloud or on a lent cluster.")
            .AddActivity<ReleaseUnit, ReleaseUnitArguments, ReleaseUnitResult>(
                "unit.release", "Tear a trading unit down", Effect.Destructive,
                "Sends the unit's traffic home and destroys its stack; a unit that is gone needs nothing.")
            .AddActivity<ScaleUnit, ScaleUnitArguments, ScaleUnitResult>(
                "unit.scale", "Change how many hosts a trading unit has", Effect.Reversible,
                "Adds hosts, or drains and removes them; with none the unit keeps its database, cache and network.")
            .AddActivity<InspectUnit, InspectUnitArguments, InspectUnitResult>(
                "unit.inspect", "Inspect a trading unit", Effect.None,
                "Probes the unit's endpoints over HTTP and TCP; a critical finding or a missing answer fails the step.")
            .AddActivity<PreviewStack, StackArguments, PreviewStackResult>(
                "stack.preview", "Preview a stack", Effect.None,
                "Tells what an up of a Pulumi program's stack would do; changes nothing.")
            .AddActivity<UpStack, StackArguments, UpStackResult>(
                "stack.up", "Bring a stack up", Effect.Reversible,
                "Brings the stack of a Pulumi program to what the program says. Its undo is stack.destroy.")
            .AddActivity<RefreshStack, StackArguments, RefreshStackResult>(
                "stack.refresh", "Read a stack back", Effect.None,
                "Reads every resource of a stack back into its state.")
            .AddActivity<DestroyStack, StackArguments, DestroyStackResult>(
                "stack.destroy", "Destroy a stack", Effect.Destructive,
                "Deletes everything that a stack holds; in an undo only a stack that this run has begun.")
            .AddActivity<ShiftTraffic, ShiftTrafficArguments, ShiftTrafficResult>(
                "traffic.shift", "Divide the traffic", Effect.Reversible,
                "Sets the balancer's weights, at once or in steps; only inspected units take traffic.")
            .AddActivity<CanaryTraffic, CanaryTrafficArguments, CanaryTrafficResult>(
                "traffic.canary", "Send some users first", Effect.Reversible,
                "Sends requests that carry a header, such as internal users', to units while everybody else stays where they are; ends it too.")
            .AddActivity<LoadTest, LoadTestArguments, LoadTestResult>(
                "load.test", "Test under load", Effect.Reversible,
                "Sends marked requests beside the customers', at a height relative to the forecast, and stops within seconds when an objective breaks.")
            .AddActivity<ObserveTraffic, ObserveTrafficArguments, ObserveTrafficResult>(
                "traffic.observe", "Look at the traffic", Effect.None,
                "Reads the traffic from metrics, the peak so far, and for how long it has been below a share of it.")
            .AddActivity<QueryMetrics, QueryMetricsArguments, QueryMetricsResult>(
                "metrics.query", "Ask the metrics", Effect.None,
                "Asks a Prometheus server or scraped endpoints, in PromQL or by a query's name.")
            .AddActivity<WatchMetrics, WatchMetricsArguments, WatchMetricsResult>(
                "metrics.watch", "Watch the metrics", Effect.None,
                "Measures a query again and again, and fails when it is out of its bounds too often or too long.")
            .AddActivity<Notify, NotifyArguments, NotifyResult>(
                "notify", "Tell people", Effect.None,
                "Posts a message to a webhook; a repetition carries the same idempotency key.")
            .AddActivity<KubernetesApply, KubernetesApplyArguments, KubernetesApplyResult>(
                "kubernetes.apply", "Apply a manifest", Effect.Reversible,
                "Applies objects of any kind to a cluster by server-side apply, and waits for a condition; its undo deletes what it made and restores what it changed.")
            .AddActivity<KubernetesJob, KubernetesJobArguments, KubernetesJobResult>(
                "kubernetes.job", "Run a Kubernetes job", Effect.Reversible,
                "Runs a Job to its end, with its exit code and the last lines of its log; a cancelled step deletes it.")
            .AddActivity<HttpRequest, HttpRequestArguments, HttpRequestResult>(
                "http.request", "Send an HTTP request", Effect.Reversible,
                "Sends one request with the step's idempotency key, and holds the answer against the statuses that are expected.")
            .AddActivity<ReportFleet, ReportFleetArguments, ReportFleetResult>(
                "fleet.report", "Write the report", Effect.None,
                "Draws times, nodes, costs and shares from the capacity ledger, and checks the invariants after every fact.");
    }
}
