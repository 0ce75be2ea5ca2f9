using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters;

/// <summary>What a list or watch asks for: a namespace, labels, fields.</summary>
internal sealed class ObjectFilter
{
    private readonly string? _namespace;
    private readonly LabelSelector _labels;
    private readonly (string Path, string Value, bool Equal)[] _fields;
    private readonly Func<StoredObject, string>? _phase;

    private ObjectFilter(string? @namespace, LabelSelector labels, (string, string, bool)[] fields, Func<StoredObject, string>? phase) =>
        (_namespace, _labels, _fields, _phase) = (@namespace, labels, fields, phase);

    public bool IsEverything => _namespace is null && ReferenceEquals(_labels, LabelSelector.Everything) && _fields.Length == 0;

    /// <exception cref="StatusException">400: a selector that cannot be read.</exception>
    /// <param name="phase">Gives <c>status.phase</c>, which is not stored.</param>
    public static ObjectFilter Of(IQueryCollection query, ResourceKind kind, string? @namespace, Func<StoredObject, string>? phase = null) =>
        new(kind.Namespaced ? @namespace : null, LabelSelector.Parse(query["labelSelector"]), ParseFields(query["fieldSelector"]), phase);

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
                "status.phase" when _phase is not null => _phase(stored),
                _ => FieldOf(body ??= stored.Parse(), path),
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

    private static (string, string, bool)[] ParseFields(string? text)
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
            return (term[..(equal ? at : at - 1)].Trim(), term[(at + 1)..].TrimStart('=').Trim(), equal);
        })];
    }
}
