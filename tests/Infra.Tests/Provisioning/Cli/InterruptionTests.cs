using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Settings;

namespace Orchestrator.Infra.Tests.Provisioning.Cli;

public sealed class InterruptionTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stop_lets_what_is_begun_come_to_its_end()
    {
        using var bench = new PulumiBench();
        Hold(bench, "a");
        var request = bench.Write(StackBench.Network("b", "${a.id}-x") + StackBench.Network("a"));
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var up = bench.Stacks().UpAsync(request, null, stopping.Token);
        await PulumiBench.WhenAsync(() => File.Exists(bench.HeldFile), Stop);

        await stopping.CancelAsync();
        await PulumiBench.WhenAsync(() => File.Exists($"{bench.HeldFile}.stopping"), Stop);
        await File.WriteAllTextAsync(bench.ReleaseFile, "", Stop);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => up);

        Assert.Equal(["a"], bench.Live);
        Assert.Empty(Pending(bench));
        Assert.Empty(Directory.GetFiles(bench.LockFolder()));
        bench.SayNothing();
        Assert.Equal(1, (await bench.Stacks().UpAsync(request, null, Stop)).Changes["create"]);
        Assert.Equal(["a", "b"], bench.Live);
    }

    [Fact]
    public async Task A_child_that_ignores_signals_is_killed_and_the_next_call_goes_on()
    {
        using var bench = new PulumiBench();
        Hold(bench, "a");
        bench.Say(script => script["IgnoresSignals"] = true);
        var request = bench.Write(StackBench.Network("a"));
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var up = bench.Stacks(options => options.GracePeriod = TimeSpan.FromSeconds(1)).UpAsync(request, null, stopping.Token);
        await PulumiBench.WhenAsync(() => File.Exists(bench.HeldFile), Stop);

        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => up);

        Assert.Equal(["creating"], Pending(bench));
        Assert.Single(Directory.GetFiles(bench.LockFolder()));
        bench.SayNothing();
        var events = new List<StackEvent>();
        var outcome = await bench.Stacks().UpAsync(request, events.Add, Stop);
        Assert.True(outcome.Succeeded);
        Assert.Empty(Pending(bench));
        Assert.Contains(events.OfType<StackDiagnostic>(), told => told is { Severity: "warning" } && told.Message.Contains("interrupted while creating", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_second_signal_ends_a_child_that_does_not_come_to_its_end()
    {
        using var bench = new PulumiBench();
        Hold(bench, "a");
        var request = bench.Write(StackBench.Network("a"));
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var up = bench.Stacks(options => options.GracePeriod = TimeSpan.FromSeconds(1)).UpAsync(request, null, stopping.Token);
        await PulumiBench.WhenAsync(() => File.Exists(bench.HeldFile), Stop);

        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => up);

        Assert.Equal(["creating"], Pending(bench));
    }

    [Theory]
    [InlineData(PulumiEventChannel.Tcp)]
    [InlineData(PulumiEventChannel.File)]
    public async Task A_child_that_is_killed_half_way_is_an_error_that_says_so_and_the_next_call_clears_up(PulumiEventChannel channel)
    {
        using var bench = new PulumiBench();
        bench.Say(script => script["DieCreating"] = "b");
        var request = bench.Write(StackBench.Network("b", "${a.id}-x") + StackBench.Network("a"));
        var stacks = bench.Stacks(options => options.Events = channel);

        var killed = await Assert.ThrowsAsync<StackEngineException>(() => stacks.UpAsync(request, null, Stop));
        var standing = (await stacks.ResourcesAsync("test", "unit-1", Stop))!.Value;
        bench.SayNothing();
        var outcome = await stacks.UpAsync(request, null, Stop);

        Assert.Equal(("killed", true), (killed.Code, killed.Retryable));
        Assert.Contains("signal 9", killed.Message);
        Assert.Equal("creating", standing.Single(resource => resource.Name == "b").Pending);
        Assert.True(outcome.Succeeded);
        Assert.Equal((1, 1), (outcome.Changes["create"], outcome.Changes["same"]));
        Assert.Empty(Pending(bench));
        // Pulumi cannot know that the first b was made: it is named, not found.
        Assert.Equal(["a", "b", "b"], bench.Live);
        Assert.Contains("cancel organization/test/unit-1", bench.Calls);
    }

    [Fact]
    public async Task A_torn_last_line_of_the_event_log_is_passed_over()
    {
        using var bench = new PulumiBench();
        bench.Say(script => script["TearsLog"] = true);
        var events = new List<StackEvent>();
        var stacks = bench.Stacks(options => options.Events = PulumiEventChannel.File);

        var killed = await Assert.ThrowsAsync<StackEngineException>(() => stacks.UpAsync(bench.Write(StackBench.Network("a")), events.Add, Stop));

        Assert.Equal("killed", killed.Code);
        Assert.Single(events.OfType<ResourceOutputs>());
        Assert.Empty(events.OfType<Summary>());
    }

    [Fact]
    public async Task A_child_that_stays_after_its_last_event_is_ended_and_its_outcome_counts()
    {
        using var bench = new PulumiBench();
        bench.Say(script => script["StaysAfterEnd"] = true);

        var outcome = await bench.Stacks(options => options.GracePeriod = TimeSpan.FromSeconds(1)).UpAsync(bench.Write(StackBench.Network("a"), "  id: ${a.id}\n"), null, Stop);

        Assert.True(outcome.Succeeded);
        Assert.Equal(1, outcome.Changes["create"]);
    }

    [Fact]
    public async Task A_child_that_says_nothing_for_too_long_hangs()
    {
        using var bench = new PulumiBench();
        Hold(bench, "a");
        bench.Say(script => script["IgnoresSignals"] = true);

        var hung = await Assert.ThrowsAsync<StackEngineException>(() => bench.Stacks(options => (options.GracePeriod, options.QuietTimeout) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)))
            .UpAsync(bench.Write(StackBench.Network("a")), null, Stop));

        Assert.Equal(("hung", true), (hung.Code, hung.Retryable));
    }

    [Fact]
    public async Task A_lock_of_a_process_that_is_gone_is_taken_off()
    {
        using var bench = new PulumiBench();
        var request = bench.Write(StackBench.Network("a"));
        bench.Lock(PulumiBench.GoneProcess(), Environment.MachineName, TimeProvider.System.GetUtcNow());

        var outcome = await bench.Stacks().UpAsync(request, null, Stop);

        Assert.True(outcome.Succeeded);
        Assert.Contains("cancel organization/test/unit-1", bench.Calls);
    }

    [Fact]
    public async Task A_lock_made_before_the_process_of_that_number_began_is_taken_off()
    {
        using var bench = new PulumiBench();
        var request = bench.Write(StackBench.Network("a"));
        bench.Lock(Environment.ProcessId, Environment.MachineName, TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(1));

        Assert.True((await bench.Stacks().UpAsync(request, null, Stop)).Succeeded);
    }

    [Fact]
    public async Task A_lock_of_another_machine_or_of_a_process_that_lives_is_told_with_its_owner()
    {
        using var bench = new PulumiBench();
        var request = bench.Write(StackBench.Network("a"));
        var stacks = bench.Stacks();
        bench.Lock(4711, "laptop-of-wang", TimeProvider.System.GetUtcNow());

        var locked = await Assert.ThrowsAsync<StackLockedException>(() => stacks.UpAsync(request, null, Stop));

        Assert.Equal("test/unit-1", locked.Stack);
        Assert.StartsWith("created by wang@laptop-of-wang (pid 4711) at ", locked.Owner);
        Assert.DoesNotContain(bench.Calls, call => call.StartsWith("cancel", StringComparison.Ordinal));
        Assert.Empty(bench.Live);
    }

    private static void Hold(PulumiBench bench, string resource) => bench.Say(script =>
    {
        script["HoldCreating"] = resource;
        script["Held"] = bench.HeldFile;
        script["Release"] = bench.ReleaseFile;
    });

    private static IEnumerable<string> Pending(PulumiBench bench) =>
        (bench.Deployment()["pending_operations"] as JsonArray ?? []).Select(operation => operation!["type"]!.GetValue<string>());
}
