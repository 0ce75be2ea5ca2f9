using System.Collections.Immutable;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Tests.Cluster;

public sealed class ShardPlanTests
{
    private static readonly DateTimeOffset at = new(2026, 11, 10, 20, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(70)]
    public void Engines_come_to_have_as_many_as_the_others_and_every_shard_is_somebodys(int engines)
    {
        var view = Settle([.. Enumerable.Range(0, engines).Select(number => Server($"n{number:00}"))], MembershipView.Empty.Owners);

        var counts = view.Owners.GroupBy(owner => owner).ToDictionary(group => group.Key!, group => group.Count());
        Assert.Equal(Shards.Count, counts.Values.Sum());
        Assert.InRange(counts.Values.Max() - (counts.Count < engines ? 0 : counts.Values.Min()), 0, 1);
    }

    [Fact]
    public void A_server_that_joins_takes_its_share_and_nothing_else_moves()
    {
        var before = Settle([Server("a"), Server("b")], MembershipView.Empty.Owners);

        var after = Settle([Server("a"), Server("b"), Server("c")], before.Owners);

        Assert.All(Enumerable.Range(0, Shards.Count), shard => Assert.True(after.Owners[shard] == before.Owners[shard] || after.Owners[shard] == "c"));
        Assert.InRange(after.Owners.Count(owner => owner == "c"), 21, 22);
    }

    [Fact]
    public void A_server_that_drains_gives_everything_up_and_one_without_the_role_takes_nothing()
    {
        var before = Settle([Server("a"), Server("b")], MembershipView.Empty.Owners);

        var after = Settle([Server("a") with { Draining = true }, Server("b"), Server("w", ServerRoles.Worker)], before.Owners);

        Assert.All(after.Owners, owner => Assert.Equal("b", owner));
    }

    [Fact]
    public void The_last_engine_keeps_what_it_has_while_it_drains()
    {
        var before = Settle([Server("a")], MembershipView.Empty.Owners);

        var after = Settle([Server("a") with { Draining = true }], before.Owners);

        Assert.All(after.Owners, owner => Assert.Equal("a", owner));
    }

    [Fact]
    public void Shards_of_new_runs_are_spread_evenly()
    {
        var counts = Enumerable.Range(0, 64_000).Select(_ => Shards.Of(RunId.New(at))).CountBy(shard => shard).ToDictionary();

        Assert.Equal(Shards.Count, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 700, 1300));
    }

    private static ServerState Server(string name, ServerRoles roles = ServerRoles.All) => new(new ServerInfo(name, name, roles, [], 8, "1"), at, at, false);

    /// <summary>Lets every server act on the view until none wants more.</summary>
    private static MembershipView Settle(ImmutableArray<ServerState> servers, ImmutableArray<string?> owners)
    {
        var view = new MembershipView(servers, owners);
        for (var round = 0; round < 200; round++)
        {
            var still = true;
            foreach (var server in servers)
            {
                var plan = ShardPlan.Decide(view, server.Info.Instance);
                still &= plan.Claim.IsEmpty && plan.Release.IsEmpty;
                var now = view.Owners.ToBuilder();
                foreach (var shard in plan.Release) now[shard] = null;
                foreach (var shard in plan.Claim) now[shard] = server.Info.Instance;
                view = view with { Owners = now.ToImmutable() };
            }

            if (still) return view;
        }

        throw new Xunit.Sdk.XunitException("The plan does not come to rest.");
    }
}
