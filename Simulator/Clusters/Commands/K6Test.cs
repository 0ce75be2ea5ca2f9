using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Orchestrator.Simulator.Clusters.Commands;

/// <summary>
/// What a container of the load generator k6 does here: <c>run --config FILE SCRIPT</c>, both files from ConfigMaps. The script is not run; the options say how many requests it sends
/// and when, the environment variables <c>URL</c> and <c>HEADERS</c> whereto and with what. A generator sends at most what its cores are able to: 4,000 requests a second each (made up).
/// </summary>
internal sealed record K6Test(ImmutableArray<K6Scenario> Scenarios, SimulatedCommand Command)
{
    private const double RequestsPerCore = 4_000;

    // Exit codes as k6 has them.
    private const int InvalidConfig = 104;
    private const int ScriptException = 107;

    /// <summary>Null: the pod's container is none of k6's.</summary>
    /// <param name="configMap">A ConfigMap of the pod's namespace; null: there is none.</param>
    public static K6Test? Of(JsonObject? spec, Func<string, JsonObject?> configMap)
    {
        if (spec?["containers"]?[0] is not JsonObject container || NameOf(container["image"]?.ToString() ?? "") != "k6")
        {
            return null;
        }

        string[] words = [.. Words(container["command"]).Where(word => NameOf(word) != "k6"), .. Words(container["args"])];
        if (words is not ["run", .. var arguments])
        {
            return Failed(InvalidConfig, "the simulated k6 knows the command 'run' only");
        }

        var config = Array.FindIndex(arguments, word => word is "--config" or "-c");
        var script = arguments.Length > 0 && arguments[^1] is var last && config != arguments.Length - 2 ? last : "";
        try
        {
            if (File(spec, container, script, configMap) is null)
            {
                return Failed(ScriptException, $"The moduleSpecifier \"{script}\" couldn't be found on local disk");
            }

            var options = config >= 0 && config + 1 < arguments.Length ? File(spec, container, arguments[config + 1], configMap) : null;
            var scenarios = K6Options.Read(options ?? throw new FormatException("could not read the options file"), Variables(container));
            return Running(scenarios, Cores(container));
        }
        catch (FormatException exception)
        {
            return Failed(InvalidConfig, exception.Message);
        }
    }

    private static K6Test Running(ImmutableArray<K6Scenario> scenarios, double cores)
    {
        // The cores are divided among the scenarios by what each wants at its height.
        var wanted = scenarios.Sum(scenario => scenario.Line.Max(point => point.Rate));
        var able = wanted > 0 ? Math.Min(1, cores * RequestsPerCore / wanted) : 1;
        ImmutableArray<K6Scenario> sent = [.. scenarios.Select(scenario => scenario.CutAt(scenario.Line.Max(point => point.Rate) * able))];
        var lasts = sent.Max(scenario => scenario.Lasts);
        var (requests, dropped) = (sent.Sum(scenario => scenario.Requests), scenarios.Sum(scenario => scenario.Requests) - sent.Sum(scenario => scenario.Requests));
        return new K6Test(sent, new SimulatedCommand(lasts, 0,
        [
            (TimeSpan.Zero, string.Create(CultureInfo.InvariantCulture, $"     scenarios: {sent.Length} scenarios, {lasts.TotalSeconds:0}s max duration (simulated)")),
            (lasts, string.Create(CultureInfo.InvariantCulture, $"     dropped_iterations.............: {dropped:0}")),
            (lasts, string.Create(CultureInfo.InvariantCulture, $"     iterations.....................: {requests:0} {requests / Math.Max(1, lasts.TotalSeconds):0.##}/s")),
        ]));
    }

    private static K6Test Failed(int exit, string message) => new([], new SimulatedCommand(TimeSpan.FromSeconds(1), exit, [(TimeSpan.Zero, $"level=error msg=\"{message}\"")]));

    /// <summary>A file in a volume of a ConfigMap.</summary>
    private static string? File(JsonObject spec, JsonObject container, string path, Func<string, JsonObject?> configMap)
    {
        foreach (var mount in (container["volumeMounts"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var folder = (mount["mountPath"]?.ToString() ?? "").TrimEnd('/') + "/";
            if (path.StartsWith(folder, StringComparison.Ordinal)
                && (spec["volumes"] as JsonArray ?? []).OfType<JsonObject>().FirstOrDefault(volume => volume["name"]?.ToString() == mount["name"]?.ToString())?["configMap"]?["name"]?.ToString() is { } name)
            {
                return configMap(name)?["data"]?[path[folder.Length..]]?.ToString();
            }
        }

        return null;
    }

    private static ImmutableDictionary<string, string> Variables(JsonObject container) => (container["env"] as JsonArray ?? []).OfType<JsonObject>()
        .Where(one => one["name"] is not null)
        .GroupBy(one => one["name"]!.ToString(), StringComparer.Ordinal)
        .ToImmutableDictionary(same => same.Key, same => same.Last()["value"]?.ToString() ?? "", StringComparer.Ordinal);

    private static double Cores(JsonObject container)
    {
        var resources = container["resources"];
        return (resources?["limits"]?["cpu"] ?? resources?["requests"]?["cpu"])?.ToString() is { } text
            ? (double)new k8s.Models.ResourceQuantity(text).ToDecimal()
            : 1;
    }

    /// <summary>The last part of a path or an image's name, without tag and digest.</summary>
    private static string NameOf(string text) => text[(text.LastIndexOf('/') + 1)..].Split(':', '@')[0];

    private static IEnumerable<string> Words(JsonNode? list) => (list as JsonArray ?? []).Select(word => word?.ToString() ?? "");
}
