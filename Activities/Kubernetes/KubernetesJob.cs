using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Clusters;
using Orchestrator.Infra.Http;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Kubernetes;

/// <summary>
/// Runs a Job to its end. Its name follows from the step, so an attempt that was cut short finds its job again, and one that comes after a failed
/// job runs it anew. A cancelled step deletes its job.
/// </summary>
internal sealed class KubernetesJob(FleetInventory inventory) : IActivity<KubernetesJobArguments, KubernetesJobResult>
{
    private const int LargestLog = 32 * 1024;
    private static readonly TimeSpan LastCall = TimeSpan.FromSeconds(10);

    public async Task<KubernetesJobResult> ExecuteAsync(KubernetesJobArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var (name, body) = Parse(arguments, context);
        var objects = ClusterCalls.Objects(inventory, arguments.Cluster);
        name = await ClusterCalls.CallAsync(name.ToString(), () => objects.ResolveAsync(name, cancellationToken));
        await ClearAsync(objects, name, cancellationToken);
        await ClusterCalls.CallAsync(name.ToString(), () => objects.ApplyAsync(name, body, force: false, cancellationToken));
        using var over = new CancellationTokenSource(arguments.Deadline, context.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, over.Token);
        JsonObject ended;
        try
        {
            ended = await EndAsync(objects, name, context, either.Token);
        }
        catch (OperationCanceledException)
        {
            await DeleteAsync(objects, name);
            cancellationToken.ThrowIfCancellationRequested();
            throw new ActivityFailedException("job-overdue", $"{name} did not end within {arguments.Deadline}, and is deleted. Give it a longer deadline, or find out what holds it up.");
        }

        return await ResultAsync(objects, name, ended, arguments, cancellationToken);
    }

    private static (ObjectName Name, JsonObject Body) Parse(KubernetesJobArguments arguments, TaskContext context)
    {
        try
        {
            if (Manifest.Parse(arguments.Manifest) is not [{ Name: { ApiVersion: "batch/v1", Kind: "Job" } } one])
            {
                throw Bad("manifest: give just one object of kind Job in apiVersion batch/v1; kubernetes.apply is for others");
            }

            var body = one.Body.DeepClone().AsObject();
            var ending = "-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(context.IdempotencyKey)))[..8];
            // A job's name becomes a label of its pods, which has 63 characters at most.
            var name = one.Name.Name[..Math.Min(one.Name.Name.Length, 63 - ending.Length)].TrimEnd('-', '.') + ending;
            body["metadata"]!["name"] = name;
            body.Remove("status");
            var spec = body["spec"] as JsonObject ?? throw Bad("manifest: spec is missing");
            spec["ttlSecondsAfterFinished"] ??= (long)arguments.KeepFor.TotalSeconds;
            return (one.Name with { Name = name }, body);
        }
        catch (FormatException exception)
        {
            throw Bad($"manifest, {exception.Message}");
        }
    }

    /// <summary>A failed job of an earlier attempt makes room for this one's.</summary>
    private static async Task ClearAsync(ClusterObjects objects, ObjectName name, CancellationToken cancellationToken)
    {
        var there = await ClusterCalls.CallAsync(name.ToString(), () => objects.FindAsync(name, cancellationToken));
        if (there is null || Condition(there, "Failed") is null)
        {
            return;
        }

        await ClusterCalls.CallAsync(name.ToString(), async () =>
        {
            await objects.DeleteAsync(name, ClusterCalls.Text(there, "metadata", "uid"), cancellationToken);
            await foreach (var seen in objects.FollowAsync(name, cancellationToken))
            {
                if (seen is null)
                {
                    break;
                }
            }

            return true;
        });
    }

    private static Task<JsonObject> EndAsync(ClusterObjects objects, ObjectName name, TaskContext context, CancellationToken cancellationToken) => ClusterCalls.CallAsync(name.ToString(), async () =>
    {
        var was = false;
        await foreach (var seen in objects.FollowAsync(name, cancellationToken))
        {
            if (seen is null)
            {
                if (was)
                {
                    throw new ActivityFailedException("job-gone", $"{name} was deleted while it ran. Find out who did, then try again.");
                }

                continue;
            }

            was = true;
            context.Progress(null, string.Create(CultureInfo.InvariantCulture, $"{name.Name}: {Count(seen, "active")} active, {Count(seen, "succeeded")} succeeded, {Count(seen, "failed")} failed"));
            if (Condition(seen, "Complete") is not null || Condition(seen, "Failed") is not null)
            {
                return seen;
            }
        }

        throw new OperationCanceledException(cancellationToken);
    });

    private static async Task<KubernetesJobResult> ResultAsync(ClusterObjects objects, ObjectName name, JsonObject job, KubernetesJobArguments arguments, CancellationToken cancellationToken)
    {
        var @namespace = name.Namespace!;
        var pods = await ClusterCalls.CallAsync(name.ToString(), () => objects.ListAsync(new ObjectName("v1", "Pod", @namespace, ""), $"job-name={name.Name}", cancellationToken));
        var last = pods.OrderBy(pod => ClusterCalls.Text(pod, "metadata", "creationTimestamp"), StringComparer.Ordinal).ThenBy(pod => ClusterCalls.Text(pod, "metadata", "name"), StringComparer.Ordinal).LastOrDefault();
        var exit = last?["status"]?["containerStatuses"]?[0]?["state"]?["terminated"]?["exitCode"]?.GetValue<int>();
        var text = last is null || arguments.LogLines == 0 ? "" : await ClusterCalls.CallAsync(
            name.ToString(), () => objects.LogAsync(@namespace, ClusterCalls.Text(last, "metadata", "name")!, arguments.LogLines, LargestLog, cancellationToken));
        var log = Masking.Text(text).Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(arguments.LogLines).ToImmutableArray();
        if (Condition(job, "Failed") is { } failed)
        {
            var said = log.IsEmpty ? "It wrote nothing." : $"Its last lines: {ClusterText.Shorten(string.Join(" | ", log.TakeLast(5)))}";
            throw new ActivityFailedException("job-failed", $"{name} failed: {failed["reason"]}: {failed["message"]}; exit code {(exit is { } code ? code.ToString(CultureInfo.InvariantCulture) : "unknown")}. {said}");
        }

        var started = Time(job, "startTime");
        return new KubernetesJobResult
        {
            Job = name.Name,
            Namespace = @namespace,
            Succeeded = Count(job, "succeeded"),
            Failed = Count(job, "failed"),
            ExitCode = exit,
            Lasted = started is { } from && Time(job, "completionTime") is { } to ? Math.Max(0, (to - from).TotalSeconds) : 0,
            Log = log,
        };
    }

    /// <summary>The step's own token is over by now; the deletion has a little time of its own.</summary>
    private static async Task DeleteAsync(ClusterObjects objects, ObjectName name)
    {
        using var soon = new CancellationTokenSource(LastCall, TimeProvider.System);
        try
        {
            await objects.DeleteAsync(name, null, soon.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ClusterUnreachableException or ObjectRefusedException or ClusterDeniedException)
        {
            // Its own deadline and its time to live are what ends it then.
        }
    }

    private static JsonObject? Condition(JsonObject job, string type) =>
        (job["status"]?["conditions"] as JsonArray ?? []).OfType<JsonObject>().FirstOrDefault(condition => condition["type"]?.ToString() == type && condition["status"]?.ToString() == "True");

    private static int Count(JsonObject job, string field) => job["status"]?[field]?.GetValue<int>() ?? 0;

    private static DateTimeOffset? Time(JsonObject job, string field) =>
        DateTimeOffset.TryParse(ClusterCalls.Text(job, "status", field), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    private static ActivityFailedException Bad(string message) => new("bad-argument", message, retryable: false);
}
