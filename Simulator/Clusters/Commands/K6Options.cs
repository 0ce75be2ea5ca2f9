using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Orchestrator.Simulator.Clusters.Commands;

/// <summary>Reads k6's options file: its <c>scenarios</c> with the executors <c>ramping-arrival-rate</c> and <c>constant-arrival-rate</c>.</summary>
internal static partial class K6Options
{
    /// <param name="environment">Of the container; a scenario's own goes before it.</param>
    /// <exception cref="FormatException">The message is what k6 would write before it exits.</exception>
    public static ImmutableArray<K6Scenario> Read(string json, ImmutableDictionary<string, string> environment)
    {
        JsonObject options;
        try
        {
            options = JsonNode.Parse(json) as JsonObject ?? throw new FormatException("could not parse the options file: it is no JSON object");
        }
        catch (JsonException exception)
        {
            throw new FormatException($"could not parse the options file: {exception.Message}", exception);
        }

        return options["scenarios"] is JsonObject { Count: > 0 } scenarios
            ? [.. scenarios.Select(scenario => Scenario(scenario.Key, scenario.Value as JsonObject ?? [], environment))]
            : throw new FormatException("the simulated k6 sends nothing without scenarios");
    }

    private static K6Scenario Scenario(string name, JsonObject scenario, ImmutableDictionary<string, string> environment)
    {
        var variables = environment.SetItems((scenario["env"] as JsonObject ?? []).Select(one => KeyValuePair.Create(one.Key, one.Value?.ToString() ?? "")));
        var unit = scenario["timeUnit"] is { } text ? Duration(name, text) : TimeSpan.FromSeconds(1);
        var start = scenario["startTime"] is { } delay ? Duration(name, delay) : TimeSpan.Zero;
        var line = ImmutableArray.CreateBuilder<(TimeSpan At, double Rate)>();
        switch (scenario["executor"]?.ToString())
        {
            case "ramping-arrival-rate":
                var (at, rate) = (start, Number(scenario["startRate"]) / unit.TotalSeconds);
                line.Add((at, rate));
                foreach (var stage in (scenario["stages"] as JsonArray ?? []).OfType<JsonObject>())
                {
                    at += Duration(name, stage["duration"]);
                    line.Add((at, Number(stage["target"]) / unit.TotalSeconds));
                }

                break;
            case "constant-arrival-rate":
                line.AddRange((start, Number(scenario["rate"]) / unit.TotalSeconds), (start + Duration(name, scenario["duration"]), Number(scenario["rate"]) / unit.TotalSeconds));
                break;
            case var other:
                throw new FormatException($"scenario {name}: the simulated k6 has no executor '{other}'; it has ramping-arrival-rate and constant-arrival-rate");
        }

        return line.Count < 2
            ? throw new FormatException($"scenario {name}: it has no stages")
            : new K6Scenario(name, Target(name, variables), Headers(name, variables), line.ToImmutable());
    }

    private static Uri Target(string name, ImmutableDictionary<string, string> variables) =>
        Uri.TryCreate(variables.GetValueOrDefault("URL"), UriKind.Absolute, out var url) ? url : throw new FormatException($"scenario {name}: the simulated k6 takes the address from the environment variable URL, which is no address");

    private static ImmutableDictionary<string, string> Headers(string name, ImmutableDictionary<string, string> variables)
    {
        try
        {
            return (JsonNode.Parse(variables.GetValueOrDefault("HEADERS") ?? "{}") as JsonObject ?? []).ToImmutableDictionary(one => one.Key, one => one.Value?.ToString() ?? "", StringComparer.OrdinalIgnoreCase);
        }
        catch (JsonException exception)
        {
            throw new FormatException($"scenario {name}: the environment variable HEADERS is no JSON object: {exception.Message}", exception);
        }
    }

    /// <summary>As Go writes them: <c>1h30m</c>, <c>300s</c>, <c>1.5s</c>, <c>200ms</c>.</summary>
    private static TimeSpan Duration(string name, JsonNode? node)
    {
        var text = node?.ToString() ?? "";
        var parts = DurationPart().Matches(text);
        if (text.Length == 0 || parts.Sum(part => part.Length) != text.Length)
        {
            throw new FormatException($"scenario {name}: '{text}' is no duration");
        }

        return parts.Aggregate(TimeSpan.Zero, (sum, part) => sum + (double.Parse(part.Groups["n"].Value, CultureInfo.InvariantCulture) * part.Groups["u"].Value switch
        {
            "h" => TimeSpan.FromHours(1),
            "m" => TimeSpan.FromMinutes(1),
            "ms" => TimeSpan.FromMilliseconds(1),
            _ => TimeSpan.FromSeconds(1),
        }));
    }

    private static double Number(JsonNode? node) => node is JsonValue value && value.TryGetValue<double>(out var number) && number >= 0 ? number : 0;

    [GeneratedRegex(@"(?<n>\d+(?:\.\d+)?)(?<u>ms|h|m|s)")]
    private static partial Regex DurationPart();
}
