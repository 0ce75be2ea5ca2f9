using Orchestrator.Fleet.Colocation;

namespace Orchestrator.Fleet.Tests.Colocation;

public sealed class ProfileTests
{
    [Fact]
    public void A_profile_ships_for_every_state()
    {
        Assert.Equal(ColocationStates.All, Shipped.Profiles.Select(profile => profile.State));
    }

    [Fact]
    public void Every_state_gives_batch_less_than_the_one_before()
    {
        foreach (var (before, after) in Shipped.Profiles.Zip(Shipped.Profiles.Skip(1)))
        {
            Assert.True(after.BatchCeilingPercent < before.BatchCeilingPercent);
            Assert.True(after.BatchFloorPercent < before.BatchFloorPercent);
        }
    }
}
