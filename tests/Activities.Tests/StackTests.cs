using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Activities.Stacks;
using Orchestrator.Fleet.Facts;
using Orchestrator.Infra.Provisioning;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Tests;

public sealed class StackTests : IDisposable
{
    private const string Program = """
        name: shop
        runtime: yaml
        config:
          range: { type: string, default: 10.1.0.0/16 }
          password: { type: string, secret: true, default: none }
        resources:
          network:
            type: alicloud:vpc/network:Network
            properties: { vpcName: shop, cidrBlock: "${range}", description: "${password}" }
        outputs:
          network: ${network.id}
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("orchestrator-").FullName;

    public StackTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "shop"));
        File.WriteAllText(Path.Combine(_folder, "shop", "Pulumi.yaml"), Program);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_stack_is_previewed_brought_up_refreshed_and_destroyed()
    {
        await using var cloud = await TestCloud.OpenAsync();

        var preview = await RunAsync<PreviewStack, PreviewStackResult>(cloud, cloud.ATask("look"));
        var up = await RunAsync<UpStack, UpStackResult>(cloud, cloud.ATask("up"));
        var refreshed = await RunAsync<RefreshStack, RefreshStackResult>(cloud, cloud.ATask("refresh"));
        var destroyed = await RunAsync<DestroyStack, DestroyStackResult>(cloud, cloud.ATask("destroy"));

        Assert.Equal(("network", "create", false), (Assert.Single(preview.Steps).Name, preview.Steps[0].Operation, preview.Empty));
        Assert.Equal(("shop", true, 1), (up.Project, up.Created, up.Changes["create"]));
        Assert.StartsWith("vpc-", up.Outputs["network"].GetString());
        Assert.Equal((1, 0), (refreshed.Changes["refresh"], refreshed.Gone));
        Assert.Empty(destroyed.Left);
        Assert.Empty(await cloud.Services.GetRequiredService<IStacks>().ResourcesAsync("shop", "night", TestContext.Current.CancellationToken) ?? []);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_undo_of_an_up_destroys_a_stack_that_was_new()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await RunAsync<UpStack, UpStackResult>(cloud, cloud.ATask("up"));

        var undone = await RunAsync<DestroyStack, DestroyStackResult>(cloud, AnUndo(cloud));

        Assert.Empty(undone.Left);
        Assert.Null(await cloud.Services.GetRequiredService<IStacks>().OutputsAsync("shop", "night", TestContext.Current.CancellationToken));
        Assert.False(Assert.Single(cloud.Journal.Facts.OfType<StackBegun>()).Existed);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_undo_of_an_up_leaves_a_stack_that_stood_before_and_says_so()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await cloud.Services.GetRequiredService<IStacks>().UpAsync(
            new StackRequest(Path.Combine(_folder, "shop"), "night", ImmutableDictionary<string, System.Text.Json.Nodes.JsonNode?>.Empty), null, TestContext.Current.CancellationToken);
        var up = await RunAsync<UpStack, UpStackResult>(cloud, cloud.ATask("up"));

        var undone = await RunAsync<DestroyStack, DestroyStackResult>(cloud, AnUndo(cloud));

        Assert.False(up.Created);
        Assert.Contains("stood before this run", Assert.Single(undone.Left).Reason);
        Assert.NotNull(await cloud.Services.GetRequiredService<IStacks>().OutputsAsync("shop", "night", TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_undo_of_an_up_that_never_began_touches_nothing()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await cloud.Services.GetRequiredService<IStacks>().UpAsync(
            new StackRequest(Path.Combine(_folder, "shop"), "night", ImmutableDictionary<string, System.Text.Json.Nodes.JsonNode?>.Empty), null, TestContext.Current.CancellationToken);

        var undone = await RunAsync<DestroyStack, DestroyStackResult>(cloud, AnUndo(cloud));

        Assert.Empty(undone.Left);
        Assert.NotNull(await cloud.Services.GetRequiredService<IStacks>().OutputsAsync("shop", "night", TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 60_000)]
    public async Task An_attempt_after_a_kill_keeps_what_the_first_found()
    {
        await using var cloud = await TestCloud.OpenAsync();
        await RunAsync<UpStack, UpStackResult>(cloud, cloud.ATask("up"));

        var again = await RunAsync<UpStack, UpStackResult>(cloud, cloud.ATask("up", attempt: 2));

        Assert.True(again.Created);
        Assert.Single(cloud.Journal.Facts.OfType<StackBegun>());
    }

    [Theory(Timeout = 60_000)]
    [InlineData("shopp", null, null, "did you mean shop?")]
    [InlineData("../shop", null, null, "there is no stack program")]
    [InlineData("shop", "password", null, "'password' is secret in the program")]
    [InlineData("shop", null, "HOME", "does not begin with ORCHESTRATOR_STACK_")]
    [InlineData("shop", null, "ORCHESTRATOR_STACK_NOT_THERE", "this worker has no environment variable ORCHESTRATOR_STACK_NOT_THERE")]
    public async Task What_cannot_be_run_is_refused_with_the_way_to_mend_it(string program, string? config, string? variable, string expected)
    {
        await using var cloud = await TestCloud.OpenAsync();
        var arguments = Arguments with
        {
            Program = program,
            Config = config is null ? Arguments.Config : Arguments.Config.Add(config, JsonSerializer.SerializeToElement("swordfish")),
            Secrets = variable is null ? Arguments.Secrets : Arguments.Secrets.Add("password", variable),
        };

        var refused = await Assert.ThrowsAsync<ActivityFailedException>(() => RunAsync<UpStack, UpStackResult>(cloud, cloud.ATask("up"), arguments));

        Assert.Equal(("bad-argument", false), (refused.Error.Code, refused.Error.Retryable));
        Assert.Contains(expected, refused.Message);
        Assert.DoesNotContain("swordfish", refused.Message);
        Assert.Empty(cloud.Journal.Facts);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_program_that_is_wrong_fails_with_its_place()
    {
        await using var cloud = await TestCloud.OpenAsync();
        File.WriteAllText(Path.Combine(_folder, "shop", "Pulumi.yaml"), Program.Replace("vpcName", "vpcNam", StringComparison.Ordinal));

        var refused = await Assert.ThrowsAsync<ActivityFailedException>(() => RunAsync<PreviewStack, PreviewStackResult>(cloud, cloud.ATask("look")));

        Assert.Equal("bad-program", refused.Error.Code);
        Assert.Contains("Pulumi.yaml:9:", refused.Message);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static StackArguments Arguments { get; } = new() { Program = "shop", Stack = "night" };

    private static FakeTask AnUndo(TestCloud cloud) => new(cloud.Journal, cloud.Clock, "up") { TakesBack = true };

    private Task<TResult> RunAsync<TActivity, TResult>(TestCloud cloud, TaskContext task, StackArguments? arguments = null)
        where TActivity : IActivity<StackArguments, TResult> =>
        ActivatorUtilities.CreateInstance<TActivity>(cloud.Services, new ProgramFolders(_folder)).ExecuteAsync(arguments ?? Arguments, task, TestContext.Current.CancellationToken);
}
