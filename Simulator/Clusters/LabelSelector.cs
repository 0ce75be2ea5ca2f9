using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters;

/// <summary>A label selector, equality based (<c>a=b</c>, <c>a!=b</c>) and set based (<c>a in (b,c)</c>, <c>a notin (b)</c>, <c>a</c>, <c>!a</c>).</summary>
internal sealed partial class LabelSelector
{
    public static readonly LabelSelector Everything = new([]);

    private readonly Requirement[] _requirements;

    private LabelSelector(Requirement[] requirements) => _requirements = requirements;

    private enum Operator { In, NotIn, Exists, Absent }

    private sealed record Requirement(string Key, Operator Operator, string[] Values);

    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        foreach (var requirement in _requirements)
        {
            var present = labels.TryGetValue(requirement.Key, out var value);
            var holds = requirement.Operator switch
            {
                Operator.In => present && requirement.Values.AsSpan().Contains(value!),
                Operator.NotIn => !present || !requirement.Values.AsSpan().Contains(value!),
                Operator.Exists => present,
                _ => !present,
            };
            if (!holds)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// What a pod's <c>nodeSelector</c> and required node affinity ask of a node's labels, as alternatives:
    /// one of the affinity's terms, together with the whole node selector.
    /// </summary>
    public static IReadOnlyList<LabelSelector> OfPod(JsonObject podSpec)
    {
        var selected = (podSpec["nodeSelector"] as JsonObject ?? [])
            .Select(label => new Requirement(label.Key, Operator.In, [label.Value?.ToString() ?? ""])).ToArray();
        var terms = podSpec["affinity"]?["nodeAffinity"]?["requiredDuringSchedulingIgnoredDuringExecution"]?["nodeSelectorTerms"] as JsonArray;
        return terms is null
            ? [new LabelSelector(selected)]
            : [.. terms.Select(term => new LabelSelector([.. selected, .. (term?["matchExpressions"] as JsonArray ?? []).Select(ToRequirement)]))];
    }

    /// <summary>A <c>LabelSelector</c> object: <c>matchLabels</c> and <c>matchExpressions</c> together. An empty one chooses everything.</summary>
    public static LabelSelector OfLabels(JsonObject selector) => new(
    [
        .. (selector["matchLabels"] as JsonObject ?? []).Select(label => new Requirement(label.Key, Operator.In, [label.Value?.ToString() ?? ""])),
        .. (selector["matchExpressions"] as JsonArray ?? []).Select(ToRequirement),
    ]);

    private static Requirement ToRequirement(JsonNode? expression)
    {
        var kind = expression?["operator"]?.ToString() switch
        {
            "In" => Operator.In,
            "NotIn" => Operator.NotIn,
            "Exists" => Operator.Exists,
            "DoesNotExist" => Operator.Absent,
            var other => throw StatusException.BadRequest($"node affinity operator '{other}' is not one of In, NotIn, Exists, DoesNotExist"),
        };
        return new Requirement(expression?["key"]?.ToString() ?? "", kind, [.. (expression?["values"] as JsonArray ?? []).Select(value => value?.ToString() ?? "")]);
    }

    /// <exception cref="StatusException">400: the text is no selector.</exception>
    public static LabelSelector Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return Everything;
        }

        var requirements = new List<Requirement>();
        var rest = text;
        while (true)
        {
            var match = Term().Match(rest);
            if (!match.Success)
            {
                throw StatusException.BadRequest($"unable to parse requirement: '{rest}' is no label selector");
            }

            requirements.Add(ToRequirement(match));
            rest = rest[match.Length..];
            if (rest.Length == 0)
            {
                return new LabelSelector([.. requirements]);
            }

            rest = rest[1..];
        }
    }

    private static Requirement ToRequirement(Match match)
    {
        string[] Values(string group) => match.Groups[group].Value.Split(',', StringSplitOptions.TrimEntries);
        return match switch
        {
            _ when match.Groups["absent"].Success => new(match.Groups["absent"].Value, Operator.Absent, []),
            _ when match.Groups["set"].Success => new(match.Groups["key"].Value, match.Groups["op"].Value == "in" ? Operator.In : Operator.NotIn, Values("set")),
            _ when match.Groups["eq"].Success => new(match.Groups["key"].Value, match.Groups["eq"].Value == "!=" ? Operator.NotIn : Operator.In, Values("value")),
            _ => new(match.Groups["key"].Value, Operator.Exists, []),
        };
    }

    [GeneratedRegex(@"^\s*(?:!\s*(?<absent>[\w./-]+)|(?<key>[\w./-]+)(?:\s+(?<op>in|notin)\s*\((?<set>[\w.,\s-]*)\)|\s*(?<eq>==|!=|=)\s*(?<value>[\w.-]*))?)\s*(?=,|$)")]
    private static partial Regex Term();
}
