using System.Text.Json;

namespace Orchestrator.Bench;

/// <summary>One measured figure.</summary>
/// <param name="Value">The median of the samples.</param>
internal sealed record Figure(string Name, double Value, string Unit, double[] Samples)
{
    private static readonly JsonSerializerOptions json = new(JsonSerializerDefaults.Web);

    /// <summary>What else was seen: latencies, sizes, what was at once.</summary>
    public Dictionary<string, object> More { get; } = [];

    public static Figure Of(string name, string unit, IEnumerable<double> samples)
    {
        var all = samples.Select(sample => Math.Round(sample, 3)).ToArray();
        return new Figure(name, Median(all), unit, all);
    }

    public static double Median(IEnumerable<double> samples)
    {
        var sorted = samples.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    public string ToJson()
    {
        var line = new Dictionary<string, object> { ["name"] = Name, ["value"] = Value, ["unit"] = Unit, ["samples"] = Samples };
        foreach (var (key, value) in More) line[key] = value;
        return JsonSerializer.Serialize(line, json);
    }
}
