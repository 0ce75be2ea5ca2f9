using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.Stacks;

namespace Orchestrator.Infra.Provisioning.Cli;

/// <summary>What <c>stack export</c> prints: <c>{version, deployment}</c>.</summary>
internal sealed class StackExport(JsonObject document)
{
    public JsonObject Document => document;

    private JsonObject? Deployment => document["deployment"] as JsonObject;

    private IEnumerable<JsonObject> Known => (Deployment?["resources"] as JsonArray)?.OfType<JsonObject>() ?? [];

    /// <exception cref="StackStateException">It is no such document.</exception>
    public static StackExport Read(string text, string stack)
    {
        try
        {
            return JsonNode.Parse(text) is JsonObject document && document["version"]?.GetValue<int>() == 3
                ? new StackExport(document)
                : throw new StackStateException($"the state of stack {stack} is no deployment of version 3; use a pulumi CLI and a state of the same time");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new StackStateException($"the state of stack {stack} cannot be read: {e.Message}", e);
        }
    }

    public SecretsSettings? Encryption => SecretsSettings.Of(Deployment?["secrets_providers"]);

    /// <summary>What was begun and whose end is not known.</summary>
    public ImmutableArray<(string Urn, string Type)> Pending =>
    [
        .. (Deployment?["pending_operations"] as JsonArray)?.OfType<JsonObject>()
            .Select(operation => (Text(operation["resource"], "urn") ?? "", Text(operation, "type") ?? "")) ?? [],
    ];

    /// <summary>The stack's outputs as they stand there, secrets encrypted; null: no up has ended.</summary>
    public JsonObject? Outputs => Known.FirstOrDefault(resource => Text(resource, "type") == ResourceTypes.Stack)?["outputs"] as JsonObject;

    /// <summary>Those that a provider made, each after what it depends on.</summary>
    public ImmutableArray<StackResource> Resources()
    {
        var pending = Pending.ToLookup(operation => operation.Urn, operation => operation.Type, StringComparer.Ordinal);
        var known = Known.ToList();
        var begun = (Deployment?["pending_operations"] as JsonArray)?.OfType<JsonObject>().Select(operation => operation["resource"]).OfType<JsonObject>()
            .Where(resource => known.TrueForAll(other => Text(other, "urn") != Text(resource, "urn"))) ?? [];
        return
        [
            .. known.Concat(begun).Where(resource => resource["custom"]?.GetValue<bool>() == true).Select(resource => new StackResource(
                StackResource.NameOf(Text(resource, "urn") ?? ""),
                Text(resource, "type") ?? "",
                Text(resource, "id") is { Length: > 0 } id ? id : null,
                Time(resource, "created"),
                Time(resource, "modified"),
                pending[Text(resource, "urn") ?? ""].FirstOrDefault(),
                [.. (resource["dependencies"] as JsonArray)?.Select(urn => StackResource.NameOf(urn!.GetValue<string>())) ?? []])),
        ];
    }

    private static string? Text(JsonNode? node, string key) => (node as JsonObject)?[key] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static DateTimeOffset? Time(JsonObject resource, string key) =>
        DateTimeOffset.TryParse(Text(resource, key), CultureInfo.InvariantCulture, out var time) ? time : null;
}
