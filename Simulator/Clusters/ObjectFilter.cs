using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters;

/// <summary>What a list or watch asks for: a namespace, labels, fields.</summary>
internal sealed class ObjectFilter
{
    /// <summary>Fields that can be selected by, beside name and namespace.</summary>
    private static readonly FrozenDictionary<ResourceKind, string[]> Selectable = new Dictionary<ResourceKind, string[]>
    {
        [ResourceKind.Pod] = ["spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork", "status.phase", "status.podIP", "status.nominatedNodeName"],
        [ResourceKind.Node] = ["spec.unschedulable"],
        [ResourceKind.Namespace] = ["status.phase"],
        [ResourceKind.Secret] = ["type"],
        [ResourceKind.Job] = ["status.successful"],
        [ResourceKind.Event] =
        [
            "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.apiVersion",
            "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type",
        ],
    }.ToFrozenDictionary();

    private readonly string? _namespace;
    private readonly LabelSelector _labels;
    private readonly (string Path, string Value, bool Equal)[] _fields;
    private readonly Func<StoredObject, JsonObject> _read;

    private ObjectFilter(string? @namespace, LabelSelector labels, (string, string, bool)[] fields, Func<StoredObject, JsonObject> read) =>
        (_namespace, _labels, _fields, _read) = (@namespace, labels, fields, read);

    public bool IsEverything => _namespace is null && ReferenceEquals(_labels, LabelSelector.Everything) && _fields.Length == 0;

    /// <param name="read">Gives the object with its status, which is not stored.</param>
    /// <exception cref="StatusException">400: a selector that cannot be read, or by a field that the kind cannot be selected by.</exception>
    public static ObjectFilter Of(IQueryCollection query, ResourceKind kind, string? @namespace, Func<StoredObject, JsonObject> read) =>
        new(kind.Namespaced ? @namespace : null, LabelSelector.Parse(query["labelSelector"]), ParseFields(kind, query["fieldSelector"]), read);

    /// <summary>Whether an object with this value in this field may be asked for.</summary>
    public bool Allows(string path, string value) => Array.TrueForAll(_fields, field => field.Path != path || (field.Value == value) == field.Equal);

    public bool MatchesLabels(IReadOnlyDictionary<string, string> labels) => _labels.Matches(labels);

    public bool Matches(StoredObject stored)
    {
        if ((_namespace is not null && stored.Key.Namespace != _namespace) || !_labels.Matches(stored.Labels))
        {
            return false;
        }

        JsonObject? body = null;
        foreach (var (path, value, equal) in _fields)
        {
            var actual = path switch
            {
                "metadata.name" => stored.Key.Name,
                "metadata.namespace" => stored.Key.Namespace,
                "source" => (body ??= _read(stored))["source"]?["component"]?.ToString() ?? "",
                "status.successful" => (body ??= _read(stored))["status"]?["succeeded"]?.ToString() ?? "0",
                // An absent flag is false.
                "spec.unschedulable" or "spec.hostNetwork" => FieldOf(body ??= _read(stored), path) is "true" ? "true" : "false",
                _ => FieldOf(body ??= _read(stored), path),
            };
            if ((actual == value) != equal)
            {
                return false;
            }
        }

        return true;
    }

    private static string FieldOf(JsonObject body, string path)
    {
        JsonNode? at = body;
        foreach (var part in path.Split('.'))
        {
            at = (at as JsonObject)?[part];
        }

        return at?.ToString() ?? "";
    }

    private static (string, string, bool)[] ParseFields(ResourceKind kind, string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return [];
        }

        return [.. text.Split(',').Select(term =>
        {
            var at = term.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
            {
                throw StatusException.BadRequest($"invalid field selector: '{term}'");
            }

            var equal = term[at - 1] != '!';
            var path = term[..(equal ? at : at - 1)].Trim();
            if (path is not "metadata.name" && !(path is "metadata.namespace" && kind.Namespaced) && !(Selectable.TryGetValue(kind, out var fields) && fields.Contains(path)))
            {
                throw StatusException.BadRequest($"field label not supported: {path}");
            }

            return (path, term[(at + 1)..].TrimStart('=').Trim(), equal);
        })];
    }
}
