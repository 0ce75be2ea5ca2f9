using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters;

/// <summary>
/// The job controller: pods run until enough of them ended well, or too many did not. It moves on when somebody looks, and then takes
/// every step at the time at which it was due.
/// </summary>
internal sealed class Jobs(SimulatedCluster cluster)
{
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromMinutes(6);

    private readonly Lock _gate = new();
    private readonly Dictionary<ObjectKey, State> _jobs = [];
    private long _created;

    private sealed class State(string uid, DateTimeOffset startedAt)
    {
        public string Uid { get; } = uid;

        public DateTimeOffset StartedAt { get; set; } = startedAt;

        public List<ObjectKey> Active { get; } = [];

        public int Succeeded { get; set; }

        public int Failed { get; set; }

        public int Restarts { get; set; }

        /// <summary>No new pod before this.</summary>
        public DateTimeOffset NextAt { get; set; } = startedAt;

        public DateTimeOffset? EndedAt { get; set; }

        /// <summary>Null while it runs and when it completed.</summary>
        public (string Reason, string Message)? Failure { get; set; }
    }

    /// <summary>A client wrote a job: a new one starts, a deleted one takes its pods along.</summary>
    /// <param name="orphans">Leaves the pods of a deleted job alone.</param>
    public void Changed(ObjectWrite write, bool orphans = false)
    {
        lock (_gate)
        {
            if (write.After is { } job)
            {
                _jobs.TryAdd(job.Key, new State(UidOf(job), cluster.EnvironmentClock.GetUtcNow()));
            }
            else if (write.Before is { } gone && _jobs.Remove(gone.Key) && !orphans)
            {
                foreach (var pod in PodsOf(gone.Key.Namespace, UidOf(gone)))
                {
                    cluster.RemovePod(pod.Key);
                }
            }
        }

        Advance(cluster.EnvironmentClock.GetUtcNow());
    }

    public JsonObject StatusOf(StoredObject job, DateTimeOffset now)
    {
        lock (_gate)
        {
            if (!_jobs.TryGetValue(job.Key, out var state))
            {
                return [];
            }

            var suspended = IsSuspended(job.Parse());
            var status = new JsonObject { ["uncountedTerminatedPods"] = new JsonObject(), ["ready"] = state.Active.Count(pod => cluster.Runs.Find(pod) is { } run && run.Starts <= now) };
            if (!suspended)
            {
                status["startTime"] = KubeTime.Format(state.StartedAt);
            }

            SetIfAny(status, "active", state.Active.Count);
            SetIfAny(status, "succeeded", state.Succeeded);
            SetIfAny(status, "failed", state.Failed);
            if (suspended && state.EndedAt is null)
            {
                status["conditions"] = new JsonArray(Condition("Suspended", "JobSuspended", "Job suspended", state.StartedAt));
            }
            else if (state is { EndedAt: { } failedAt, Failure: var (reason, message) })
            {
                status["conditions"] = new JsonArray(Condition("FailureTarget", reason, message, failedAt), Condition("Failed", reason, message, failedAt));
            }
            else if (state.EndedAt is { } endedAt)
            {
                status["completionTime"] = KubeTime.Format(endedAt);
                status["conditions"] = new JsonArray(
                    Condition("SuccessCriteriaMet", "CompletionsReached", "Reached expected number of succeeded pods", endedAt),
                    Condition("Complete", "CompletionsReached", "Reached expected number of succeeded pods", endedAt));
            }

            return status;
        }
    }

    /// <summary>Takes every step that is due.</summary>
    public void Advance(DateTimeOffset now)
    {
        lock (_gate)
        {
            foreach (var (key, state) in _jobs.ToList())
            {
                if (cluster.Table(ResourceKind.Job).Find(key) is { } job)
                {
                    Advance(job, state, now);
                }
            }
        }

        cluster.Runs.Advance(now);
    }

    private void Advance(StoredObject job, State state, DateTimeOffset now)
    {
        var body = job.Parse();
        var spec = body["spec"]!.AsObject();
        var before = (state.Active.Count, state.Succeeded, state.Failed, state.EndedAt);
        if (state.EndedAt is { } ended)
        {
            if (spec["ttlSecondsAfterFinished"]?.GetValue<long>() is { } ttl && ended.AddSeconds(ttl) <= now)
            {
                var write = cluster.Table(ResourceKind.Job).Write(job.Key, _ => null);
                Changed(write);
            }

            return;
        }

        if (IsSuspended(body))
        {
            RemoveActive(state);
            state.StartedAt = state.NextAt = now;
            return;
        }

        if (spec["activeDeadlineSeconds"]?.GetValue<long>() is { } deadline && state.StartedAt.AddSeconds(deadline) <= now && !IsDone(spec, state, state.StartedAt.AddSeconds(deadline)))
        {
            Fail(job, state, state.StartedAt.AddSeconds(deadline), "DeadlineExceeded", "Job was active longer than specified deadline");
        }
        else
        {
            // Each round counts what ended and starts what is due, so a long time since the last look is caught up with step by step.
            while (state.EndedAt is null && Step(job, spec, state, now))
            {
            }
        }

        if (before != (state.Active.Count, state.Succeeded, state.Failed, state.EndedAt))
        {
            cluster.Table(ResourceKind.Job).Touch(job.Key);
        }
    }

    /// <summary>One step of the job; false when nothing is due.</summary>
    private bool Step(StoredObject job, JsonObject spec, State state, DateTimeOffset now)
    {
        state.Active.RemoveAll(pod => cluster.Table(ResourceKind.Pod).Find(pod) is null && cluster.Runs.Find(pod) is null);
        var next = state.Active.Select(cluster.Runs.Find).OfType<PodRun>().Where(run => run.HasEnded(now)).MinBy(run => run.Ends);
        if (next is not null)
        {
            Count(job, spec, state, next);
            return true;
        }

        var completions = spec["completions"]?.GetValue<int>() ?? 1;
        var wanted = Math.Min(spec["parallelism"]?.GetValue<int>() ?? 1, completions - state.Succeeded);
        if (state.Active.Count >= wanted || state.NextAt > now)
        {
            return false;
        }

        state.Active.Add(Create(job, spec, state));
        return true;
    }

    private void Count(StoredObject job, JsonObject spec, State state, PodRun run)
    {
        var limit = spec["backoffLimit"]?.GetValue<int>() ?? 6;
        var at = run.Ends!.Value;
        if (run.Command.ExitCode == 0)
        {
            state.Active.Remove(run.Pod);
            state.Succeeded++;
            if (state.Succeeded >= (spec["completions"]?.GetValue<int>() ?? 1))
            {
                state.EndedAt = at;
                cluster.Events.Add(ResourceKind.Job, job, "Normal", "Completed", "Job completed", "job-controller", at);
            }
        }
        else if (spec["template"]?["spec"]?["restartPolicy"]?.ToString() == "OnFailure")
        {
            state.Restarts++;
            if (state.Restarts > limit)
            {
                Fail(job, state, at, "BackoffLimitExceeded", "Job has reached the specified backoff limit");
            }
            else if (cluster.Table(ResourceKind.Pod).Find(run.Pod) is { } pod)
            {
                cluster.Runs.Start(pod, at + Backoff(run.Restarts + 1), run.Restarts + 1);
                cluster.Table(ResourceKind.Pod).Touch(run.Pod);
            }
            else
            {
                state.Active.Remove(run.Pod);
            }
        }
        else
        {
            state.Active.Remove(run.Pod);
            state.Failed++;
            state.NextAt = at + Backoff(state.Failed);
            if (state.Failed > limit)
            {
                Fail(job, state, at, "BackoffLimitExceeded", "Job has reached the specified backoff limit");
            }
        }
    }

    private void Fail(StoredObject job, State state, DateTimeOffset at, string reason, string message)
    {
        state.Failed += state.Active.Count;
        RemoveActive(state);
        state.EndedAt = at;
        state.Failure = (reason, message);
        cluster.Events.Add(ResourceKind.Job, job, "Warning", reason, message, "job-controller", at);
    }

    private void RemoveActive(State state)
    {
        foreach (var pod in state.Active)
        {
            cluster.RemovePod(pod);
        }

        state.Active.Clear();
    }

    private ObjectKey Create(StoredObject job, JsonObject spec, State state)
    {
        var template = spec["template"]!.AsObject();
        var podSpec = template["spec"]?.DeepClone() as JsonObject ?? [];
        podSpec["restartPolicy"] ??= "Never";
        var unschedulable = "";
        if (podSpec["nodeName"] is null)
        {
            (var node, unschedulable) = cluster.Workloads.Choose(podSpec);
            if (node is not null)
            {
                podSpec["nodeName"] = node;
            }
        }

        var metadata = new JsonObject { ["labels"] = template["metadata"]?["labels"]?.DeepClone() ?? new JsonObject() };
        if (template["metadata"]?["annotations"] is { } annotations)
        {
            metadata["annotations"] = annotations.DeepClone();
        }

        if (unschedulable.Length > 0)
        {
            var annotated = metadata["annotations"] as JsonObject ?? [];
            annotated[Pods.UnschedulableAnnotation] = unschedulable;
            metadata["annotations"] = annotated;
        }

        metadata["generateName"] = $"{job.Key.Name}-";
        metadata["ownerReferences"] = new JsonArray(new JsonObject
        {
            ["apiVersion"] = "batch/v1",
            ["kind"] = "Job",
            ["name"] = job.Key.Name,
            ["uid"] = state.Uid,
            ["controller"] = true,
            ["blockOwnerDeletion"] = true,
        });
        var key = new ObjectKey(job.Key.Namespace, string.Create(CultureInfo.InvariantCulture, $"{job.Key.Name}-{++_created:x5}"));
        var write = cluster.Table(ResourceKind.Pod).Write(key, _ => new JsonObject { ["metadata"] = metadata, ["spec"] = podSpec });
        cluster.Workloads.PodChanged(write);
        if (unschedulable.Length > 0)
        {
            cluster.Workloads.Wait(key);
        }

        cluster.Runs.Start(write.After!, state.NextAt);
        cluster.Events.Add(ResourceKind.Job, job, "Normal", "SuccessfulCreate", $"Created pod: {key.Name}", "job-controller", state.NextAt);
        return key;
    }

    private bool IsDone(JsonObject spec, State state, DateTimeOffset at) =>
        state.Succeeded + state.Active.Select(cluster.Runs.Find).Count(run => run is { Command.ExitCode: 0 } && run.HasEnded(at)) >= (spec["completions"]?.GetValue<int>() ?? 1);

    private IEnumerable<StoredObject> PodsOf(string @namespace, string uid) => cluster.Table(ResourceKind.Pod).Snapshot().Objects
        .Where(pod => pod.Key.Namespace == @namespace && pod.Labels.GetValueOrDefault("batch.kubernetes.io/controller-uid") == uid);

    private static bool IsSuspended(JsonObject job) => job["spec"]?["suspend"]?.GetValue<bool>() is true;

    private static TimeSpan Backoff(int failures) => TimeSpan.FromTicks(Math.Min(LongestBackoff.Ticks, FirstBackoff.Ticks << Math.Min(failures - 1, 10)));

    private static string UidOf(StoredObject job) => job.Parse()["metadata"]!["uid"]!.ToString();

    private static void SetIfAny(JsonObject status, string name, int value)
    {
        if (value > 0)
        {
            status[name] = value;
        }
    }

    private static JsonObject Condition(string type, string reason, string message, DateTimeOffset at) => new()
    {
        ["type"] = type,
        ["status"] = "True",
        ["reason"] = reason,
        ["message"] = message,
        ["lastProbeTime"] = KubeTime.Format(at),
        ["lastTransitionTime"] = KubeTime.Format(at),
    };
}
