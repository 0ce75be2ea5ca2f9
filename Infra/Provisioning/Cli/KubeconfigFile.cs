using System.Text.Json.Nodes;
using Orchestrator.Infra.Settings;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Orchestrator.Infra.Provisioning.Cli;

/// <summary>A kubeconfig in which each cluster of the fleet is a context of its own name, as programs name them.</summary>
internal static class KubeconfigFile
{
    /// <summary>Its path, readable by its owner only; null where the fleet has no clusters. The file is JSON, which YAML contains.</summary>
    public static string? Write(string directory, InfraOptions options)
    {
        var (clusters, users, contexts) = (new JsonArray(), new JsonArray(), new JsonArray());
        foreach (var (id, endpoint) in options.Clusters)
        {
            var (cluster, user) = endpoint?.Kubeconfig is { } file ? OfFile(file, endpoint.Context) : OfAddress(id, endpoint, options.Cloud);
            if (cluster is null)
            {
                continue;
            }

            clusters.Add((JsonNode)new JsonObject { ["name"] = id, ["cluster"] = cluster });
            var context = new JsonObject { ["cluster"] = id };
            if (user.Count > 0)
            {
                // A user without credentials is refused; nobody in particular is no user.
                users.Add((JsonNode)new JsonObject { ["name"] = id, ["user"] = user });
                context["user"] = id;
            }

            contexts.Add((JsonNode)new JsonObject { ["name"] = id, ["context"] = context });
        }

        if (contexts.Count == 0)
        {
            return null;
        }

        var path = Path.Combine(directory, ".kubeconfig");
        var writing = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            writing.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var writer = new StreamWriter(path, writing);
        writer.Write(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Config", ["clusters"] = clusters, ["users"] = users, ["contexts"] = contexts }.ToJsonString());
        return path;
    }

    private static (JsonObject? Cluster, JsonObject User) OfAddress(string id, ClusterEndpoint? endpoint, Uri? cloud)
    {
        var server = endpoint?.Server ?? (cloud is null ? null : new Uri(cloud, $"clusters/{id}/"));
        return server is null
            ? (null, [])
            : (new JsonObject { ["server"] = server.ToString().TrimEnd('/') }, endpoint?.Token is { } token ? new JsonObject { ["token"] = token } : []);
    }

    /// <summary>Cluster and user of one context, files that they name made absolute.</summary>
    private static (JsonObject? Cluster, JsonObject User) OfFile(string file, string? context)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(File.ReadAllText(file)));
            if (stream.Documents is not [{ RootNode: var node }] || ToJson(node) is not JsonObject root)
            {
                return (null, []);
            }

            var named = context ?? root["current-context"]?.GetValue<string>();
            var chosen = Named(root["contexts"], named)?["context"];
            var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
            return (
                Absolute(Named(root["clusters"], chosen?["cluster"]?.GetValue<string>())?["cluster"] as JsonObject, folder),
                Absolute(Named(root["users"], chosen?["user"]?.GetValue<string>())?["user"] as JsonObject, folder) ?? []);
        }
        catch (Exception e) when (e is YamlException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            // The cluster's own driver tells what is wrong with it; a program that names it gets an unknown context.
            return (null, []);
        }
    }

    private static JsonObject? Named(JsonNode? list, string? name) => (list as JsonArray)?.OfType<JsonObject>().FirstOrDefault(item => item["name"]?.GetValue<string>() == name);

    private static JsonObject? Absolute(JsonObject? map, string folder)
    {
        var copy = map?.DeepClone().AsObject();
        foreach (var key in new[] { "certificate-authority", "client-certificate", "client-key", "tokenFile" })
        {
            if (copy?[key] is JsonValue value && value.TryGetValue<string>(out var path))
            {
                copy[key] = Path.GetFullPath(path, folder);
            }
        }

        return copy;
    }

    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value ?? "", ToJson(pair.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Select(ToJson)]),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "true" or "false" } flag => JsonValue.Create(flag.Value == "true"),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "" or "null" or "~" } => null,
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => null,
    };
}
