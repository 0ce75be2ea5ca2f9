using System.Text.Json.Nodes;
using CsCheck;
using Orchestrator.Infra.Provisioning.Providers;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Provisioning.State;

namespace Orchestrator.Infra.Tests.Provisioning;

public sealed class StackEngineTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Creates_in_the_order_of_references_and_gives_outputs()
    {
        using var bench = new StackBench();
        var request = bench.Write(StackBench.Network("b", "${a.id}-x") + StackBench.Network("a"), "  made: ${b.routerId}\n");
        var events = new List<StackEvent>();

        var outcome = await bench.Engine().UpAsync(request, events.Add, Stop);

        Assert.True(outcome.Succeeded);
        Assert.Equal(["create a", "create b"], bench.Provider.Log);
        Assert.Equal("b#2", outcome.Outputs["made"]!.GetValue<string>());
        Assert.Equal("a#1-x", bench.Provider.Live["b#2"]["vpcName"]!.GetValue<string>());
        Assert.Equal(Enumerable.Range(1, events.Count), events.Select(happened => happened.Sequence));
        Assert.IsType<Summary>(events[^1]);
        var again = await bench.Engine().OutputsAsync("test", "unit-1", Stop);
        Assert.Equal("b#2", again!["made"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_second_up_changes_nothing_and_a_preview_says_so()
    {
        using var bench = new StackBench();
        var request = bench.Write(StackBench.Network("b", "${a.id}-x") + StackBench.Network("a"));
        var before = await bench.Engine().PreviewAsync(request, Stop);
        await bench.Engine().UpAsync(request, null, Stop);

        var outcome = await bench.Engine().UpAsync(request, null, Stop);

        Assert.Equal(2, outcome.Changes["same"]);
        Assert.Equal(2, bench.Provider.Log.Count);
        Assert.All(before.Steps, step => Assert.Equal("create", step.Operation));
        Assert.True((await bench.Engine().PreviewAsync(request, Stop)).IsEmpty);
    }

    [Fact]
    public async Task Updates_replaces_and_deletes_what_the_program_changed()
    {
        using var bench = new StackBench();
        const string rule = "  rule:\n    type: alicloud:vpc/switch:Switch\n    properties:\n      vpcId: v\n      zoneId: z\n      cidrBlock: ";
        await bench.Engine().UpAsync(bench.Write(StackBench.Network("kept", "old") + StackBench.Network("gone") + rule + "10.1.0.0/16\n"), null, Stop);
        bench.Provider.Log.Clear();

        var request = bench.Write(StackBench.Network("kept", "new") + rule + "10.2.0.0/16\n");
        var preview = await bench.Engine().PreviewAsync(request, Stop);
        var outcome = await bench.Engine().UpAsync(request, null, Stop);

        Assert.True(outcome.Succeeded);
        Assert.Equal(["delete", "replace", "update"], preview.Steps.Select(step => step.Operation).Order());
        Assert.Equal(["cidrBlock"], preview.Steps.Single(step => step.Operation == "replace").Differences);
        Assert.Equal(["create rule", "delete gone", "delete rule", "update kept"], bench.Provider.Log.Order());
        Assert.Equal(2, bench.Provider.Live.Count);
        Assert.DoesNotContain(bench.State().Resources, resource => resource.Delete);
    }

    [Theory]
    [InlineData("create")]
    [InlineData("update")]
    [InlineData("delete")]
    public async Task Goes_on_after_dying_between_an_effect_and_the_checkpoint(string where)
    {
        using var bench = new StackBench();
        if (where != "create")
        {
            await bench.Engine().UpAsync(bench.Write(StackBench.Network("a", "old")), null, Stop);
        }

        var request = bench.Write(StackBench.Network("a", "new"));
        bench.Provider.Log.Clear();
        bench.Provider.AfterEffect = (operation, _) => throw (operation == where ? new ProcessKilledException() : new InvalidOperationException(operation));
        var act = () => where == "delete" ? bench.Engine().DestroyAsync(request, null, Stop) : bench.Engine().UpAsync(request, null, Stop);
        await Assert.ThrowsAsync<ProcessKilledException>(act);
        Assert.Single(bench.State().PendingOperations);

        bench.Provider.AfterEffect = null;
        var outcome = await act();

        Assert.True(outcome.Succeeded);
        Assert.Equal([$"{where} a"], bench.Provider.Log);
        Assert.Equal(where == "delete" ? 0 : 1, bench.Provider.Live.Count);
        Assert.Empty(bench.State().PendingOperations);
    }

    [Fact]
    public async Task A_destroy_after_a_crash_finds_what_was_being_created()
    {
        using var bench = new StackBench();
        var request = bench.Write(StackBench.Network("a"));
        bench.Provider.AfterEffect = (_, _) => throw new ProcessKilledException();
        await Assert.ThrowsAsync<ProcessKilledException>(() => bench.Engine().UpAsync(request, null, Stop));
        bench.Provider.AfterEffect = null;

        var outcome = await bench.Engine().DestroyAsync(request, null, Stop);

        Assert.True(outcome.Succeeded);
        Assert.Empty(bench.Provider.Live);
        Assert.Empty(bench.State().Resources);
    }

    [Fact]
    public async Task A_lost_state_finds_the_same_resources_by_the_steps_key()
    {
        using var bench = new StackBench();
        var request = bench.Write(StackBench.Network("a")) with { IdempotencyKey = "run/build/unit-1" };
        await bench.Engine().UpAsync(request, null, Stop);
        File.Delete(bench.StateFile);

        await bench.Engine().UpAsync(request, null, Stop);

        Assert.Single(bench.Provider.Live);
    }

    [Fact]
    public async Task Building_again_after_a_destroy_makes_new_resources()
    {
        using var bench = new StackBench();
        var request = bench.Write(StackBench.Network("a"));
        await bench.Engine().UpAsync(request, null, Stop);
        await bench.Engine().DestroyAsync(request, null, Stop);

        await bench.Engine().UpAsync(request, null, Stop);

        Assert.Equal(["a#2"], bench.Provider.Live.Keys);
    }

    [Fact]
    public async Task A_failure_leaves_the_rest_and_a_correct_state()
    {
        using var bench = new StackBench();
        var request = bench.Write(StackBench.Network("good") + StackBench.Network("bad") + StackBench.Network("after", "${bad.id}"));
        bench.Provider.AfterEffect = (_, name) =>
        {
            if (name == "bad")
            {
                throw new ProviderException("QuotaExceeded", "no more", retryable: false);
            }
        };

        var outcome = await bench.Engine().UpAsync(request, null, Stop);

        Assert.False(outcome.Succeeded);
        var failure = Assert.Single(outcome.Failures);
        Assert.Equal(("QuotaExceeded", false), (failure.Code, failure.Retryable));
        Assert.DoesNotContain("create after", bench.Provider.Log);
        Assert.Contains(bench.State().Resources, resource => resource.Id == "good#1" || resource.Id == "good#2");
        Assert.Empty(bench.State().PendingOperations);
    }

    [Fact]
    public async Task Protected_resources_survive_a_destroy_with_all_they_need()
    {
        using var bench = new StackBench();
        var request = bench.Write(StackBench.Network("base") + StackBench.Network("kept", "${base.id}") + "    options:\n      protect: true\n" + StackBench.Network("loose"));
        await bench.Engine().UpAsync(request, null, Stop);

        var outcome = await bench.Engine().DestroyAsync(request, null, Stop);

        Assert.Equal("protected", Assert.Single(outcome.Failures).Code);
        Assert.Equal(["base", "kept"], bench.Provider.Live.Keys.Select(id => id.Split('#')[0]).Order());
    }

    [Fact]
    public async Task Ignored_changes_keep_what_the_state_has()
    {
        using var bench = new StackBench();
        await bench.Engine().UpAsync(bench.Write(StackBench.Network("a", "old") + "    options:\n      ignoreChanges: [vpcName]\n"), null, Stop);

        var outcome = await bench.Engine().UpAsync(bench.Write(StackBench.Network("a", "new") + "    options:\n      ignoreChanges: [vpcName]\n"), null, Stop);

        Assert.Equal(1, outcome.Changes["same"]);
    }

    [Fact]
    public async Task A_state_that_another_passphrase_sealed_is_refused_with_the_mend_and_told_without_its_secrets()
    {
        using var bench = new StackBench();
        using var other = new StackBench();
        var request = bench.Write("  a:\n    type: alicloud:vpc/network:Network\n    properties:\n      vpcName:\n        fn::secret: swordfish\n");
        await bench.Engine().UpAsync(request, null, Stop);
        var before = bench.StateText;
        var stranger = bench.Engine(passphraseIn: other.Directory);

        var refused = await Assert.ThrowsAsync<StackStateException>(() => stranger.DestroyAsync(request, null, Stop));

        Assert.Contains("the state of stack test/unit-1 has secrets that this node's passphrase does not open", refused.Message, StringComparison.Ordinal);
        Assert.Contains("give every node the same PULUMI_CONFIG_PASSPHRASE", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, bench.StateText);
        Assert.Single(bench.Provider.Live);
        Assert.Equal(["a"], (await stranger.ResourcesAsync("test", "unit-1", Stop))!.Value.Where(one => one.Type.EndsWith("Network", StringComparison.Ordinal)).Select(one => one.Name));
    }

    /// <summary>What it was about to begin it must not: somebody else goes on with the stack.</summary>
    [Fact]
    public async Task An_engine_whose_stack_was_taken_over_begins_nothing_more()
    {
        using var bench = new StackBench();
        var request = bench.Write(StackBench.Network("b", "${a.id}-x") + StackBench.Network("a"));
        var states = new TakenStates(writes: 4);

        await Assert.ThrowsAsync<StackLockedException>(() => bench.Engine(states: states).UpAsync(request, null, Stop));
        var made = bench.Provider.Log.ToList();
        var gone = await bench.Engine(states: new TakenStates(writes: 1000) { Content = states.Content }).UpAsync(request, null, Stop);

        Assert.Equal(["create a"], made);
        Assert.True(gone.Succeeded);
        Assert.Equal(2, bench.Provider.Live.Count);
    }

    /// <summary>Takes so many writes, and then belongs to somebody else.</summary>
    private sealed class TakenStates(int writes) : IStackStates, IHeldState
    {
        private int _left = writes;

        public string? Content { get; set; }

        public Task<string?> FindAsync(string project, string stack, CancellationToken cancellationToken) => Task.FromResult(Content);

        public Task<IReadOnlyCollection<(string Project, string Stack)>> ListAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyCollection<(string, string)>>([]);

        public Task<IHeldState> HoldAsync(string project, string stack, CancellationToken cancellationToken) => Task.FromResult<IHeldState>(this);

        public Task WriteAsync(string content)
        {
            if (_left-- <= 0) throw new StackLockedException("test/unit-1", "taken over");
            Content = content;
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_refresh_finds_inputs_that_somebody_changed_and_the_next_up_sets_them_right()
    {
        using var bench = new StackBench();
        bench.Provider.Outputs = inputs => inputs.DeepClone().AsObject();
        var request = bench.Write(StackBench.Network("a", "mine") + StackBench.Network("b", "kept"));
        await bench.Engine().UpAsync(request, null, Stop);
        bench.Provider.Live["a#1"]["vpcName"] = "theirs";
        bench.Provider.Live["a#1"]["description"] = "said by nobody here";
        var events = new List<StackEvent>();

        var refreshed = await bench.Engine().RefreshAsync(request, events.Add, Stop);
        var preview = await bench.Engine().PreviewAsync(request, Stop);
        var outcome = await bench.Engine().UpAsync(request, null, Stop);

        Assert.True(refreshed.Succeeded);
        Assert.Equal(["vpcName"], events.OfType<ResourceOutputs>().Single(done => done.Metadata.Diffs.Length > 0).Metadata.Diffs);
        Assert.Contains(events.OfType<StackDiagnostic>(), told => told.Message.Contains("changed by somebody else: vpcName", StringComparison.Ordinal));
        Assert.Equal(["update"], preview.Steps.Where(step => step.Operation != "same").Select(step => step.Operation));
        Assert.Equal(1, outcome.Changes["update"]);
        Assert.Equal("mine", bench.Provider.Live["a#1"]["vpcName"]!.GetValue<string>());
    }

    [Fact]
    public async Task Secrets_are_never_on_disk_in_clear()
    {
        using var bench = new StackBench();
        var request = bench.Write(
            "  a:\n    type: alicloud:vpc/network:Network\n    properties:\n      vpcName:\n        fn::secret: swordfish\n", "  password: ${a.vpcName}\n");

        var outcome = await bench.Engine().UpAsync(request, null, Stop);

        Assert.Equal("[secret]", outcome.Outputs["password"]!.GetValue<string>());
        Assert.DoesNotContain("swordfish", bench.StateText);
        Assert.Contains("1b47061264138c4ac30d75fd1eb44270", bench.StateText);
        Assert.Equal("swordfish", bench.Provider.Live["a#1"]["vpcName"]!.GetValue<string>());
        Assert.Equal("[secret]", (await bench.Engine().OutputsAsync("test", "unit-1", Stop))!["password"]!.GetValue<string>());
        Assert.Equal("swordfish", (await bench.Engine().OutputsAsync("test", "unit-1", Stop, showSecrets: true))!["password"]!.GetValue<string>());
        Assert.Equal(1, (await bench.Engine().UpAsync(request, null, Stop)).Changes["same"]);
    }

    [Fact]
    public async Task The_state_is_shaped_as_pulumis()
    {
        using var bench = new StackBench();
        await bench.Engine().UpAsync(bench.Write(StackBench.Network("b", "${a.id}") + StackBench.Network("a")), null, Stop);

        var document = JsonNode.Parse(bench.StateText)!;
        var resources = document["checkpoint"]!["latest"]!["resources"]!.AsArray();
        var urns = resources.Select(resource => resource!["urn"]!.GetValue<string>()).ToList();

        Assert.Equal(3, document["version"]!.GetValue<int>());
        Assert.Equal("organization/test/unit-1", document["checkpoint"]!["stack"]!.GetValue<string>());
        Assert.Equal("urn:pulumi:unit-1::test::pulumi:pulumi:Stack::test-unit-1", urns[0]);
        Assert.True(urns.IndexOf("urn:pulumi:unit-1::test::alicloud:vpc/network:Network::a") < urns.IndexOf("urn:pulumi:unit-1::test::alicloud:vpc/network:Network::b"));
        var b = resources.Single(resource => resource!["urn"]!.GetValue<string>().EndsWith("::b", StringComparison.Ordinal))!;
        Assert.Equal(["urn:pulumi:unit-1::test::alicloud:vpc/network:Network::a"], b["propertyDependencies"]!["vpcName"]!.AsArray().Select(urn => urn!.GetValue<string>()));
        Assert.StartsWith("urn:pulumi:unit-1::test::pulumi:providers:alicloud::default::", b["provider"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_updates_of_one_stack_take_turns()
    {
        using var bench = new StackBench();
        var request = bench.Write(string.Concat(Enumerable.Range(0, 10).Select(i => StackBench.Network($"n{i}"))));

        var outcomes = await Task.WhenAll(bench.Engine(2).UpAsync(request, null, Stop), bench.Engine(2).UpAsync(request, null, Stop));

        Assert.All(outcomes, outcome => Assert.True(outcome.Succeeded));
        Assert.Equal(10, bench.Provider.Live.Count);
        Assert.InRange(bench.Provider.MostAtOnce, 1, 2);
    }

    /// <summary>Programs as graphs: each resource depends on some of those before it.</summary>
    [Fact]
    public void Any_program_goes_up_in_order_and_down_to_nothing_wherever_it_is_killed()
    {
        var programs = Gen.Select(
            Gen.Int[1, 7].SelectMany(count => Gen.Int[0, 127].Array[count]),
            Gen.Int[0, 14]);
        programs.Sample(
            sample =>
            {
                var (masks, killAfter) = sample;
                using var bench = new StackBench();
                var needs = masks.Select((mask, i) => Enumerable.Range(0, i).Where(j => (mask >> j & 1) == 1).ToArray()).ToArray();
                var request = bench.Write(string.Concat(needs.Select((on, i) => StackBench.Network($"n{i}", dependsOn: [.. on.Select(j => $"n{j}")])).Reverse()));

                ToTheEnd(bench, killAfter, () => bench.Engine(3).UpAsync(request, null, CancellationToken.None));
                var created = bench.Provider.Log.ToList();
                ToTheEnd(bench, killAfter, () => bench.Engine(3).DestroyAsync(request, null, CancellationToken.None));
                var deleted = bench.Provider.Log.Skip(created.Count).ToList();

                Assert.Equal(masks.Length, created.Distinct().Count());
                Assert.Equal(masks.Length, created.Count);
                Assert.Equal(masks.Length, deleted.Count);
                for (var i = 0; i < needs.Length; i++)
                {
                    Assert.All(needs[i], j => Assert.True(created.IndexOf($"create n{j}") < created.IndexOf($"create n{i}")));
                    Assert.All(needs[i], j => Assert.True(deleted.IndexOf($"delete n{j}") > deleted.IndexOf($"delete n{i}")));
                }

                Assert.Empty(bench.Provider.Live);
                Assert.Empty(bench.State().Resources);
                Assert.Empty(bench.State().PendingOperations);
            },
            iter: 40,
            threads: 2);
    }

    /// <summary>Runs it, killed once after some effects, then again until it ends.</summary>
    private static void ToTheEnd(StackBench bench, int killAfter, Func<Task<StackOutcome>> act)
    {
        var effects = 0;
        bench.Provider.AfterEffect = (_, _) =>
        {
            if (Interlocked.Increment(ref effects) > killAfter)
            {
                throw new ProcessKilledException();
            }
        };
        try
        {
            act().GetAwaiter().GetResult();
        }
        catch (ProcessKilledException)
        {
        }

        bench.Provider.AfterEffect = null;
        Assert.True(act().GetAwaiter().GetResult().Succeeded);
    }
}
