using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Clusters;
using Orchestrator.Infra.Settings;

namespace Orchestrator.Infra.LoadTests;

/// <summary>
/// A load test as Kubernetes objects: a ConfigMap with k6's options and the script, and a Job of as many generators as the rate needs, each with the same part of it. The options use the
/// executor <c>ramping-arrival-rate</c>, which sends at a rate whatever the answers take: a closed loop of users would slow down with the system that it tests.
/// </summary>
public static class K6Job
{
    /// <summary>Label of everything that belongs to a load test; its value is the test's name.</summary>
    public const string Label = "orchestrator.io/load-test";

    private const string Folder = "/load-test";

    /// <summary>A rate is a whole number in k6: over ten seconds it is exact to a tenth of a request.</summary>
    private const int RateSeconds = 10;

    /// <summary>Room for generators that do not start at the same moment, and for nodes that are slower than others.</summary>
    private const double Room = 1.2;

    private static readonly Lazy<string> shipped = new(ReadShipped);

    /// <summary>How many generators a plan needs.</summary>
    public static int Generators(LoadPlan plan, LoadTestOptions options) =>
        Math.Max(1, (int)Math.Ceiling(plan.RatesByDestination.Values.Sum() * Room / (options.RequestsPerCore * (double)options.Cores)));

    /// <param name="script">Null: the one that ships.</param>
    public static JsonObject Files(LoadPlan plan, LoadTestOptions options, string? script)
    {
        var generators = Generators(plan, options);
        var scenarios = new JsonObject(plan.RatesByDestination.Where(rate => rate.Value > 0).Select(rate => KeyValuePair.Create(rate.Key, (JsonNode?)Scenario(plan, rate.Key, rate.Value / generators))));
        return Object(plan, options, "v1", "ConfigMap", new JsonObject
        {
            ["data"] = new JsonObject
            {
                ["options.json"] = new JsonObject { ["discardResponseBodies"] = true, ["scenarios"] = scenarios }.ToJsonString(),
                ["load.js"] = script ?? shipped.Value,
            },
        });
    }

    /// <param name="image">Null: that of the options.</param>
    public static JsonObject Job(LoadPlan plan, LoadTestOptions options, string? image)
    {
        var generators = Generators(plan, options);
        var resources = new JsonObject { ["cpu"] = options.Cores.ToString(CultureInfo.InvariantCulture), ["memory"] = $"{2 * options.Cores}Gi" };
        var container = new JsonObject
        {
            ["name"] = "k6",
            ["image"] = image ?? options.Image,
            ["args"] = new JsonArray("run", "--quiet", "--config", $"{Folder}/options.json", $"{Folder}/load.js"),
            ["env"] = new JsonArray(new JsonObject { ["name"] = "K6_NO_USAGE_REPORT", ["value"] = "true" }),
            ["resources"] = new JsonObject { ["requests"] = resources, ["limits"] = resources.DeepClone() },
            ["volumeMounts"] = new JsonArray(new JsonObject { ["name"] = "files", ["mountPath"] = Folder, ["readOnly"] = true }),
        };
        return Object(plan, options, "batch/v1", "Job", new JsonObject
        {
            ["spec"] = new JsonObject
            {
                ["parallelism"] = generators,
                ["completions"] = generators,
                ["backoffLimit"] = 0,
                // Whoever should end it may die: then it ends by itself.
                ["activeDeadlineSeconds"] = (long)(plan.Ramp + plan.Hold + TimeSpan.FromMinutes(10)).TotalSeconds,
                ["ttlSecondsAfterFinished"] = 3_600,
                ["template"] = new JsonObject
                {
                    ["metadata"] = new JsonObject { ["labels"] = new JsonObject { [Label] = plan.Name } },
                    ["spec"] = new JsonObject
                    {
                        ["restartPolicy"] = "Never",
                        // A load that is to stop stops at once.
                        ["terminationGracePeriodSeconds"] = 1,
                        ["containers"] = new JsonArray(container),
                        ["volumes"] = new JsonArray(new JsonObject { ["name"] = "files", ["configMap"] = new JsonObject { ["name"] = plan.Name } }),
                    },
                },
            },
        });
    }

    private static JsonObject Scenario(LoadPlan plan, string destination, double rate)
    {
        var target = (long)Math.Round(rate * RateSeconds);
        return new JsonObject
        {
            ["executor"] = "ramping-arrival-rate",
            ["startRate"] = 0,
            ["timeUnit"] = $"{RateSeconds}s",
            // Little's law: so many requests are under way at half a second each, and at most when each takes four.
            ["preAllocatedVUs"] = (long)Math.Ceiling(rate / 2) + 1,
            ["maxVUs"] = (long)Math.Ceiling(rate * 4) + 1,
            ["stages"] = new JsonArray(Stage(target, plan.Ramp), Stage(target, plan.Hold)),
            ["env"] = new JsonObject
            {
                ["URL"] = plan.Url.ToString(),
                ["DESTINATION"] = destination,
                ["HEADERS"] = new JsonObject(plan.HeadersByDestination[destination].Select(header => KeyValuePair.Create(header.Key, (JsonNode?)header.Value))).ToJsonString(),
            },
        };
    }

    private static JsonObject Stage(long target, TimeSpan duration) => new() { ["target"] = target, ["duration"] = string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(duration.TotalSeconds):0}s") };

    private static JsonObject Object(LoadPlan plan, LoadTestOptions options, string version, string kind, JsonObject body)
    {
        body["apiVersion"] = version;
        body["kind"] = kind;
        body["metadata"] = new JsonObject
        {
            ["name"] = plan.Name,
            ["namespace"] = options.Namespace,
            ["labels"] = new JsonObject { [Label] = plan.Name },
            ["annotations"] = new JsonObject { [NodeNames.IdempotencyKey] = plan.IdempotencyKey },
        };
        return body;
    }

    private static string ReadShipped()
    {
        using var stream = typeof(K6Job).Assembly.GetManifestResourceStream("load.js")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
