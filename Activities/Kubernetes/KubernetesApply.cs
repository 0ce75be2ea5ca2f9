using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Activities.Journaling;
using Orchestrator.Fleet.Facts;
using Orchestrator.Infra.Clusters;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Activities.Kubernetes;

/// <summary>
/// Applies a manifest by server-side apply, object by object in its order, and waits. What stood before is in the journal before the first
/// change of each object, so that an undo can go back to it, also after an attempt that was cut short.
/// </summary>
internal sealed class KubernetesApply(FleetInventory inventory) : IActivity<KubernetesApplyArguments, KubernetesApplyResult>
{
    private const string KeyAnnotation = "orchestrator.io/idempotency-key";

    public async Task<KubernetesApplyResult> ExecuteAsync(KubernetesApplyArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        if (arguments.Restore)
        {
            return context.Undo && arguments.Manifest.Length == 0
                ? await RestoreAsync(arguments, context, cancellationToken)
                : throw Bad("restore is for a step's undo, and stands without a manifest: it takes back what the step applied");
        }

        var manifest = Parse(arguments);
        var objects = ClusterCalls.Objects(inventory, arguments.Cluster);
        var started = context.Clock.GetTimestamp();
        var applied = ImmutableArray.CreateBuilder<AppliedObject>();
        var names = new List<ObjectName>();
        for (var number = 0; number < manifest.Length; number++)
        {
            var (name, change) = await ApplyAsync(arguments, objects, manifest[number], number, context, cancellationToken);
            names.Add(name);
            applied.Add(Described(name, change));
            context.Progress((double)(number + 1) / manifest.Length, $"{name} {change.ToString().ToLowerInvariant()}");
        }

        if (arguments.WaitFor is { } wait)
        {
            var chosen = names.Where(name => ObjectWait.Chooses(wait, name)).ToList();
            if (chosen.Count == 0)
            {
                throw Bad($"waitFor.of: '{wait.Of}' is none of the manifest's objects: {string.Join(", ", names.Select(name => $"{name.Kind}/{name.Name}"))}");
            }

            await ObjectWait.UntilAsync(objects, chosen, wait, context, cancellationToken);
        }

        return new KubernetesApplyResult
        {
            Objects = applied.ToImmutable(),
            WaitedFor = arguments.WaitFor is null ? null : Math.Round(context.Clock.GetElapsedTime(started).TotalSeconds, 1),
        };
    }

    private static ImmutableArray<ManifestObject> Parse(KubernetesApplyArguments arguments)
    {
        if (arguments.WaitFor is { } wait)
        {
            ObjectWait.Check(wait);
        }

        try
        {
            var manifest = Manifest.Parse(arguments.Manifest);
            var secret = manifest.FirstOrDefault(one => one.Name.Kind == "Secret" && (one.Body["data"] is JsonObject { Count: > 0 } || one.Body["stringData"] is JsonObject { Count: > 0 }));
            return secret is null
                ? manifest
                : throw Bad($"manifest, line {secret.Line}: the values of {secret.Name} would stand in the journal for everyone who may read runs. Leave data and stringData out and let something in the cluster fill it (an ExternalSecret, a sealed secret), or make the Secret outside of runbooks");
        }
        catch (FormatException exception)
        {
            throw Bad($"manifest, {exception.Message}");
        }
    }

    private static async Task<(ObjectName Name, ObjectChange Change)> ApplyAsync(
        KubernetesApplyArguments arguments, ClusterObjects objects, ManifestObject wanted, int number, TaskContext context, CancellationToken cancellationToken)
    {
        var what = $"{wanted.Name} (manifest, line {wanted.Line})";
        var name = await ClusterCalls.CallAsync(what, () => objects.ResolveAsync(wanted.Name, cancellationToken));
        var live = await ClusterCalls.CallAsync(what, () => objects.FindAsync(name, cancellationToken));
        await context.RecordAsync(FormattableString.Invariant($"found/{number}"), Found(arguments.Cluster, name, wanted.Body, live, context), cancellationToken);
        var body = wanted.Body.DeepClone().AsObject();
        body.Remove("status");
        Annotate(body, context.IdempotencyKey);
        var after = await ClusterCalls.CallAsync(what, () => objects.ApplyAsync(name, body, arguments.Force, cancellationToken));
        return (name, live is null ? ObjectChange.Created : ClusterCalls.Text(live, "metadata", "resourceVersion") == ClusterCalls.Text(after, "metadata", "resourceVersion") ? ObjectChange.Unchanged : ObjectChange.Configured);
    }

    private static ObjectFound Found(string cluster, ObjectName name, JsonObject manifest, JsonObject? live, TaskContext context)
    {
        string? before = null, kept = null;
        if (live is not null)
        {
            Annotate(manifest = manifest.DeepClone().AsObject(), "");
            var part = ObjectFields.Project(live, manifest);
            before = part.ToJsonString();
            kept = name.Kind == "Secret" || ObjectFields.HoldsSecret(part) ? "it holds what looks like a secret, and the journal keeps none"
                : before.Length > ObjectFields.MostKept ? $"it is longer than {ObjectFields.MostKept} characters"
                : null;
        }

        return new ObjectFound(cluster, name.ApiVersion, name.Kind, name.Namespace, name.Name, context.IdempotencyKey, live is not null, live is null ? null : KeyOf(live), kept is null ? before : null, kept) { At = context.Clock.GetUtcNow() };
    }

    /// <summary>The last object first: what stands in another goes before it.</summary>
    private async Task<KubernetesApplyResult> RestoreAsync(KubernetesApplyArguments arguments, TaskContext context, CancellationToken cancellationToken)
    {
        var objects = ClusterCalls.Objects(inventory, arguments.Cluster);
        var done = ImmutableArray.CreateBuilder<AppliedObject>();
        var left = ImmutableArray.CreateBuilder<LeftInPlace>();
        var found = new List<ObjectFound>();
        await foreach (var recorded in context.FactsAsync(cancellationToken))
        {
            if (recorded.Run == context.Run && recorded.Path == context.Path && FactRecording.Read(recorded.Fact) is ObjectFound one && one.Cluster == arguments.Cluster)
            {
                found.Add(one);
            }
        }

        foreach (var one in Enumerable.Reverse(found))
        {
            var name = new ObjectName(one.ApiVersion, one.Kind, one.Namespace, one.Name);
            var (change, reason) = await ClusterCalls.CallAsync(name.ToString(), () => RestoreAsync(objects, name, one, cancellationToken));
            done.Add(Described(name, change));
            if (reason is not null)
            {
                left.Add(new LeftInPlace(name.ToString(), reason));
            }
        }

        return new KubernetesApplyResult { Objects = done.ToImmutable(), Left = left.ToImmutable() };
    }

    private static async Task<(ObjectChange Change, string? Left)> RestoreAsync(ClusterObjects objects, ObjectName name, ObjectFound found, CancellationToken cancellationToken)
    {
        var live = await objects.FindAsync(name, cancellationToken);
        var ours = live is not null && KeyOf(live) == found.Key;
        switch (found)
        {
            case { Existed: false } when live is null:
                return (ObjectChange.Unchanged, null);
            case { Existed: false } when !ours:
                return (ObjectChange.Unchanged, "something else has applied it since, so it is not deleted");
            case { Existed: false }:
                await objects.DeleteAsync(name, ClusterCalls.Text(live, "metadata", "uid"), cancellationToken);
                return (ObjectChange.Deleted, null);
            case var _ when live is null:
                return (ObjectChange.Unchanged, "it was there before the step, and somebody has deleted it since");
            case var _ when !ours:
                // Never applied, when the attempt was cut short before; or applied by another step since, whose fields these are now.
                return (ObjectChange.Unchanged, KeyOf(live!) == found.KeyBefore ? null : "another step has applied it since, so its fields stay as they are");
            case { Before: null }:
                return (ObjectChange.Unchanged, $"the values from before the step are not kept: {found.Kept}");
        }

        try
        {
            var before = JsonNode.Parse(found.Before!)!.AsObject();
            await objects.ApplyAsync(name, before, force: false, cancellationToken);
            return (ObjectChange.Restored, null);
        }
        catch (ObjectRefusedException exception) when (exception.Conflicts.Count > 0)
        {
            return (ObjectChange.Unchanged, "changed since by others, whose fields these are now: " + string.Join(", ", exception.Conflicts.Select(conflict => $"{conflict.Field} ({conflict.Manager})")));
        }
        catch (ObjectRefusedException exception)
        {
            return (ObjectChange.Unchanged, $"the API server does not take the values from before: {exception.Message}");
        }
    }

    private static void Annotate(JsonObject body, string key)
    {
        var metadata = body["metadata"]!.AsObject();
        if (metadata["annotations"] is not JsonObject annotations)
        {
            metadata["annotations"] = annotations = [];
        }

        annotations[KeyAnnotation] = key;
    }

    private static string? KeyOf(JsonObject live) => live["metadata"]?["annotations"]?[KeyAnnotation]?.ToString();

    private static AppliedObject Described(ObjectName name, ObjectChange change) =>
        new() { ApiVersion = name.ApiVersion, Kind = name.Kind, Namespace = name.Namespace, Name = name.Name, Change = change };

    private static ActivityFailedException Bad(string message) => new("bad-argument", message, retryable: false);
}
