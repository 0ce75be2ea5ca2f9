using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.Balancing;
using Orchestrator.Simulator.Clusters.Commands;
using Orchestrator.Simulator.Clusters.Objects;
using Orchestrator.Simulator.Colocation;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Simulator.Clusters;

/// <summary>One run of a pod that ends by itself.</summary>
/// <param name="Starts">When its container runs; null while no node takes it.</param>
/// <param name="Restarts">How often its container ran before.</param>
internal sealed record PodRun(ObjectKey Pod, DateTimeOffset? Starts, SimulatedCommand Command, int Restarts)
{
    public DateTimeOffset? Ends => Starts + Command.Lasts;

    public bool HasEnded(DateTimeOffset now) => Ends <= now;
}

/// <summary>Pods that end by themselves: those of jobs, and those that a client made with another restart policy than <c>Always</c>.</summary>
internal sealed class PodRuns(SimulatedCluster cluster, SimulatedCloudOptions options, GeneratedLoads loads)
{
    private readonly ConcurrentDictionary<ObjectKey, PodRun> _runs = new();
    private readonly ConcurrentDictionary<ObjectKey, bool> _released = new();

    /// <summary>Those that watchers have seen running.</summary>
    private readonly ConcurrentDictionary<(ObjectKey Pod, int Restarts), bool> _shown = new();

    public PodRun? Find(ObjectKey pod) => _runs.GetValueOrDefault(pod);

    /// <summary>Begins to follow a pod. Its container starts some seconds after <paramref name="at"/> when it has a node.</summary>
    public PodRun Start(StoredObject pod, DateTimeOffset at, int restarts = 0)
    {
        var spec = pod.Parse()["spec"];
        var startup = TimeSpan.FromSeconds((2 + (StableRandom.Of(options.Seed, pod.Key.Name, "run") * 4)) * options.Delays);
        var starts = spec?["nodeName"] is null ? (DateTimeOffset?)null : at + startup;
        var test = K6Test.Of(spec as JsonObject, name => cluster.Table(ResourceKind.ConfigMap).Find(new ObjectKey(pod.Key.Namespace, name))?.Parse());
        var run = new PodRun(pod.Key, starts, test?.Command ?? SimulatedCommand.Of(spec?["containers"]?[0]), restarts);
        _runs[pod.Key] = run;
        if (starts is { } from && test is not null)
        {
            foreach (var scenario in test.Scenarios.Where(scenario => loads.IsGateway(scenario.Target)))
            {
                loads.Add(new GeneratedLoad(SourceOf(pod.Key), [.. scenario.Line.Select(point => (from + point.At, point.Rate))], scenario.Headers));
            }
        }

        return run;
    }

    /// <summary>A pod that waited has its node now: its container starts some seconds later.</summary>
    public void Placed(StoredObject pod, DateTimeOffset at)
    {
        if (Find(pod.Key) is { Starts: null } waiting)
        {
            Start(pod, at, waiting.Restarts);
        }
    }

    /// <summary>Where a pod that ends by itself no longer uses its node: its requests are given back once.</summary>
    public bool Release(ObjectKey pod) => _released.TryAdd(pod, true);

    /// <summary>Forgets a pod that is gone. False when its requests were given back before.</summary>
    public bool Forget(ObjectKey pod)
    {
        if (_runs.TryRemove(pod, out var run))
        {
            loads.Stop(SourceOf(pod), cluster.EnvironmentClock.GetUtcNow());
            for (var restarts = 0; restarts <= run.Restarts; restarts++)
            {
                _shown.TryRemove((pod, restarts), out _);
            }
        }

        return !_released.TryRemove(pod, out _);
    }

    private string SourceOf(ObjectKey pod) => $"{cluster.Id}/{pod.Namespace}/{pod.Name}";

    public static JsonObject StatusOf(StoredObject stored, PodRun run, DateTimeOffset now)
    {
        var pod = stored.Parse();
        var container = pod["spec"]?["containers"]?[0];
        var scheduled = run.Starts is not null;
        var running = run.Starts <= now && !run.HasEnded(now);
        var ended = run.HasEnded(now);
        var failed = ended && run.Command.ExitCode != 0;
        var restarts = pod["spec"]?["restartPolicy"]?.ToString() == "OnFailure" && failed;
        var phase = !scheduled || run.Starts > now ? "Pending" : running || restarts ? "Running" : failed ? "Failed" : "Succeeded";
        var status = new JsonObject { ["phase"] = phase, ["hostIP"] = "127.0.0.1", ["podIP"] = "127.0.0.1", ["qosClass"] = "Burstable" };
        var why = ended ? "PodCompleted" : running ? null : "ContainersNotReady";
        status["conditions"] = new JsonArray(
            Pods.Condition("PodScheduled", scheduled, scheduled ? null : "Unschedulable", run.Starts ?? now),
            Pods.Condition("Initialized", true, null, run.Starts ?? now),
            Pods.Condition("ContainersReady", running, why, run.Starts ?? now),
            Pods.Condition("Ready", running, why, run.Starts ?? now));
        if (!scheduled)
        {
            return status;
        }

        status["startTime"] = pod["metadata"]?["creationTimestamp"]?.DeepClone();
        var state = ended
            ? new JsonObject
            {
                ["terminated"] = new JsonObject
                {
                    ["exitCode"] = run.Command.ExitCode,
                    ["reason"] = failed ? "Error" : "Completed",
                    ["startedAt"] = KubeTime.Format(run.Starts!.Value),
                    ["finishedAt"] = KubeTime.Format(run.Ends!.Value),
                },
            }
            : running
                ? new JsonObject { ["running"] = new JsonObject { ["startedAt"] = KubeTime.Format(run.Starts!.Value) } }
                : new JsonObject { ["waiting"] = new JsonObject { ["reason"] = "ContainerCreating" } };
        status["containerStatuses"] = new JsonArray(new JsonObject
        {
            ["name"] = container?["name"]?.DeepClone(),
            ["image"] = container?["image"]?.DeepClone(),
            ["imageID"] = "",
            ["ready"] = running,
            ["started"] = running,
            ["restartCount"] = run.Restarts,
            ["state"] = state,
        });
        return status;
    }

    /// <summary>The lines written until now, oldest first; empty for a pod that does not end by itself.</summary>
    /// <exception cref="StatusException">400: its container has not started.</exception>
    public IReadOnlyList<(DateTimeOffset At, string Text)> Log(StoredObject stored, DateTimeOffset now)
    {
        if (Find(stored.Key) is not { } run)
        {
            return [];
        }

        if (run.Starts is not { } started || started > now)
        {
            var container = stored.Parse()["spec"]?["containers"]?[0]?["name"]?.ToString();
            throw StatusException.BadRequest(string.Create(CultureInfo.InvariantCulture, $"container \"{container}\" in pod \"{stored.Key.Name}\" is waiting to start: ContainerCreating"));
        }

        return [.. run.Command.Lines.Select(line => (At: started + line.At, line.Text)).Where(line => line.At <= now)];
    }

    /// <summary>Shows watchers the pods whose state time has changed, and gives the requests of those that ended back to their nodes.</summary>
    public void Advance(DateTimeOffset now)
    {
        foreach (var run in _runs.Values.Where(run => run.Starts <= now && !_shown.ContainsKey((run.Pod, run.Restarts))))
        {
            _shown.TryAdd((run.Pod, run.Restarts), true);
            cluster.Table(ResourceKind.Pod).Touch(run.Pod);
        }

        foreach (var run in _runs.Values.Where(run => run.HasEnded(now)))
        {
            if (cluster.Table(ResourceKind.Pod).Find(run.Pod) is { } pod && !_released.ContainsKey(run.Pod) && Release(run.Pod))
            {
                cluster.Workloads.PodChanged(new ObjectWrite(pod, null));
                cluster.Table(ResourceKind.Pod).Touch(run.Pod);
            }
        }
    }
}
