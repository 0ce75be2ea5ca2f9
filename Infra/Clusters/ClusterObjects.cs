using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;

namespace Orchestrator.Infra.Clusters;

/// <summary>An object of any kind. <see cref="Namespace"/> is null for one of the whole cluster.</summary>
public sealed record ObjectName(string ApiVersion, string Kind, string? Namespace, string Name)
{
    public override string ToString() => Namespace is null ? $"{Kind} {Name}" : $"{Kind} {Namespace}/{Name}";
}

/// <summary>The API server refused a request about an object.</summary>
public sealed class ObjectRefusedException(int status, string reason, string message, JsonObject? details = null) : Exception(message)
{
    public int Status { get; } = status;

    /// <summary>Of the Kubernetes Status, as in <c>Conflict</c>.</summary>
    public string Reason { get; } = reason;

    /// <summary>Fields of an apply that other managers own, each with its manager.</summary>
    public IReadOnlyList<(string Field, string Manager)> Conflicts { get; } =
    [
        .. (details?["causes"] as JsonArray ?? []).OfType<JsonObject>()
            .Where(cause => cause["reason"]?.ToString() == "FieldManagerConflict")
            .Select(cause => (cause["field"]?.ToString() ?? "", cause["message"]?.ToString().Split('"') is [_, var manager, ..] ? manager : "another manager")),
    ];
}

/// <summary>Reads, applies, deletes and watches objects of any kind that a cluster serves, by what its discovery says of them.</summary>
public sealed class ClusterObjects
{
    private readonly ClusterConnection _connection;
    private readonly ConcurrentDictionary<(string ApiVersion, string Kind), (string Plural, bool Namespaced)> _kinds = new();

    internal ClusterObjects(ClusterConnection connection) => _connection = connection;

    /// <summary>The object's name as the cluster counts it: a namespace where its kind needs one.</summary>
    /// <exception cref="ObjectRefusedException">404: the cluster has no such kind.</exception>
    public async Task<ObjectName> ResolveAsync(ObjectName name, CancellationToken cancellationToken) =>
        (await KindAsync(name.ApiVersion, name.Kind, cancellationToken)).Namespaced ? name with { Namespace = name.Namespace ?? "default" } : name with { Namespace = null };

    /// <summary>Null when it is not there.</summary>
    public async Task<JsonObject?> FindAsync(ObjectName name, CancellationToken cancellationToken)
    {
        try
        {
            return await SendAsync(HttpMethod.Get, await PathAsync(name, cancellationToken), null, null, cancellationToken);
        }
        catch (ObjectRefusedException e) when (e.Status == 404 && _kinds.ContainsKey((name.ApiVersion, name.Kind)))
        {
            return null;
        }
    }

    /// <summary>Server-side apply as field manager <c>orchestrator</c>.</summary>
    /// <exception cref="ObjectRefusedException">409 with <see cref="ObjectRefusedException.Conflicts"/>: others own fields, and <paramref name="force"/> is not set.</exception>
    /// <exception cref="ClusterDeniedException">The cluster's admission refused it.</exception>
    public async Task<JsonObject> ApplyAsync(ObjectName name, JsonObject body, bool force, CancellationToken cancellationToken) => await SendAsync(
        HttpMethod.Patch,
        $"{await PathAsync(name, cancellationToken)}?fieldManager={ClusterConnection.FieldManager}&fieldValidation=Strict{(force ? "&force=true" : "")}",
        body,
        "application/apply-patch+yaml",
        cancellationToken);

    /// <summary>False when it is not there any more, or another object has its name by now.</summary>
    /// <param name="uid">The object that is meant; null: whichever has the name.</param>
    public async Task<bool> DeleteAsync(ObjectName name, string? uid, CancellationToken cancellationToken)
    {
        var options = new JsonObject { ["kind"] = "DeleteOptions", ["apiVersion"] = "v1", ["propagationPolicy"] = "Background" };
        if (uid is not null)
        {
            options["preconditions"] = new JsonObject { ["uid"] = uid };
        }

        try
        {
            await SendAsync(HttpMethod.Delete, await PathAsync(name, cancellationToken), options, "application/json", cancellationToken);
            return true;
        }
        catch (ObjectRefusedException e) when (e.Status == 404 || (e.Status == 409 && uid is not null))
        {
            return false;
        }
    }

    /// <summary>Objects by a label selector.</summary>
    public async Task<IReadOnlyList<JsonObject>> ListAsync(ObjectName any, string labelSelector, CancellationToken cancellationToken)
    {
        var list = await SendAsync(HttpMethod.Get, $"{await CollectionAsync(any, cancellationToken)}?labelSelector={Uri.EscapeDataString(labelSelector)}", null, null, cancellationToken);
        return [.. (list["items"] as JsonArray ?? []).OfType<JsonObject>()];
    }

    /// <summary>
    /// The object as it is now, and then each time it changes, over a watch: null while it is not there. Connections that end are opened again from where
    /// they ended, and after 410 the object is read anew. Ends only with the token.
    /// </summary>
    public async IAsyncEnumerable<JsonObject?> FollowAsync(ObjectName name, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var collection = await CollectionAsync(name, cancellationToken);
        var selector = $"fieldSelector={Uri.EscapeDataString($"metadata.name={name.Name}")}";
        string? version = null;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (version is null)
            {
                var list = await SendAsync(HttpMethod.Get, $"{collection}?{selector}", null, null, cancellationToken);
                version = list["metadata"]?["resourceVersion"]?.ToString() ?? "";
                yield return (list["items"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault() is { } found ? Typed(found, name) : null;
            }

            await foreach (var change in ChangesAsync($"{collection}?{selector}&watch=true&allowWatchBookmarks=true&resourceVersion={version}", cancellationToken))
            {
                if (change is null)
                {
                    // Too old, or a line that is no event: what is there now counts.
                    version = null;
                    break;
                }

                var body = change["object"] as JsonObject ?? [];
                version = body["metadata"]?["resourceVersion"]?.ToString() ?? version;
                switch (change["type"]?.ToString())
                {
                    case "ADDED" or "MODIFIED":
                        yield return body;
                        break;
                    case "DELETED":
                        yield return null;
                        break;
                }
            }
        }
    }

    /// <summary>The last lines of a pod's log; empty while it has none.</summary>
    public async Task<string> LogAsync(string @namespace, string pod, int tailLines, int limitBytes, CancellationToken cancellationToken)
    {
        try
        {
            return await TextAsync(HttpMethod.Get, FormattableString.Invariant($"api/v1/namespaces/{Uri.EscapeDataString(@namespace)}/pods/{Uri.EscapeDataString(pod)}/log?tailLines={tailLines}&limitBytes={limitBytes}"), null, null, cancellationToken);
        }
        catch (ObjectRefusedException e) when (e.Status is 400 or 404)
        {
            return "";
        }
    }

    private static JsonObject Typed(JsonObject item, ObjectName name)
    {
        // Items of a list carry neither.
        item["apiVersion"] ??= name.ApiVersion;
        item["kind"] ??= name.Kind;
        return item.DeepClone().AsObject();
    }

    private async Task<string> PathAsync(ObjectName name, CancellationToken cancellationToken) => $"{await CollectionAsync(name, cancellationToken)}/{Uri.EscapeDataString(name.Name)}";

    private async Task<string> CollectionAsync(ObjectName name, CancellationToken cancellationToken)
    {
        var (plural, namespaced) = await KindAsync(name.ApiVersion, name.Kind, cancellationToken);
        return namespaced ? $"{Root(name.ApiVersion)}/namespaces/{Uri.EscapeDataString(name.Namespace ?? "default")}/{plural}" : $"{Root(name.ApiVersion)}/{plural}";
    }

    private static string Root(string apiVersion) => apiVersion.Contains('/', StringComparison.Ordinal) ? $"apis/{apiVersion}" : $"api/{apiVersion}";

    private async Task<(string Plural, bool Namespaced)> KindAsync(string apiVersion, string kind, CancellationToken cancellationToken)
    {
        if (_kinds.TryGetValue((apiVersion, kind), out var known))
        {
            return known;
        }

        JsonObject offered;
        try
        {
            offered = await SendAsync(HttpMethod.Get, Root(apiVersion), null, null, cancellationToken);
        }
        catch (ObjectRefusedException e) when (e.Status == 404)
        {
            throw new ObjectRefusedException(404, "NoKind", $"cluster {_connection.Cluster} does not serve {apiVersion}: install its definitions (CRDs), or correct apiVersion");
        }

        var resources = (offered["resources"] as JsonArray ?? []).OfType<JsonObject>().Where(one => !one["name"]!.ToString().Contains('/', StringComparison.Ordinal)).ToList();
        var found = resources.FirstOrDefault(one => one["kind"]?.ToString() == kind)
            ?? throw new ObjectRefusedException(404, "NoKind", $"cluster {_connection.Cluster} has no kind {kind} in {apiVersion}; it has {string.Join(", ", resources.Select(one => one["kind"]?.ToString()).Distinct().Order(StringComparer.Ordinal).Take(20))}");
        return _kinds[(apiVersion, kind)] = (found["name"]!.ToString(), found["namespaced"]?.GetValue<bool>() ?? false);
    }

    /// <summary>Null: the watch is too old to go on, or gave what is no event.</summary>
    private async IAsyncEnumerable<JsonObject?> ChangesAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var response = await _connection.SendAsync(Request(HttpMethod.Get, path, null, null), cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            if (response.StatusCode != HttpStatusCode.Gone)
            {
                throw Refused(response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
            }

            yield return null;
            yield break;
        }

        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        while (await LineAsync(reader, cancellationToken) is { } line)
        {
            var change = StatusText.Parse(line);
            var ends = change is null || change["type"]?.ToString() == "ERROR";
            yield return ends ? null : change;
            if (ends)
            {
                yield break;
            }
        }
    }

    /// <summary>Null at the end, however the connection ended.</summary>
    private static async Task<string?> LineAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadLineAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or HttpRequestException && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<JsonObject> SendAsync(HttpMethod method, string path, JsonObject? body, string? mediaType, CancellationToken cancellationToken)
    {
        var text = await TextAsync(method, path, body, mediaType, cancellationToken);
        return StatusText.Parse(text) ?? throw new ClusterUnreachableException(_connection.Cluster, $"the answer to {method} {path.Split('?')[0]} is no JSON object: check what stands between here and the API server");
    }

    private async Task<string> TextAsync(HttpMethod method, string path, JsonObject? body, string? mediaType, CancellationToken cancellationToken)
    {
        using var response = await _connection.SendAsync(Request(method, path, body, mediaType), cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        return response.IsSuccessStatusCode ? text : throw Refused(response.StatusCode, text);
    }

    private Exception Refused(HttpStatusCode code, string content)
    {
        if (_connection.Failure(code, content, null) is { } failure)
        {
            return failure;
        }

        var status = StatusText.Parse(content);
        return new ObjectRefusedException((int)code, status?["reason"]?.ToString() ?? code.ToString(), ClusterConnection.Shorten(StatusText.Message(content)), status?["details"] as JsonObject);
    }

    private static Func<HttpRequestMessage> Request(HttpMethod method, string path, JsonObject? body, string? mediaType) => () => new HttpRequestMessage(method, path)
    {
        Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue(mediaType!)),
    };
}
