using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Orchestrator.Infra.Clusters;
using Orchestrator.Infra.Settings;

namespace Orchestrator.Infra.LoadTests;

/// <summary>How far the generators have come.</summary>
/// <param name="Wanted">How many there are to be.</param>
/// <param name="Ready">How many run.</param>
/// <param name="Ended">Why they run no more; null: they do, or will.</param>
/// <param name="Waiting">Why those wait that do not run yet; empty: nobody says.</param>
public sealed record GeneratorState(int Wanted, int Ready, string? Ended, string Waiting);

/// <summary>
/// Starts and ends the generators of load tests, a Job of k6 in a cluster. Methods throw <see cref="ClusterUnreachableException"/>, <see cref="ClusterDeniedException"/> and
/// <see cref="ObjectRefusedException"/>.
/// </summary>
public sealed class LoadGenerators(FleetInventory inventory, IOptions<InfraOptions> options)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    private LoadTestOptions Options => options.Value.LoadTest;

    /// <summary>What is asked where a step names nothing else; null: nothing.</summary>
    public Uri? Url => Options.Url;

    /// <summary>The cluster that the generators run in; null: there is none.</summary>
    public string? ClusterOf(string? named) => named ?? Options.Cluster ?? options.Value.Traffic.Cluster;

    public async Task StartAsync(string cluster, LoadPlan plan, string? image, string? script, CancellationToken cancellationToken)
    {
        var objects = Objects(cluster);
        var space = new ObjectName("v1", "Namespace", null, Options.Namespace);
        if (await objects.FindAsync(space, cancellationToken) is null)
        {
            await objects.ApplyAsync(space, new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = Options.Namespace } }, force: false, cancellationToken);
        }

        var own = script ?? (Options.Script is { } file ? await File.ReadAllTextAsync(file, cancellationToken) : null);
        await objects.ApplyAsync(FilesOf(plan.Name), K6Job.Files(plan, Options, own), force: true, cancellationToken);
        await objects.ApplyAsync(JobOf(plan.Name), K6Job.Job(plan, Options, image), force: true, cancellationToken);
    }

    public async Task<GeneratorState> ReadAsync(string cluster, string name, CancellationToken cancellationToken)
    {
        var objects = Objects(cluster);
        if (await objects.FindAsync(JobOf(name), cancellationToken) is not { } job)
        {
            return new GeneratorState(0, 0, "their job is gone", "");
        }

        var (wanted, ready) = (Number(job["spec"]?["parallelism"]), Number(job["status"]?["ready"]));
        var ended = Condition(job, "Failed") is { } failed ? $"their job failed: {failed["reason"]}: {failed["message"]}{await LogAsync(objects, name, cancellationToken)}"
            : Condition(job, "Complete") is not null ? "they have come to their end" : null;
        return new GeneratorState(wanted, ready, ended, ended is null && ready < wanted ? await WaitingAsync(objects, name, cancellationToken) : "");
    }

    /// <summary>Deletes the generators of a test, and waits until no pod of theirs is left. Nothing happens where there are none.</summary>
    public async Task StopAsync(string cluster, string name, CancellationToken cancellationToken)
    {
        var objects = Objects(cluster);
        await objects.DeleteAsync(JobOf(name), null, cancellationToken);
        await objects.DeleteAsync(FilesOf(name), null, cancellationToken);
        while ((await PodsAsync(objects, name, cancellationToken)).Count > 0 || await objects.FindAsync(JobOf(name), cancellationToken) is not null)
        {
            await Task.Delay(Poll, TimeProvider.System, cancellationToken);
        }
    }

    private ClusterObjects Objects(string cluster) =>
        inventory.Find(cluster)?.Objects ?? throw new ArgumentException($"there is no cluster '{cluster}'; the fleet has {string.Join(", ", inventory.Clusters)}", nameof(cluster));

    private ObjectName FilesOf(string name) => new("v1", "ConfigMap", Options.Namespace, name);

    private ObjectName JobOf(string name) => new("batch/v1", "Job", Options.Namespace, name);

    private Task<IReadOnlyList<JsonObject>> PodsAsync(ClusterObjects objects, string name, CancellationToken cancellationToken) =>
        objects.ListAsync(new ObjectName("v1", "Pod", Options.Namespace, ""), $"{K6Job.Label}={name}", cancellationToken);

    private async Task<string> WaitingAsync(ClusterObjects objects, string name, CancellationToken cancellationToken)
    {
        var reasons = (await PodsAsync(objects, name, cancellationToken))
            .Select(pod => (pod["status"]?["conditions"] as JsonArray ?? []).OfType<JsonObject>().FirstOrDefault(condition => condition["type"]?.ToString() == "PodScheduled" && condition["status"]?.ToString() == "False"))
            .Where(condition => condition is not null)
            .Select(condition => $"{condition!["reason"]}: {condition["message"]}")
            .Distinct(StringComparer.Ordinal)
            .Take(3);
        return string.Join("; ", reasons);
    }

    private async Task<string> LogAsync(ClusterObjects objects, string name, CancellationToken cancellationToken)
    {
        foreach (var pod in (await PodsAsync(objects, name, cancellationToken)).Where(pod => pod["status"]?["phase"]?.ToString() == "Failed").Take(1))
        {
            var log = await objects.LogAsync(Options.Namespace, pod["metadata"]!["name"]!.ToString(), 3, 2_048, cancellationToken);
            return log.Trim() is { Length: > 0 } text ? $"; its last lines: {ClusterConnection.Shorten(text.ReplaceLineEndings(" | "))}" : "";
        }

        return "";
    }

    private static JsonObject? Condition(JsonObject job, string type) =>
        (job["status"]?["conditions"] as JsonArray ?? []).OfType<JsonObject>().FirstOrDefault(condition => condition["type"]?.ToString() == type && condition["status"]?.ToString() == "True");

    private static int Number(JsonNode? node) => node is JsonValue value && value.TryGetValue<int>(out var number) ? number : 0;
}
