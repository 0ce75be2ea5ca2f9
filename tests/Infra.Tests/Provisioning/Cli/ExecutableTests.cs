using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Infra.Provisioning;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Settings;

namespace Orchestrator.Infra.Tests.Provisioning.Cli;

public sealed class ExecutableTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_missing_executable_is_told_with_the_way_to_install_it()
    {
        using var bench = new PulumiBench();

        var missing = await Assert.ThrowsAsync<StackEngineException>(() => bench.Stacks(options => options.Executable = "no-such-pulumi").UpAsync(bench.Write(StackBench.Network("a")), null, Stop));

        Assert.Equal(("pulumi-missing", false), (missing.Code, missing.Retryable));
        Assert.Contains("no executable 'no-such-pulumi' on PATH", missing.Message);
        Assert.Contains("https://www.pulumi.com/docs/install/", missing.Message);
    }

    [Theory]
    [InlineData("v3.226.0", "is version 3.226.0; 3.227.0 or newer is needed")]
    [InlineData("hello", "names no version")]
    public async Task A_version_that_is_too_old_or_none_is_refused(string printed, string expected)
    {
        using var bench = new PulumiBench();
        bench.Say(script => script["Version"] = printed);

        var refused = await Assert.ThrowsAsync<StackEngineException>(() => bench.Stacks().UpAsync(bench.Write(StackBench.Network("a")), null, Stop));

        Assert.Equal("pulumi-version", refused.Code);
        Assert.Contains(expected, refused.Message);
    }

    [Theory]
    [InlineData("up", 1, "error: could not open bucket s3://states: dial tcp 10.0.0.1:443: i/o timeout", "backend", true)]
    [InlineData("stack export", 1, "error: incorrect passphrase", "passphrase", false)]
    [InlineData("stack export", 1, "error: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables", "passphrase", false)]
    [InlineData("stack export", 3, "error: invalid access token", "authentication", false)]
    [InlineData("up", 1, "error: [ERROR] terraform-provider-alicloud: InvalidAccessKeyId.NotFound", "authentication", false)]
    [InlineData("up", 1, "error: no resource plugin 'pulumi-resource-alicloud' found in the workspace at version v3.108.0 or on your $PATH", "plugin", false)]
    [InlineData("up", 2, "error: unknown flag: --event-log", "pulumi-version", false)]
    [InlineData("up", 2, "error: bad configuration", "configuration", false)]
    [InlineData("up", 8, "", "cancelled", true)]
    [InlineData("up", 137, "", "killed", true)]
    [InlineData("up", 255, "error: something new", "pulumi", true)]
    public async Task Exit_codes_and_known_texts_are_errors_of_a_kind(string command, int exitCode, string text, string code, bool retryable)
    {
        using var bench = new PulumiBench();
        bench.Say(script => script["Answers"] = new JsonObject { [command] = new JsonObject { ["ExitCode"] = exitCode, ["Errors"] = text } });

        var error = await Assert.ThrowsAsync<StackEngineException>(() => bench.Stacks().UpAsync(bench.Write(StackBench.Network("a")), null, Stop));

        Assert.Equal((code, retryable), (error.Code, error.Retryable));
        Assert.Contains("test/unit-1", error.Message);
    }

    [Theory]
    [InlineData("error: [409] Conflict: Another update is currently in progress.\nTo learn more about possible reasons and resolution", "another update is in progress")]
    [InlineData("error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.\n  s3://states/.pulumi/locks/x.json: created by li@worker-7 (pid 12) at 2026-11-10T20:00:00+08:00", "created by li@worker-7 (pid 12) at 2026-11-10T20:00:00+08:00")]
    public async Task A_stack_that_others_work_on_is_locked(string text, string owner)
    {
        using var bench = new PulumiBench();
        bench.Say(script => script["Answers"] = new JsonObject { ["up"] = new JsonObject { ["ExitCode"] = 1, ["Errors"] = text } });

        var locked = await Assert.ThrowsAsync<StackLockedException>(() => bench.Stacks().UpAsync(bench.Write(StackBench.Network("a")), null, Stop));

        Assert.Equal(owner, locked.Owner);
    }

    [Theory]
    [InlineData("postgres://states:pw@db/pulumi")]
    [InlineData("s3://states/units?endpoint=oss-cn-hangzhou.aliyuncs.com&region=cn-hangzhou")]
    public async Task The_backend_is_the_one_of_the_settings(string backend)
    {
        using var bench = new PulumiBench();

        var away = await Assert.ThrowsAsync<StackEngineException>(() => bench.Stacks(options => options.Backend = backend).UpAsync(bench.Write(StackBench.Network("a")), null, Stop));

        Assert.Equal(("backend", true), (away.Code, away.Retryable));
        Assert.DoesNotContain("pw@", away.Message);
        Assert.Contains(bench.Log, call => call["backend"]?.GetValue<string>() == backend);
    }

    [Fact]
    public async Task What_the_embedded_engine_built_is_taken_over_and_made_nothing_twice()
    {
        using var bench = new PulumiBench();
        using var embedded = new StackBench();
        var request = embedded.Write(StackBench.Network("a"), "  id: ${a.id}\n");
        await embedded.Engine().UpAsync(request, null, Stop);
        var states = new Orchestrator.Infra.Provisioning.State.FolderStates(embedded.Directory, TimeProvider.System);
        // The other engine's cloud has it too.
        File.WriteAllText(Path.Combine(bench.CloudFolder, "a#1.json"), """{"type":"alicloud:vpc/network:Network","name":"a","inputs":{"vpcName":"10.0.0.0/8"}}""");

        var outcome = await bench.Stacks(embedded: states).UpAsync(request, null, Stop);

        Assert.Equal(1, outcome.Changes["same"]);
        Assert.Equal(["a"], bench.Live);
        Assert.Null(await embedded.Engine().OutputsAsync("test", "unit-1", Stop));
        Assert.Equal("a#1", outcome.Outputs["id"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_state_goes_from_the_executable_to_the_embedded_engine_and_back()
    {
        using var bench = new PulumiBench();
        using var embedded = new StackBench();
        var request = bench.Write(StackBench.Network("b", "${a.id}-x") + StackBench.Network("a"));
        var stacks = bench.Stacks();
        await stacks.UpAsync(request, null, Stop);

        var exported = (await stacks.ExportAsync("test", "unit-1", Stop))!;
        await embedded.Engine().ImportAsync("test", "unit-1", exported, Stop);
        var back = (await embedded.Engine().ExportAsync("test", "unit-1", Stop))!;
        await stacks.ImportAsync("test", "unit-3", JsonNode.Parse(back.ToJsonString().Replace("unit-1", "unit-3", StringComparison.Ordinal))!.AsObject(), Stop);

        Assert.Equal(Urns(exported), Urns(back));
        Assert.Equal(3, back["version"]!.GetValue<int>());
        Assert.Equal(["a", "b"], (await embedded.Engine().ResourcesAsync("test", "unit-1", Stop))!.Value.Where(resource => !resource.Type.StartsWith("pulumi:", StringComparison.Ordinal)).Select(resource => resource.Name));
        Assert.Equal(["unit-1", "unit-3"], (await stacks.ListAsync(Stop)).Select(stack => stack.Stack));
        var other = await Assert.ThrowsAsync<StackStateException>(() => stacks.ImportAsync("test", "unit-4", exported, Stop));
        Assert.Contains("is another stack's", other.Message);
    }

    [Theory]
    [InlineData(StackEngineKind.Embedded, false, "embedded")]
    [InlineData(StackEngineKind.Cli, false, "cli")]
    [InlineData(StackEngineKind.Auto, false, "cli")]
    [InlineData(StackEngineKind.Auto, true, "embedded")]
    public async Task The_settings_choose_the_engine(StackEngineKind kind, bool simulated, string expected)
    {
        using var bench = new PulumiBench();
        await using var services = new ServiceCollection().AddInfra(options =>
        {
            options.StateDirectory = Path.Combine(bench.Directory, "data");
            options.Pulumi.Engine = kind;
            options.Pulumi.Executable = bench.Executable;
            options.Cloud = simulated ? new Uri("http://127.0.0.1:9/") : null;
            options.Clusters["home"] = new ClusterEndpoint { Server = new Uri("http://127.0.0.1:9/") };
            options.Metrics.Scrape.Add("http://127.0.0.1:9/");
        }).BuildServiceProvider();

        var choice = await services.GetRequiredService<ChosenStacks>().ChoiceAsync(Stop);

        Assert.Equal(expected, choice.Engine);
        Assert.NotEmpty(choice.Reason);
    }

    [Fact]
    public async Task Where_no_executable_is_the_embedded_engine_stays_and_says_why()
    {
        using var bench = new PulumiBench();
        await using var services = new ServiceCollection().AddInfra(options =>
        {
            options.StateDirectory = Path.Combine(bench.Directory, "data");
            options.Pulumi.Executable = "no-such-pulumi";
            options.Clusters["home"] = new ClusterEndpoint { Server = new Uri("http://127.0.0.1:9/") };
        }).BuildServiceProvider();

        var choice = await services.GetRequiredService<ChosenStacks>().ChoiceAsync(Stop);

        Assert.Equal("embedded", choice.Engine);
        Assert.Contains("no executable 'no-such-pulumi'", choice.Reason);
    }

    private static IEnumerable<string> Urns(JsonObject document) => document["deployment"]!["resources"]!.AsArray().Select(resource => resource!["urn"]!.GetValue<string>()).Order(StringComparer.Ordinal);
}
