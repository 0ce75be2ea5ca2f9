using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Settings;

namespace Orchestrator.Infra.Tests.Provisioning.Cli;

public sealed class PulumiStacksTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PulumiEventChannel.Tcp)]
    [InlineData(PulumiEventChannel.File)]
    public async Task An_up_begins_the_stack_tells_each_resource_and_gives_outputs(PulumiEventChannel channel)
    {
        using var bench = new PulumiBench();
        var request = bench.Write(StackBench.Network("b", "${a.id}-x") + StackBench.Network("a"), "  made: ${b.routerId}\n");
        var events = new List<StackEvent>();

        var outcome = await bench.Stacks(options => options.Events = channel).UpAsync(request, events.Add, Stop);

        Assert.True(outcome.Succeeded);
        Assert.Equal("b-routerId", outcome.Outputs["made"]!.GetValue<string>());
        Assert.Equal(2, outcome.Changes["create"]);
        Assert.Equal(["a", "b"], bench.Live);
        Assert.Equal(["a", "b"], events.OfType<ResourceOutputs>().Select(done => StackResource.NameOf(done.Metadata.Urn)));
        Assert.Equal("create", events.OfType<ResourcePre>().First().Metadata.Op);
        Assert.Equal(Enumerable.Range(1, events.Count), events.Select(happened => happened.Sequence));
        Assert.Equal("succeeded", Assert.IsType<Summary>(events[^1]).Result);
        Assert.Equal(["version", "stack export", "stack init organization/test/unit-1", "stack export", "up", "stack export"], bench.Calls);
    }

    [Fact]
    public async Task A_second_up_changes_nothing_and_a_preview_says_so()
    {
        using var bench = new PulumiBench();
        var request = bench.Write(StackBench.Network("a"));
        var stacks = bench.Stacks();
        var before = await stacks.PreviewAsync(request, Stop);
        var known = await stacks.ListAsync(Stop);

        await stacks.UpAsync(request, null, Stop);
        var again = await stacks.UpAsync(request, null, Stop);

        Assert.Equal(["create"], before.Steps.Select(step => step.Operation));
        Assert.Empty(known);
        Assert.Equal(1, again.Changes["same"]);
        Assert.True((await stacks.PreviewAsync(request, Stop)).IsEmpty);
        Assert.Equal(["a"], bench.Live);
    }

    [Fact]
    public async Task Updates_and_replacements_are_told_as_one_step_each_with_what_differs()
    {
        using var bench = new PulumiBench();
        const string rule = "  rule:\n    type: alicloud:vpc/switch:Switch\n    properties:\n      vpcId: v\n      zoneId: z\n      cidrBlock: ";
        var stacks = bench.Stacks();
        await stacks.UpAsync(bench.Write(StackBench.Network("kept", "old") + rule + "10.1.0.0/16\n"), null, Stop);
        var request = bench.Write(StackBench.Network("kept", "new") + rule + "10.2.0.0/16\n");

        var preview = await stacks.PreviewAsync(request, Stop);
        var outcome = await stacks.UpAsync(request, null, Stop);

        Assert.Equal(["replace", "update"], preview.Steps.Select(step => step.Operation).Order());
        Assert.Equal(["cidrBlock"], preview.Steps.Single(step => step.Operation == "replace").Differences);
        Assert.Equal((1, 1), (outcome.Changes["replace"], outcome.Changes["update"]));
        Assert.Equal(["kept", "rule"], bench.Live);
    }

    [Fact]
    public async Task A_secret_goes_by_standard_input_and_stands_nowhere_in_clear()
    {
        using var bench = new PulumiBench();
        var request = bench.Write(
            "  a:\n    type: alicloud:vpc/network:Network\n    properties:\n      vpcName: ${password}-${size}\n", "  password: ${password}\n  size: ${size}\n",
            "config:\n  password:\n    type: string\n    secret: true\n  size:\n    type: integer\n    default: 1\n") with
        {
            Config = ImmutableDictionary<string, JsonNode?>.Empty.Add("password", "swordfish").Add("size", 3),
        };
        var stacks = bench.Stacks();

        var outcome = await stacks.UpAsync(request, null, Stop);

        Assert.Equal(("[secret]", 3), (outcome.Outputs["password"]!.GetValue<string>(), outcome.Outputs["size"]!.GetValue<int>()));
        Assert.Equal("swordfish", (await stacks.OutputsAsync("test", "unit-1", Stop, showSecrets: true))!["password"]!.GetValue<string>());
        Assert.Equal("[secret]", (await stacks.OutputsAsync("test", "unit-1", Stop))!["password"]!.GetValue<string>());
        Assert.All(bench.Log, call => Assert.DoesNotContain("swordfish", call["arguments"]!.ToJsonString() + call["settings"]!.ToJsonString()));
        Assert.Single(bench.Log, call => call["input"]?.GetValue<string>() == "swordfish");
        Assert.DoesNotContain("swordfish", bench.Deployment().ToJsonString());
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(bench.Directory, "data", ".pulumi", "work")));
    }

    [Fact]
    public async Task A_resource_that_fails_is_in_the_outcome_with_the_clouds_code_and_no_secret()
    {
        using var bench = new PulumiBench();
        bench.Say(script => script["Fail"] = new JsonObject { ["b"] = "creating urn: [ERROR] Code: OperationDenied.NoStock, Message: no stock for swordfish" });
        var request = bench.Write(StackBench.Network("a") + StackBench.Network("b"), config: "config:\n  password:\n    type: string\n    secret: true\n") with
        {
            Config = ImmutableDictionary<string, JsonNode?>.Empty.Add("password", "swordfish"),
        };
        var events = new List<StackEvent>();

        var outcome = await bench.Stacks().UpAsync(request, events.Add, Stop);

        var failure = Assert.Single(outcome.Failures);
        Assert.False(outcome.Succeeded);
        Assert.Equal(("b", "create", "OperationDenied.NoStock", true), (StackResource.NameOf(failure.Urn), failure.Operation, failure.Code, failure.Retryable));
        Assert.Contains("[secret]", failure.Message);
        Assert.Equal(["a"], bench.Live);
        Assert.Contains(events.OfType<ResourceFailed>(), failed => StackResource.NameOf(failed.Metadata.Urn) == "b");
        Assert.DoesNotContain(events, happened => happened.ToString().Contains("swordfish", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_destroyed_stack_holds_nothing_and_one_that_never_was_is_done()
    {
        using var bench = new PulumiBench();
        var request = bench.Write(StackBench.Network("a") + StackBench.Network("b", "${a.id}"));
        var stacks = bench.Stacks();
        await stacks.UpAsync(request, null, Stop);

        var gone = await stacks.DestroyAsync(request, null, Stop);
        var never = await stacks.DestroyAsync(request with { Stack = "unit-2" }, null, Stop);

        Assert.Equal(2, gone.Changes["delete"]);
        Assert.Empty(bench.Live);
        Assert.Null(await stacks.OutputsAsync("test", "unit-1", Stop));
        Assert.Empty((await stacks.ResourcesAsync("test", "unit-1", Stop))!.Value);
        Assert.True(never.Succeeded);
        Assert.Null(await stacks.ResourcesAsync("test", "unit-2", Stop));
    }

    [Fact]
    public async Task A_refresh_drops_what_somebody_deleted()
    {
        using var bench = new PulumiBench();
        var request = bench.Write(StackBench.Network("a") + StackBench.Network("b"));
        var stacks = bench.Stacks();
        await stacks.UpAsync(request, null, Stop);
        File.Delete(Directory.GetFiles(bench.CloudFolder, "b-*").Single());

        var outcome = await stacks.RefreshAsync(request, null, Stop);

        Assert.Equal((1, 1), (outcome.Changes["refresh"], outcome.Changes["delete"]));
        Assert.Equal(["a"], (await stacks.ResourcesAsync("test", "unit-1", Stop))!.Value.Where(resource => !resource.Type.StartsWith("pulumi:", StringComparison.Ordinal)).Select(resource => resource.Name));
    }

    [Fact]
    public async Task Errors_in_a_program_come_with_their_places()
    {
        using var bench = new PulumiBench();
        var request = bench.Write("  a:\n    type: alicloud:vpc/network:Network\n    properties:\n      vpcNam: x\n");

        var up = await Assert.ThrowsAsync<StackProgramException>(() => bench.Stacks().UpAsync(request, null, Stop));
        var preview = await Assert.ThrowsAsync<StackProgramException>(() => bench.Stacks().PreviewAsync(request, Stop));

        Assert.Equal(7, Assert.Single(up.Diagnostics).Position.Line);
        Assert.Contains("vpcNam", Assert.Single(preview.Diagnostics).Message);
    }

    [Fact]
    public async Task Configuration_that_the_program_does_not_declare_is_refused_before_anything_runs()
    {
        using var bench = new PulumiBench();
        var request = bench.Write(StackBench.Network("a"), config: "config:\n  hosts:\n    type: integer\n") with { Config = ImmutableDictionary<string, JsonNode?>.Empty.Add("host", 3) };

        var refused = await Assert.ThrowsAsync<StackProgramException>(() => bench.Stacks().UpAsync(request, null, Stop));

        Assert.Equal(["missing-config", "unknown-config"], refused.Diagnostics.Select(diagnostic => diagnostic.Code).Order());
        Assert.Empty(bench.Log);
    }

    [Fact]
    public async Task Ten_stacks_at_once()
    {
        using var bench = new PulumiBench();
        var request = bench.Write("  net:\n    type: alicloud:vpc/network:Network\n    properties:\n      vpcName: ${pulumi.stack}\n", "  name: ${net.vpcName}\n");
        var stacks = bench.Stacks();
        var names = Enumerable.Range(0, 10).Select(number => $"unit-{number}").ToArray();

        var outcomes = await Task.WhenAll(names.Select(name => stacks.UpAsync(request with { Stack = name }, null, Stop)));

        Assert.All(outcomes, outcome => Assert.True(outcome.Succeeded));
        Assert.Equal(names, outcomes.Select(outcome => outcome.Outputs["name"]!.GetValue<string>()));
        Assert.Equal(10, bench.Live.Count);
        Assert.Equal(names, (await stacks.ListAsync(Stop)).Select(stack => stack.Stack));
    }
}
