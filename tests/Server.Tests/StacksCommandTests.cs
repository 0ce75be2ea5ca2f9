using System.Text.Json.Nodes;

namespace Orchestrator.Server.Tests;

public sealed class StacksCommandTests
{
    private const string Program = """
        name: shop
        runtime: yaml
        config:
          range: { type: string, default: 10.1.0.0/16 }
        resources:
          network:
            type: alicloud:vpc/network:Network
            properties: { vpcName: shop, cidrBlock: "${range}" }
        outputs:
          network: ${network.id}
        """;

    [Fact]
    public async Task Programs_are_validated_by_name_and_by_folder_with_places()
    {
        using var folder = new Folder();
        folder.Write("mine/shop/Pulumi.yaml", Program);
        folder.Write("mine/wrong/Pulumi.yaml", Program.Replace("vpcName", "vpcNam", StringComparison.Ordinal).Replace("runtime: yaml", "runtime: yaml\nbackends: { url: x }", StringComparison.Ordinal));
        var environment = new Dictionary<string, string> { ["ORCHESTRATOR_Infra__Stacks"] = Path.Combine(folder.Path, "mine") };

        var shipped = await Binary.RunAsync(folder.Path, "stacks", "validate");
        var own = await Binary.RunAsync(folder.Path, environment, "stacks", "validate", "shop", "cloud-unit", "mine/shop");
        var wrong = await Binary.RunAsync(folder.Path, environment, "stacks", "validate", "wrong", "--json");
        var missing = await Binary.RunAsync(folder.Path, environment, "stacks", "validate", "shopp");

        Assert.Equal((0, $"big-data-unit: valid program{Environment.NewLine}cloud-unit: valid program{Environment.NewLine}"), (shipped.ExitCode, shipped.Output));
        Assert.Equal(0, own.ExitCode);
        Assert.Equal(2, wrong.ExitCode);
        var diagnostics = JsonNode.Parse(wrong.Output)!["programs"]![0]!["diagnostics"]!.AsArray();
        Assert.Contains(diagnostics, diagnostic => diagnostic!["line"]!.GetValue<int>() == 9 && diagnostic["message"]!.GetValue<string>().Contains("did you mean vpcName", StringComparison.Ordinal));
        Assert.Equal(2, missing.ExitCode);
        Assert.Contains("did you mean shop?", missing.Error);
    }

    [Fact]
    public async Task A_stack_lives_on_a_cloud_from_preview_to_destroy()
    {
        using var folder = new Folder();
        folder.Write("shop/Pulumi.yaml", Program);
        await using var cloud = Binary.Start(folder.Path, new Dictionary<string, string> { ["ORCHESTRATOR_Simulation__Delays"] = "0" }, "cloud", "--port", "0");
        var address = (await cloud.WhenReadyAsync()).ToString();
        Task<Finished> RunAsync(params string[] arguments) => Binary.RunAsync(folder.Path, ["stacks", .. arguments, "--cloud", address]);

        var preview = await RunAsync("preview", "shop", "night");
        var up = await RunAsync("up", "shop", "night", "--config", "range=10.7.0.0/16", "--json");
        var again = await RunAsync("preview", "shop", "night", "--config", "range=10.7.0.0/16");
        var list = await RunAsync("list", "--json");
        var exported = await RunAsync("export", "shop", "night", "--out", "state.json");
        var unsure = await RunAsync("destroy", "shop", "night");
        var destroyed = await RunAsync("destroy", "shop", "night", "--yes");
        var imported = await RunAsync("import", "shop", "night", "state.json");
        var refreshed = await RunAsync("refresh", "shop", "night", "--json");

        Assert.Equal(0, preview.ExitCode);
        Assert.Contains("+ alicloud:vpc/network:Network", preview.Output);
        Assert.Equal(0, up.ExitCode);
        Assert.StartsWith("vpc-", JsonNode.Parse(up.Output)!["outputs"]!["network"]!.GetValue<string>());
        Assert.Contains("network create done", up.Error);
        Assert.Contains("Nothing would change.", again.Output);
        Assert.Equal(("embedded", "night"), (JsonNode.Parse(list.Output)!["engine"]!.GetValue<string>(), JsonNode.Parse(list.Output)!["stacks"]![0]!["stack"]!.GetValue<string>()));
        Assert.Equal(0, exported.ExitCode);
        Assert.Equal(2, unsure.ExitCode);
        Assert.Contains("--yes", unsure.Error);
        Assert.Equal(0, destroyed.ExitCode);
        Assert.Equal(0, imported.ExitCode);
        Assert.Equal(1, JsonNode.Parse(refreshed.Output)!["summary"]!["delete"]!.GetValue<int>());
    }

    [Fact]
    public async Task Without_the_executable_that_the_settings_ask_for_the_way_to_install_it_is_told()
    {
        using var folder = new Folder();
        var environment = new Dictionary<string, string> { ["ORCHESTRATOR_Infra__Pulumi__Engine"] = "Cli", ["ORCHESTRATOR_Infra__Pulumi__Executable"] = "no-such-pulumi" };

        var list = await Binary.RunAsync(folder.Path, environment, "stacks", "list");

        Assert.Equal(4, list.ExitCode);
        Assert.Contains("https://www.pulumi.com/docs/install/", list.Error);
    }
}
