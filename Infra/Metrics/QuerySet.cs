using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Orchestrator.Infra.Settings;
using Orchestrator.Text;

namespace Orchestrator.Infra.Metrics;

/// <summary>
/// Queries by name: those that say what the traffic is (<c>requests</c>, <c>errors</c>, <c>p99</c> in milliseconds, <c>sampled</c> in seconds since 1970), from the set that the options
/// name, and <c>error-percent</c>, which follows from the first two; the application's orders; those of Koordinator; and those that the options add or put in their place. The sets are in <c>queries.json</c>.
/// </summary>
public sealed class QuerySet
{
    /// <summary>Stands in a query for <see cref="MetricsOptions.Window"/>, as in <c>rate(requests_total[$window])</c>.</summary>
    public const string WindowName = "$window";

    internal const string Requests = "requests";
    internal const string Errors = "errors";
    internal const string P99 = "p99";
    internal const string ErrorPercent = "error-percent";
    internal const string Sampled = "sampled";
    internal const string Orders = "orders";
    internal const string OrdersSampled = "orders-sampled";

    private static readonly ImmutableDictionary<string, QuerySource> sources = Load();

    private readonly ImmutableSortedDictionary<string, string> _queries;
    private readonly Regex _destination;

    private QuerySet(string name, string label, string destination, ImmutableSortedDictionary<string, string> queries) =>
        (Name, Label, _destination, _queries) = (name, label, new Regex(destination, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant), queries);

    /// <summary>The sets that say what the traffic is.</summary>
    public static ImmutableArray<string> TrafficSets { get; } = [.. sources.Where(source => source.Value.Label is not null).Select(source => source.Key).Order(StringComparer.Ordinal)];

    /// <summary>The set's name.</summary>
    public string Name { get; }

    /// <summary>The label that says where requests went.</summary>
    public string Label { get; }

    public IEnumerable<string> Names => _queries.Keys;

    /// <exception cref="ArgumentException">There is no such set.</exception>
    public static QuerySet Of(MetricsOptions options)
    {
        if (!sources.TryGetValue(options.Traffic, out var traffic) || traffic.Label is null)
        {
            throw new ArgumentException($"there is no set of traffic queries '{options.Traffic}'{Suggest.Hint(options.Traffic, TrafficSets)}; there are {string.Join(", ", TrafficSets)}", nameof(options));
        }

        var window = string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, (long)options.Window.TotalMilliseconds)}ms");
        var queries = sources.Values.Where(source => source.Label is null).SelectMany(source => source.Queries)
            .Concat(traffic.Queries)
            .Concat(options.Queries.Where(query => !string.IsNullOrWhiteSpace(query.Value)).Select(query => KeyValuePair.Create(query.Key, query.Value!)))
            .Aggregate(ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal), (all, query) => all.SetItem(query.Key, query.Value.Replace(WindowName, window, StringComparison.Ordinal)));
        // Of those that have requests at all; unless somebody says otherwise.
        if (!queries.ContainsKey(ErrorPercent) && queries.TryGetValue(Errors, out var errors) && queries.TryGetValue(Requests, out var requests))
        {
            queries = queries.Add(ErrorPercent, $"100 * ({errors}) / (({requests}) > 0)");
        }

        return new QuerySet(options.Traffic, options.DestinationLabel ?? traffic.Label, options.Destination ?? traffic.Destination!, queries);
    }

    /// <summary>The query of a name; null: there is none.</summary>
    public string? Find(string name) => _queries.GetValueOrDefault(name);

    /// <summary>The destination that a value of <see cref="Label"/> means; null: none.</summary>
    public string? DestinationOf(string value) => _destination.Match(value) is { Success: true } match && match.Groups["destination"].Value is { Length: > 0 } found ? found : null;

    private static ImmutableDictionary<string, QuerySource> Load()
    {
        using var stream = typeof(QuerySet).Assembly.GetManifestResourceStream("queries.json")!;
        return JsonSerializer.Deserialize(stream, QueriesJson.Default.DictionaryStringQuerySource)!.ToImmutableDictionary(StringComparer.Ordinal);
    }
}

/// <param name="Label">Null: the set says nothing of the traffic.</param>
internal sealed record QuerySource(string About, string? Label, string? Destination, Dictionary<string, string> Queries);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Dictionary<string, QuerySource>))]
internal sealed partial class QueriesJson : JsonSerializerContext;
