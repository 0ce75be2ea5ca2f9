using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Orchestrator.Simulator.Clusters.Objects;
using Orchestrator.Simulator.Clusters.Patches;
using Orchestrator.Simulator.Clusters.Schemas;

namespace Orchestrator.Simulator.Clusters;

/// <summary>Creates, replaces, patches, applies and deletes objects, and their status and scale.</summary>
internal sealed class ObjectWriter(SimulatedCluster cluster, ObjectReader reader)
{
    private const string NameLetters = "bcdfghjklmnpqrstvwxz2456789";

    public async Task CreateAsync(HttpContext context, ObjectTable table, ClusterPath path)
    {
        var kind = table.Kind;
        var options = WriteOptions.Of(context);
        var body = await RequestBody.ReadObjectAsync(context);
        var metadata = MetadataOf(kind, body);
        RequireType(kind, body);
        var name = metadata["name"]?.ToString() ?? "";
        if (name.Length == 0)
        {
            var prefix = metadata["generateName"]?.ToString() is { Length: > 0 } given ? given : throw StatusException.Invalid(kind, "", "metadata.name: Required value: name or generateName is required");
            name = prefix + string.Concat(Enumerable.Range(0, 5).Select(_ => NameLetters[System.Security.Cryptography.RandomNumberGenerator.GetInt32(NameLetters.Length)]));
        }

        var key = KeyOf(kind, path.Namespace, name, metadata);
        cluster.RequireNamespace(key);
        if (metadata["resourceVersion"]?.ToString() is { Length: > 0 })
        {
            throw StatusException.BadRequest("resourceVersion should not be set on objects to be created");
        }

        Created(kind, body);
        var write = table.Write(key, current => current is null ? Owned(context, kind, key, null, body, options) : throw StatusException.AlreadyExists(kind, name), options.DryRun);
        await FinishAsync(context, table, write, options, StatusCodes.Status201Created);
    }

    public async Task ReplaceAsync(HttpContext context, ObjectTable table, ObjectKey key, string? subresource)
    {
        var options = WriteOptions.Of(context);
        var body = await RequestBody.ReadObjectAsync(context);
        RequireType(table.Kind, body);
        if (MetadataOf(table.Kind, body)["name"]?.ToString() is { } named && named != key.Name)
        {
            throw StatusException.BadRequest($"the name of the object ({named}) does not match the name on the URL ({key.Name})");
        }

        await EditAsync(context, table, key, subresource, options, current => Kept(body, current));
    }

    public async Task PatchAsync(HttpContext context, ObjectTable table, ObjectKey key, string? subresource)
    {
        var kind = table.Kind;
        var options = WriteOptions.Of(context);
        var mediaType = RequestBody.MediaType(context);
        var bytes = await RequestBody.ReadBytesAsync(context);
        if (mediaType == "application/apply-patch+yaml")
        {
            await ApplyAsync(context, table, key, subresource, options, RequestBody.AsObject(YamlBody.Parse(bytes, yamlToo: true)));
            return;
        }

        var patch = YamlBody.Parse(bytes, yamlToo: false);
        Func<JsonObject, JsonObject> edit = (mediaType, patch) switch
        {
            ("application/strategic-merge-patch+json", _) when kind.IsCustom => throw new StatusException(415, "UnsupportedMediaType", "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"),
            ("application/merge-patch+json", JsonObject merge) => current => MergePatch.Apply(current, merge),
            ("application/strategic-merge-patch+json", JsonObject merge) => current => StrategicPatch.Apply(current, merge, Shape.Of(kind)),
            ("application/json-patch+json", JsonArray steps) => current => JsonPatch.Apply(current, steps),
            ("application/merge-patch+json" or "application/strategic-merge-patch+json" or "application/json-patch+json", _) => throw StatusException.BadRequest("the patch has the wrong shape for its media type"),
            _ => throw StatusException.UnsupportedMediaType(mediaType),
        };
        await EditAsync(context, table, key, subresource, options, edit);
    }

    public async Task DeleteAsync(HttpContext context, ObjectTable table, ObjectKey key)
    {
        var options = WriteOptions.Of(context);
        if (reader.BatchPod(table, key) is { } batch)
        {
            if (!options.DryRun)
            {
                cluster.Pods.RemoveBatch(key, null);
            }

            await reader.WriteAsync(context, table, batch, StatusCodes.Status200OK);
            return;
        }

        var asked = RequestBody.IsThere(context) ? await RequestBody.ReadObjectAsync(context) : [];
        var write = await DeleteAsync(context, table, key, asked, options);
        if (write.After is { } finalized)
        {
            await reader.WriteAsync(context, table, finalized, StatusCodes.Status200OK);
        }
        else if (table.Kind == ResourceKind.Pod || table.Kind == ResourceKind.Namespace || table.Kind == ResourceKind.Service || table.Kind == ResourceKind.ServiceAccount)
        {
            // The kinds whose deletion answers with the object; that of the others with a Status.
            await reader.WriteAsync(context, table, write.Before!, StatusCodes.Status200OK);
        }
        else
        {
            await ClusterApi.WriteAsync(context, new JsonObject
            {
                ["kind"] = "Status",
                ["apiVersion"] = "v1",
                ["metadata"] = new JsonObject(),
                ["status"] = "Success",
                ["details"] = new JsonObject { ["name"] = key.Name, ["group"] = table.Kind.Group, ["kind"] = table.Kind.Plural, ["uid"] = write.Before!.Parse()["metadata"]!["uid"]!.DeepClone() },
            });
        }
    }

    /// <summary>Deletes what a list with the same selectors would give, and answers with it.</summary>
    public async Task DeleteCollectionAsync(HttpContext context, ObjectTable table, ClusterPath path)
    {
        var options = WriteOptions.Of(context);
        var filter = reader.FilterOf(context, table.Kind, path.Namespace);
        var asked = RequestBody.IsThere(context) ? await RequestBody.ReadObjectAsync(context) : [];
        var gone = new JsonArray();
        foreach (var stored in table.Snapshot().Objects.Where(filter.Matches))
        {
            await DeleteAsync(context, table, stored.Key, asked, options);
            gone.Add((JsonNode)stored.Parse());
        }

        await ClusterApi.WriteAsync(context, new JsonObject { ["kind"] = $"{table.Kind.Kind}List", ["apiVersion"] = table.Kind.ApiVersion, ["metadata"] = new JsonObject(), ["items"] = gone });
    }

    private async Task<ObjectWrite> DeleteAsync(HttpContext context, ObjectTable table, ObjectKey key, JsonObject asked, WriteOptions options)
    {
        var kind = table.Kind;
        if (asked["dryRun"] is JsonArray { Count: > 0 })
        {
            options = options with { DryRun = true };
        }

        var version = asked["preconditions"]?["resourceVersion"]?.ToString();
        var uid = asked["preconditions"]?["uid"]?.ToString();
        var write = table.Write(key, current => current switch
        {
            null => throw StatusException.NotFound(kind, key.Name),
            _ when uid is not null && current["metadata"]?["uid"]?.ToString() is var actual && actual != uid => throw StatusException.Precondition(kind, key.Name, $"UID in precondition: {uid}, UID in object meta: {actual}"),
            _ when version is not null && VersionOf(current) != version => throw StatusException.Precondition(kind, key.Name, $"ResourceVersion in precondition: {version}, ResourceVersion in object meta: {VersionOf(current)}"),
            _ => null,
        }, options.DryRun);
        if (!options.DryRun)
        {
            var policy = asked["propagationPolicy"]?.ToString() ?? RequestBody.Query(context, "propagationPolicy");
            // Jobs are from before there was a garbage collector: who does not ask for it keeps the pods.
            var orphans = policy == "Orphan" || (policy is null && kind == ResourceKind.Job);
            if (policy is null && kind == ResourceKind.Job)
            {
                context.Response.Headers.Append("Warning", "299 - \"child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning\"");
            }

            await cluster.WrittenAsync(kind, write, context.RequestAborted, orphans);
        }

        return write;
    }

    /// <summary>The <c>scale</c> subresource: replicas, and the selector as a text.</summary>
    public async Task ScaleAsync(HttpContext context, ObjectTable table, ObjectKey key)
    {
        var method = context.Request.Method;
        if (method == HttpMethods.Get)
        {
            await ClusterApi.WriteAsync(context, ScaleOf(table.Get(key)));
            return;
        }

        var options = WriteOptions.Of(context);
        Func<JsonObject, JsonObject> edit;
        if (method == HttpMethods.Put)
        {
            var body = await RequestBody.ReadObjectAsync(context);
            edit = _ => body;
        }
        else if (method == HttpMethods.Patch && YamlBody.Parse(await RequestBody.ReadBytesAsync(context), yamlToo: false) is JsonObject merge)
        {
            edit = scale => MergePatch.Apply(scale, merge);
        }
        else
        {
            throw StatusException.MethodNotAllowed();
        }

        var write = table.Write(key, current =>
        {
            var there = current ?? throw StatusException.NotFound(table.Kind, key.Name);
            var scale = edit(ScaleOf(table.Get(key)));
            var replicas = scale["spec"]?["replicas"]?.GetValue<int>() ?? 0;
            if (replicas < 0)
            {
                throw StatusException.Invalid(table.Kind, key.Name, string.Create(CultureInfo.InvariantCulture, $"spec.replicas: Invalid value: {replicas}: must be greater than or equal to 0"));
            }

            if (VersionOf(scale) is { Length: > 0 } expected && expected != VersionOf(there))
            {
                throw StatusException.Conflict(table.Kind, key.Name);
            }

            var after = there.DeepClone().AsObject();
            after["spec"]!["replicas"] = replicas;
            return ServerSideApply.Own(there, after, Shape.Of(table.Kind), WriterOf(table.Kind, options, "scale"));
        }, options.DryRun);
        if (!options.DryRun)
        {
            await cluster.WrittenAsync(table.Kind, write, context.RequestAborted);
        }

        await ClusterApi.WriteAsync(context, ScaleOf(write.After!));
    }

    private JsonObject ScaleOf(StoredObject stored)
    {
        var body = stored.Parse();
        var selector = body["spec"]?["selector"]?["matchLabels"] as JsonObject ?? [];
        var metadata = new JsonObject();
        foreach (var name in new[] { "name", "namespace", "uid", "resourceVersion", "creationTimestamp" })
        {
            metadata[name] = body["metadata"]?[name]?.DeepClone();
        }

        return new JsonObject
        {
            ["kind"] = "Scale",
            ["apiVersion"] = "autoscaling/v1",
            ["metadata"] = metadata,
            ["spec"] = new JsonObject { ["replicas"] = body["spec"]?["replicas"]?.DeepClone() ?? 1 },
            ["status"] = new JsonObject
            {
                ["replicas"] = cluster.Workloads.StatusOf(stored, cluster.EnvironmentClock.GetUtcNow())["replicas"]?.DeepClone() ?? 0,
                ["selector"] = string.Join(',', selector.Select(label => $"{label.Key}={label.Value}")),
            },
        };
    }

    private async Task ApplyAsync(HttpContext context, ObjectTable table, ObjectKey key, string? subresource, WriteOptions options, JsonObject applied)
    {
        var kind = table.Kind;
        if (RequestBody.Query(context, "fieldManager") is not { Length: > 0 })
        {
            throw new StatusException(422, "Invalid", "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch");
        }

        var metadata = MetadataOf(kind, applied);
        RequireType(kind, applied);
        if (metadata["managedFields"] is JsonArray { Count: > 0 })
        {
            throw StatusException.BadRequest("metadata.managedFields must be nil");
        }

        if (metadata["name"]?.ToString() is { } named && named != key.Name)
        {
            throw StatusException.BadRequest($"the name of the object ({named}) does not match the name on the URL ({key.Name})");
        }

        KeyOf(kind, key.Namespace, key.Name, metadata);
        cluster.RequireNamespace(key);
        var force = RequestBody.Flag(context, "force");
        var writer = WriterOf(kind, options, subresource);
        Only(subresource, applied);
        var write = table.Write(key, current =>
        {
            if (current is null)
            {
                if (subresource is not null || metadata["resourceVersion"] is not null)
                {
                    throw StatusException.NotFound(kind, key.Name);
                }

                var made = ServerSideApply.Apply(null, applied, Shape.Of(kind), writer, force);
                Created(kind, made);
                Admission.Admit(context, kind, key.Name, made, null, options.Validation);
                Schedule(kind, made);
                return made;
            }

            return Checked(context, kind, key, current, subresource, options, there => ServerSideApply.Apply(there, applied, Shape.Of(kind), writer, force), owns: false);
        }, options.DryRun);
        await FinishAsync(context, table, write, options, write.Before is null ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    private async Task EditAsync(HttpContext context, ObjectTable table, ObjectKey key, string? subresource, WriteOptions options, Func<JsonObject, JsonObject> edit)
    {
        if (reader.BatchPod(table, key) is not null)
        {
            throw StatusException.MethodNotAllowed();
        }

        var write = table.Write(key, current => Checked(context, table.Kind, key, current ?? throw StatusException.NotFound(table.Kind, key.Name), subresource, options, edit, owns: true), options.DryRun);
        await FinishAsync(context, table, write, options, StatusCodes.Status200OK);
    }

    /// <summary>Edits with the optimistic check: a resource version in the outcome that is not the present one is a conflict.</summary>
    private JsonObject Checked(HttpContext context, ResourceKind kind, ObjectKey key, JsonObject current, string? subresource, WriteOptions options, Func<JsonObject, JsonObject> edit, bool owns)
    {
        var version = VersionOf(current);
        var wanted = edit(current.DeepClone().AsObject());
        if (wanted["metadata"] is not JsonObject metadata)
        {
            throw StatusException.Invalid(kind, key.Name, "metadata: Required value");
        }

        if (VersionOf(wanted) is { Length: > 0 } expected && expected != version)
        {
            throw StatusException.Conflict(kind, key.Name);
        }

        if (metadata["name"]?.ToString() is { } name && name != key.Name)
        {
            throw StatusException.Invalid(kind, key.Name, $"metadata.name: Invalid value: \"{name}\": field is immutable");
        }

        metadata["resourceVersion"] = version;
        metadata["creationTimestamp"] = current["metadata"]?["creationTimestamp"]?.DeepClone();
        metadata["uid"] = current["metadata"]?["uid"]?.DeepClone();
        if (subresource == "status")
        {
            // Of a write to the status nothing else is taken; the model's own status is not stored at all.
            var managed = metadata["managedFields"]?.DeepClone();
            var status = wanted["status"]?.DeepClone();
            wanted = current.DeepClone().AsObject();
            if (IsKept(kind))
            {
                wanted["status"] = status;
                if (!owns && managed is not null)
                {
                    wanted["metadata"]!["managedFields"] = managed;
                }
            }
        }
        else
        {
            wanted.Remove("status");
            if (current["status"] is { } status)
            {
                wanted["status"] = status.DeepClone();
            }

            Admission.Admit(context, kind, key.Name, wanted, current, options.Validation);
        }

        return owns ? ServerSideApply.Own(current, wanted, Shape.Of(kind), WriterOf(kind, options, subresource)) : wanted;
    }

    private async Task FinishAsync(HttpContext context, ObjectTable table, ObjectWrite write, WriteOptions options, int code)
    {
        if (!options.DryRun)
        {
            await cluster.WrittenAsync(table.Kind, write, context.RequestAborted);
        }

        // An edit that took the last finalizer off has deleted the object.
        await reader.WriteAsync(context, table, write.After ?? write.Before!, code);
    }

    private JsonObject Owned(HttpContext context, ResourceKind kind, ObjectKey key, JsonObject? current, JsonObject wanted, WriteOptions options)
    {
        Admission.Admit(context, kind, key.Name, wanted, current, options.Validation);
        Schedule(kind, wanted);
        return ServerSideApply.Own(current, wanted, Shape.Of(kind), WriterOf(kind, options, null));
    }

    private void Schedule(ResourceKind kind, JsonObject made)
    {
        if (kind == ResourceKind.Pod)
        {
            cluster.Schedule(made);
        }
    }

    private FieldWriter WriterOf(ResourceKind kind, WriteOptions options, string? subresource) => new(options.Manager, kind.ApiVersion, cluster.EnvironmentClock.GetUtcNow(), subresource);

    /// <summary>Whether clients write the status of this kind; that of the others is what the model says.</summary>
    private static bool IsKept(ResourceKind kind) => kind.IsCustom && kind.HasStatus && kind != ResourceKind.HttpRoute && kind != ResourceKind.Gateway;

    private static void Created(ResourceKind kind, JsonObject body)
    {
        var metadata = body["metadata"] as JsonObject;
        foreach (var field in new[] { "uid", "creationTimestamp", "generation", "deletionTimestamp", "selfLink" })
        {
            metadata?.Remove(field);
        }

        if (kind.HasStatus || !kind.IsCustom)
        {
            body.Remove("status");
        }
    }

    /// <summary>What a subresource's apply may own.</summary>
    private static void Only(string? subresource, JsonObject applied)
    {
        if (subresource is null)
        {
            applied.Remove("status");
            return;
        }

        foreach (var name in applied.Select(field => field.Key).Where(name => name is not ("apiVersion" or "kind" or "metadata" or "status")).ToList())
        {
            applied.Remove(name);
        }
    }

    private static JsonObject MetadataOf(ResourceKind kind, JsonObject body)
    {
        if (body["metadata"] is null)
        {
            body["metadata"] = new JsonObject();
        }

        return body["metadata"] as JsonObject ?? throw StatusException.BadRequest($"{kind.Kind} in version \"{kind.Version}\" cannot be handled as a {kind.Kind}: metadata is no object");
    }

    private static void RequireType(ResourceKind kind, JsonObject body)
    {
        var (version, type) = (body["apiVersion"]?.ToString() ?? kind.ApiVersion, body["kind"]?.ToString() ?? kind.Kind);
        if (version != kind.ApiVersion || type != kind.Kind)
        {
            throw StatusException.BadRequest($"the API version in the data ({version}, Kind={type}) does not match the expected API version ({kind.ApiVersion}, Kind={kind.Kind})");
        }
    }

    private static ObjectKey KeyOf(ResourceKind kind, string? @namespace, string name, JsonObject metadata)
    {
        if (!kind.Namespaced)
        {
            return new ObjectKey("", name);
        }

        var place = @namespace ?? throw StatusException.BadRequest("an empty namespace may not be set during creation");
        return metadata["namespace"]?.ToString() is { Length: > 0 } given && given != place
            ? throw StatusException.BadRequest($"the namespace of the provided object does not match the namespace sent on the request: {given}, {place}")
            : new ObjectKey(place, name);
    }

    /// <summary>What a replacing body may not change stays as it is, so that the same body twice changes nothing.</summary>
    private static JsonObject Kept(JsonObject body, JsonObject current)
    {
        var wanted = body.DeepClone().AsObject();
        wanted["apiVersion"] = current["apiVersion"]?.DeepClone();
        wanted["kind"] = current["kind"]?.DeepClone();
        if (wanted["metadata"] is JsonObject metadata)
        {
            foreach (var name in new[] { "uid", "creationTimestamp", "generation", "managedFields", "namespace", "name", "deletionTimestamp" })
            {
                if (current["metadata"]![name] is { } kept)
                {
                    metadata[name] = kept.DeepClone();
                }
            }
        }

        return wanted;
    }

    private static string? VersionOf(JsonObject body) => body["metadata"]?["resourceVersion"] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
