using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Orchestrator.Simulator.Clusters.Objects;
using Orchestrator.Simulator.Clusters.Patches;

namespace Orchestrator.Simulator.Clusters;

/// <summary>The Kubernetes API of one cluster.</summary>
internal sealed class ClusterApi(SimulatedCluster cluster, TimeProvider systemClock)
{
    private readonly ListPages _objects = new(kept: 32);

    // Tens of thousands of batch pods are made up for each list of them.
    private readonly ListPages _pods = new(kept: 4);
    private readonly ObjectText _text = new(cluster);
    private readonly MetricsApi _metrics = new(cluster);

    public async Task HandleAsync(HttpContext context, string path)
    {
        try
        {
            if (Discovery.Find(path) is { } found)
            {
                await found.WriteAsync(context);
                return;
            }

            var target = ClusterPath.Parse(path) ?? throw StatusException.UnknownPath();
            if (MetricsApi.Offers(target))
            {
                await _metrics.HandleAsync(context, target);
                return;
            }

            var table = cluster.FindTable(target) ?? throw StatusException.UnknownPath();
            await HandleAsync(context, table, target);
        }
        catch (StatusException error) when (!context.Response.HasStarted)
        {
            await WriteErrorAsync(context, error);
        }
    }

    public static Task WriteErrorAsync(HttpContext context, StatusException error)
    {
        context.Response.StatusCode = error.Code;
        if (error.RetryAfter is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        return WriteAsync(context, error.ToBody());
    }

    private Task HandleAsync(HttpContext context, ObjectTable table, ClusterPath path)
    {
        var method = context.Request.Method;
        return path switch
        {
            { Name: null } when method == HttpMethods.Get && Query(context, "watch") is "true" or "1" => new WatchStream(cluster, table, _text, systemClock).RunAsync(context, path.Namespace),
            { Name: null } when method == HttpMethods.Get => ListAsync(context, table, path),
            { Name: null } when method == HttpMethods.Post => CreateAsync(context, table, path),
            { Name: { } name, Subresource: null or "status" } => OneAsync(context, table, path, new ObjectKey(table.Kind.Namespaced ? path.Namespace ?? "" : "", name)),
            { Name: { } pod, Subresource: "eviction", Plural: "pods" } when method == HttpMethods.Post => EvictAsync(context, new ObjectKey(path.Namespace ?? "", pod)),
            _ => throw StatusException.MethodNotAllowed(),
        };
    }

    private async Task EvictAsync(HttpContext context, ObjectKey key)
    {
        cluster.Pods.Evict(key, await ReadObjectAsync(context, yamlToo: true));
        context.Response.StatusCode = StatusCodes.Status201Created;
        await WriteAsync(context, new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success", ["code"] = 201 });
    }

    private Task OneAsync(HttpContext context, ObjectTable table, ClusterPath path, ObjectKey key) => context.Request.Method switch
    {
        "GET" => WriteAsync(context, table, BatchPod(table, key) ?? table.Get(key), StatusCodes.Status200OK),
        "PUT" => ReplaceAsync(context, table, key),
        "PATCH" => PatchAsync(context, table, key),
        "DELETE" when path.Subresource is null => DeleteAsync(context, table, key),
        _ => throw StatusException.MethodNotAllowed(),
    };

    private async Task ListAsync(HttpContext context, ObjectTable table, ClusterPath path)
    {
        var limit = int.TryParse(Query(context, "limit"), NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : (int?)null;
        var filter = ObjectFilter.Of(context.Request.Query, table.Kind, path.Namespace, stored => PhaseOf(table.Kind, stored));
        var pages = table.Kind == ResourceKind.Pod ? _pods : _objects;
        ListPages.Page page;
        if (Query(context, "continue") is { Length: > 0 } token)
        {
            page = pages.Next(token, limit);
        }
        else
        {
            var (objects, version) = table.Snapshot();
            if (table.Kind == ResourceKind.Pod && (path.Namespace is null or BatchSlots.Namespace) && filter.MatchesLabels(Pods.BatchLabels))
            {
                var now = cluster.EnvironmentClock.GetUtcNow();
                // Running ones are made up for each list, so not for one that leaves them out.
                var running = filter.Allows("status.phase", "Running") ? cluster.Pods.Batch(now) : [];
                var waiting = filter.Allows("status.phase", "Pending") ? cluster.Pods.Waiting(now) : [];
                objects = [.. objects, .. running, .. waiting];
            }

            page = pages.Start(filter.IsEverything ? objects : Array.FindAll(objects, filter.Matches), version, limit);
        }

        context.Response.ContentType = "application/json";
        var output = context.Response.BodyWriter;
        WriteListHead(output, table.Kind, page);
        var first = true;
        foreach (var stored in page.Objects.ToArray())
        {
            if (!first)
            {
                System.Buffers.BuffersExtensions.Write(output, ","u8);
            }

            first = false;
            _text.Write(output, table.Kind, stored);
        }

        System.Buffers.BuffersExtensions.Write(output, "]}"u8);
        await output.FlushAsync(context.RequestAborted);
    }

    private string PhaseOf(ResourceKind kind, StoredObject stored) =>
        kind == ResourceKind.Pod ? Pods.StatusOf(stored, cluster.EnvironmentClock.GetUtcNow())["phase"]!.ToString() : "";

    private static void WriteListHead(System.IO.Pipelines.PipeWriter output, ResourceKind kind, ListPages.Page page)
    {
        var head = new JsonObject { ["resourceVersion"] = page.Version.ToString(CultureInfo.InvariantCulture) };
        if (page.Continue is not null)
        {
            head["continue"] = page.Continue;
            head["remainingItemCount"] = page.Remaining;
        }

        var text = $$"""{"kind":"{{kind.Kind}}List","apiVersion":"{{kind.ApiVersion}}","metadata":{{head.ToJsonString()}},"items":[""";
        System.Buffers.BuffersExtensions.Write(output, System.Text.Encoding.UTF8.GetBytes(text));
    }

    private async Task CreateAsync(HttpContext context, ObjectTable table, ClusterPath path)
    {
        var body = await ReadObjectAsync(context, yamlToo: true);
        var name = body["metadata"]?["name"]?.GetValue<string>()
            ?? throw StatusException.Invalid(table.Kind, "", "metadata.name: Required value: name or generateName is required");
        var key = new ObjectKey(table.Kind.Namespaced ? path.Namespace ?? throw StatusException.BadRequest("a namespace is needed") : "", name);
        cluster.RequireNamespace(key);
        var write = table.Write(key, current => current is null ? Admitted(context, table.Kind, key, null, _ => Without(body, "resourceVersion")) : throw StatusException.AlreadyExists(table.Kind, name));
        await cluster.WrittenAsync(table.Kind, write, context.RequestAborted);
        await WriteAsync(context, table, write.After!, StatusCodes.Status201Created);
    }

    private async Task ReplaceAsync(HttpContext context, ObjectTable table, ObjectKey key)
    {
        var body = await ReadObjectAsync(context, yamlToo: true);
        var write = table.Write(key, current => Admitted(context, table.Kind, key, current ?? throw StatusException.NotFound(table.Kind, key.Name), there => Checked(table.Kind, key, there!, _ => Kept(body, there!))));
        await cluster.WrittenAsync(table.Kind, write, context.RequestAborted);
        await WriteAsync(context, table, write.After!, StatusCodes.Status200OK);
    }

    private async Task PatchAsync(HttpContext context, ObjectTable table, ObjectKey key)
    {
        var mediaType = context.Request.ContentType?.Split(';')[0].Trim() ?? "";
        var bytes = await ReadBytesAsync(context);
        if (mediaType == "application/apply-patch+yaml")
        {
            await ApplyAsync(context, table, key, AsObject(YamlBody.Parse(bytes, yamlToo: true)));
            return;
        }

        var patch = YamlBody.Parse(bytes, yamlToo: false);
        Func<JsonObject, JsonObject> edit = (mediaType, patch) switch
        {
            ("application/merge-patch+json", JsonObject merge) => current => MergePatch.Apply(current, merge),
            ("application/strategic-merge-patch+json", JsonObject merge) => current => MergePatch.ApplyStrategic(current, merge),
            ("application/json-patch+json", JsonArray steps) => current => JsonPatch.Apply(current, steps),
            ("application/merge-patch+json" or "application/strategic-merge-patch+json" or "application/json-patch+json", _) => throw StatusException.BadRequest("the patch has the wrong shape for its media type"),
            _ => throw StatusException.UnsupportedMediaType(mediaType),
        };
        var write = table.Write(key, current => Admitted(context, table.Kind, key, current ?? throw StatusException.NotFound(table.Kind, key.Name), there => Checked(table.Kind, key, there!, edit)));
        await cluster.WrittenAsync(table.Kind, write, context.RequestAborted);
        await WriteAsync(context, table, write.After!, StatusCodes.Status200OK);
    }

    private async Task ApplyAsync(HttpContext context, ObjectTable table, ObjectKey key, JsonObject applied)
    {
        var manager = Query(context, "fieldManager") ?? throw StatusException.BadRequest("PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch");
        var force = Query(context, "force") is "true" or "1";
        cluster.RequireNamespace(key);
        var write = table.Write(key, current => current is null
            ? ServerSideApply.Apply(null, applied, manager, force, table.Kind.ApiVersion, cluster.EnvironmentClock.GetUtcNow())
            : Checked(table.Kind, key, current, there => ServerSideApply.Apply(there, applied, manager, force, table.Kind.ApiVersion, cluster.EnvironmentClock.GetUtcNow()), table.Kind == ResourceKind.HttpRoute ? Routes.Admit : null));
        await cluster.WrittenAsync(table.Kind, write, context.RequestAborted);
        await WriteAsync(context, table, write.After!, write.Before is null ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    private async Task DeleteAsync(HttpContext context, ObjectTable table, ObjectKey key)
    {
        if (BatchPod(table, key) is { } batch)
        {
            cluster.Pods.Evict(key, []);
            await WriteAsync(context, table, batch, StatusCodes.Status200OK);
            return;
        }

        var options = context.Request.ContentLength is > 0 ? await ReadObjectAsync(context, yamlToo: true) : [];
        var expected = options["preconditions"]?["resourceVersion"]?.GetValue<string>();
        var write = table.Write(key, current => current switch
        {
            null => throw StatusException.NotFound(table.Kind, key.Name),
            _ when expected is not null && VersionOf(current) != expected => throw StatusException.Conflict(table.Kind, key.Name),
            _ => null,
        });
        await cluster.WrittenAsync(table.Kind, write, context.RequestAborted);
        await WriteAsync(context, table, write.Before!, StatusCodes.Status200OK);
    }

    private StoredObject? BatchPod(ObjectTable table, ObjectKey key) =>
        table.Kind == ResourceKind.Pod ? cluster.Pods.FindBatch(key, cluster.EnvironmentClock.GetUtcNow()) : null;

    /// <summary>Edits with the optimistic check: a resource version in the outcome that is not the present one is a conflict.</summary>
    private static JsonObject Checked(ResourceKind kind, ObjectKey key, JsonObject current, Func<JsonObject, JsonObject> edit, Action<string, JsonObject>? admit = null)
    {
        var version = VersionOf(current);
        var wanted = edit(current);
        admit?.Invoke(key.Name, wanted);
        if (wanted["metadata"] is not JsonObject metadata)
        {
            throw StatusException.Invalid(kind, key.Name, "metadata: Required value");
        }

        if (VersionOf(wanted) is { Length: > 0 } expected && expected != version)
        {
            throw StatusException.Conflict(kind, key.Name);
        }

        metadata["resourceVersion"] = version;
        wanted.Remove("status");
        return wanted;
    }

    /// <summary>What another write than an apply makes of a route: checked as its schema would, and with the writer as the owner of what it changed. Other kinds are kept small and are taken as they come.</summary>
    private JsonObject Admitted(HttpContext context, ResourceKind kind, ObjectKey key, JsonObject? current, Func<JsonObject?, JsonObject> edit)
    {
        if (kind != ResourceKind.HttpRoute)
        {
            return edit(current);
        }

        var before = current?.DeepClone().AsObject();
        var wanted = edit(current);
        Routes.Admit(key.Name, wanted);
        var manager = Query(context, "fieldManager") ?? context.Request.Headers.UserAgent.ToString().Split('/', ' ')[0];
        return ServerSideApply.Own(before, wanted, manager.Length > 0 ? manager : "unknown", kind.ApiVersion, cluster.EnvironmentClock.GetUtcNow());
    }

    /// <summary>What a replacing body may not change stays as it is, so that the same body twice changes nothing.</summary>
    private static JsonObject Kept(JsonObject body, JsonObject current)
    {
        var wanted = body.DeepClone().AsObject();
        wanted["apiVersion"] = current["apiVersion"]?.DeepClone();
        wanted["kind"] = current["kind"]?.DeepClone();
        if (wanted["metadata"] is JsonObject metadata)
        {
            foreach (var name in new[] { "uid", "creationTimestamp", "generation", "managedFields", "namespace" })
            {
                if (current["metadata"]![name] is { } kept)
                {
                    metadata[name] = kept.DeepClone();
                }
            }
        }

        return wanted;
    }

    private async Task WriteAsync(HttpContext context, ObjectTable table, StoredObject stored, int code)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        _text.Write(context.Response.BodyWriter, table.Kind, stored);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private static Task WriteAsync(HttpContext context, JsonObject body)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body.ToJsonString(), context.RequestAborted);
    }

    private static async Task<JsonObject> ReadObjectAsync(HttpContext context, bool yamlToo) =>
        context.Request.ContentType is "application/vnd.kubernetes.protobuf" and var binary
            ? throw StatusException.UnsupportedMediaType(binary)
            : AsObject(YamlBody.Parse(await ReadBytesAsync(context), yamlToo));

    private static JsonObject AsObject(JsonNode node) => node as JsonObject ?? throw StatusException.BadRequest("the body is no object");

    private static async Task<byte[]> ReadBytesAsync(HttpContext context)
    {
        using var buffer = new MemoryStream((int)(context.Request.ContentLength ?? 1024));
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        return buffer.ToArray();
    }

    private static JsonObject Without(JsonObject body, string field)
    {
        (body["metadata"] as JsonObject)?.Remove(field);
        body.Remove("status");
        return body;
    }

    private static string? VersionOf(JsonObject body) => body["metadata"]?["resourceVersion"] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static string? Query(HttpContext context, string name) => context.Request.Query.TryGetValue(name, out var value) ? value.ToString() : null;
}
