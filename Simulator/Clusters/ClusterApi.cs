using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters;

/// <summary>The Kubernetes API of one cluster.</summary>
internal sealed class ClusterApi
{
    private readonly SimulatedCluster _cluster;
    private readonly TimeProvider _systemClock;
    private readonly ObjectReader _reader;
    private readonly ObjectWriter _writer;
    private readonly MetricsApi _metrics;
    private readonly PodLog _log;
    private readonly Discovery _discovery;

    public ClusterApi(SimulatedCluster cluster, TimeProvider systemClock)
    {
        _cluster = cluster;
        _systemClock = systemClock;
        _reader = new ObjectReader(cluster, new ObjectText(cluster));
        _writer = new ObjectWriter(cluster, _reader);
        _metrics = new MetricsApi(cluster);
        _log = new PodLog(cluster, systemClock);
        _discovery = new Discovery(cluster);
    }

    public async Task HandleAsync(HttpContext context, string path)
    {
        try
        {
            if (_discovery.Find(path) is { } found)
            {
                await found.WriteAsync(context);
                return;
            }

            var target = ClusterPath.Parse(path) ?? throw StatusException.UnknownPath();
            if (Reviews.Offers(target))
            {
                await Reviews.HandleAsync(context, target);
                return;
            }

            if (MetricsApi.Offers(target))
            {
                await _metrics.HandleAsync(context, target);
                return;
            }

            var table = _cluster.FindTable(target) ?? throw StatusException.UnknownPath();
            _cluster.Advance(table.Kind);
            await HandleAsync(context, table, target);
        }
        catch (StatusException error) when (!context.Response.HasStarted)
        {
            await WriteErrorAsync(context, error);
        }
        catch (Exception error) when (!context.Response.HasStarted && error is InvalidOperationException or FormatException or KeyNotFoundException)
        {
            // A value that no schema has kept away from a controller.
            await WriteErrorAsync(context, new StatusException(500, "InternalError", $"Internal error occurred: {error.Message}"));
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

    public static Task WriteAsync(HttpContext context, JsonObject body)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body.ToJsonString(), context.RequestAborted);
    }

    private Task HandleAsync(HttpContext context, ObjectTable table, ClusterPath path)
    {
        var method = context.Request.Method;
        var kind = table.Kind;
        if (path.Name is null)
        {
            return method switch
            {
                "GET" when RequestBody.Flag(context, "watch") => new WatchStream(_cluster, table, _reader, _systemClock).RunAsync(context, path.Namespace),
                "GET" => _reader.ListAsync(context, table, path),
                "POST" => _writer.CreateAsync(context, table, path),
                "DELETE" when path.Namespace is not null || !kind.Namespaced => _writer.DeleteCollectionAsync(context, table, path),
                _ => throw StatusException.MethodNotAllowed(),
            };
        }

        var key = new ObjectKey(kind.Namespaced ? path.Namespace ?? "" : "", path.Name);
        return path.Subresource switch
        {
            null => OneAsync(context, table, key, null),
            "status" when kind.HasStatus => OneAsync(context, table, key, "status"),
            "scale" when kind.HasScale => _writer.ScaleAsync(context, table, key),
            "eviction" when kind == ResourceKind.Pod && method == HttpMethods.Post => EvictAsync(context, key),
            "log" when kind == ResourceKind.Pod && method == HttpMethods.Get => _log.WriteAsync(context, _reader.Get(table, key)),
            "eviction" or "log" when kind == ResourceKind.Pod => throw StatusException.MethodNotAllowed(),
            _ => throw StatusException.UnknownPath(),
        };
    }

    private Task OneAsync(HttpContext context, ObjectTable table, ObjectKey key, string? subresource) => context.Request.Method switch
    {
        "GET" => _reader.WriteAsync(context, table, _reader.Get(table, key), StatusCodes.Status200OK),
        "PUT" => _writer.ReplaceAsync(context, table, key, subresource),
        "PATCH" => _writer.PatchAsync(context, table, key, subresource),
        "DELETE" when subresource is null => _writer.DeleteAsync(context, table, key),
        _ => throw StatusException.MethodNotAllowed(),
    };

    private async Task EvictAsync(HttpContext context, ObjectKey key)
    {
        var eviction = await RequestBody.ReadObjectAsync(context);
        if (eviction["metadata"]?["name"]?.ToString() is { } name && name != key.Name)
        {
            throw StatusException.BadRequest($"name in URL does not match name in Eviction object: {key.Name} != {name}");
        }

        var dry = WriteOptions.Of(context).DryRun || eviction["deleteOptions"]?["dryRun"] is JsonArray { Count: > 0 };
        _cluster.Pods.Evict(key, eviction, dry);
        context.Response.StatusCode = StatusCodes.Status201Created;
        await WriteAsync(context, new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success", ["code"] = 201 });
    }
}
