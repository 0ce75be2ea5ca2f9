using System.Text.Encodings.Web;
using System.Text.Json;

namespace Orchestrator.Bench;

/// <summary>One measured figure.</summary>
/// <param name="Value">The median of the samples.</param>
internal sealed record Figure(string Name, double Value, string Unit, double[] Samples)
{
    private static readonly JsonSerializerOptions json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

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

    /// <summary>One line, with the machine it was measured on.</summary>
    /// <param name="goal">What DESIGN §8 asks for.</param>
    public string ToJson(string goal)
    {
        var line = new Dictionary<string, object> { ["name"] = Name, ["value"] = Value, ["unit"] = Unit, ["goal"] = goal, ["samples"] = Samples };
        foreach (var (key, value) in More) line[key] = value;
        line["machine"] = Machine.Describe();
        return JsonSerializer.Serialize(line, json);
    }
}
