using Orchestrator.Simulation.Faults;

namespace Orchestrator.Simulation.Tests;

public sealed class SimulationTests
{
    private const int Seeds = 2_000;

    [Fact]
    public void No_seed_breaks_a_rule()
    {
        var failed = Campaign.Run(from: 1, Seeds, atOnce: 2, mostFailures: 5);

        Assert.True(failed.Count == 0, string.Join("\n\n", failed.Select(verdict => $"seed {verdict.Seed}: {verdict.Violations[0]}\n  see it: {Campaign.Replay(verdict)}")));
    }

    [Fact]
    public void A_seed_gives_the_same_history_each_time()
    {
        for (var seed = 1; seed <= 10; seed++)
        {
            var (one, other) = (Campaign.Run(seed), Campaign.Run(seed));

            Assert.Equal((one.Hash, one.Entries, one.Steps), (other.Hash, other.Entries, other.Steps));
        }
    }

    [Fact]
    public void Seeds_give_different_histories() =>
        Assert.Equal(20, Enumerable.Range(1, 20).Select(seed => Campaign.Run(seed).Hash).Distinct().Count());

    /// <summary>What the checks are worth: whichever promise the store or the world breaks, a rule is broken within a few seeds.</summary>
    [Theory]
    [InlineData(nameof(Mutation.StoreIgnoresVersions))]
    [InlineData(nameof(Mutation.StoreIgnoresFence))]
    [InlineData(nameof(Mutation.StoreGivesShardsTwice))]
    [InlineData(nameof(Mutation.StoreRaisesFormatsEarly))]
    [InlineData(nameof(Mutation.StoreForgetsTimers))]
    [InlineData(nameof(Mutation.StoreForgetsMessages))]
    [InlineData(nameof(Mutation.StoreForgetsLockUpdates))]
    [InlineData(nameof(Mutation.StoreForgetsTasks))]
    [InlineData(nameof(Mutation.TailSkipsEntries))]
    [InlineData(nameof(Mutation.WorldIgnoresTokens))]
    [InlineData(nameof(Mutation.WorldIgnoresKeys))]
    [InlineData(nameof(Mutation.WorldKeepsSilently))]
    public void A_broken_promise_is_noticed_within_200_seeds(string mutation)
    {
        var failed = Campaign.Run(from: 1, count: 200, atOnce: 2, new SimulationOptions { Mutation = Enum.Parse<Mutation>(mutation) }, mostFailures: 1);

        Assert.NotEmpty(failed);
    }

    [Fact]
    public void A_failing_seed_shrinks_to_fewer_faults_that_break_the_same_rule()
    {
        var options = new SimulationOptions { Mutation = Mutation.StoreForgetsTasks };
        var failing = Campaign.Run(from: 1, count: 200, atOnce: 2, options, mostFailures: 1)[0];

        var kept = Campaign.Shrink(failing, options);

        Assert.True(kept.Count <= failing.Faults.Count);
        Assert.Equal(failing.Violations[0].Rule, Campaign.Run(failing.Seed, options with { OnlyFaults = kept }).Violations[0].Rule);
        Assert.StartsWith($"dotnet run -c Release --project bench -- simulate --seed {failing.Seed}", Campaign.Replay(failing, kept), StringComparison.Ordinal);
    }
}
