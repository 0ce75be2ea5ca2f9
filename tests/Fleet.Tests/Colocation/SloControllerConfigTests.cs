using System.Text.Json.Nodes;
using Orchestrator.Fleet.Colocation;

namespace Orchestrator.Fleet.Tests.Colocation;

public sealed class SloControllerConfigTests
{
    [Fact]
    public void The_config_map_equals_koordinators_example_but_for_names_and_label()
    {
        var folder = new[] { "../shared", "../../shared" }.Select(shared => Repository.Path(shared, "reference", "koordinator")).FirstOrDefault(Directory.Exists);
        Assert.SkipWhen(folder is null, "the reference (../shared/reference/koordinator) is not here");
        var example = Blocks(File.ReadAllLines(Path.Combine(folder!, "slo-controller-config.yaml")));

        var rendered = SloControllerConfig.Render(Shipped.Profiles);

        Assert.Equal(example.Keys.Order(StringComparer.Ordinal), rendered.Keys);
        foreach (var (key, text) in rendered)
        {
            Assert.Equal(Renamed(example[key]), JsonNode.Parse(text)!.ToJsonString());
        }
    }

    [Fact]
    public void Each_state_is_selected_by_its_label()
    {
        var entries = JsonNode.Parse(SloControllerConfig.Render(Shipped.Profiles)["colocation-config"])!["nodeConfigs"]!.AsArray();

        Assert.Equal(
            ColocationStates.All.Select(state => state.Id()),
            entries.Select(entry => (string?)entry!["nodeSelector"]!["matchLabels"]!["orchestrator.io/colocation-state"]));
    }

    private static string Renamed(string json)
    {
        var text = JsonNode.Parse(json)!.ToJsonString().Replace("colo.example.io/state", ColocationStates.LabelKey, StringComparison.Ordinal);
        foreach (var (state, id) in ColocationStates.All.Zip(["s0", "s1", "s2", "s3", "s3x"]))
        {
            text = text.Replace($"\"colo-{id}\"", $"\"{state.Id()}\"", StringComparison.Ordinal).Replace($":\"{id}\"", $":\"{state.Id()}\"", StringComparison.Ordinal);
        }

        return text;
    }

    // The example's data: "  key: |" and then the text, four spaces in.
    private static Dictionary<string, string> Blocks(string[] lines)
    {
        var (blocks, key) = (new Dictionary<string, string>(), "");
        foreach (var line in lines)
        {
            if (line.StartsWith("  ", StringComparison.Ordinal) && line.EndsWith(": |", StringComparison.Ordinal))
            {
                key = line.Trim()[..^3];
                blocks[key] = "";
            }
            else if (line.StartsWith("    ", StringComparison.Ordinal))
            {
                blocks[key] += line[4..] + "\n";
            }
        }

        return blocks;
    }
}
