using Orchestrator.Fleet.Units;

namespace Orchestrator.Fleet.Tests.Views;

public sealed class UnitNetworksTests
{
    [Fact]
    public void Two_units_have_two_networks_whose_switches_lie_within()
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        for (var unit = 0; unit < 128; unit++)
        {
            var range = UnitNetworks.RangeFor($"unit-{unit}", taken);

            Assert.NotNull(range);
            Assert.True(taken.Add(range));
            var (a, b) = UnitNetworks.SwitchesOf(range);
            Assert.All([a, b], one => Assert.True(System.Net.IPNetwork.Parse(range).Contains(System.Net.IPNetwork.Parse(one).BaseAddress)));
            Assert.NotEqual(a, b);
        }

        Assert.Null(UnitNetworks.RangeFor("one-more", taken));
        Assert.NotEqual(UnitNetworks.RangeFor("cloud-1", new HashSet<string>()), UnitNetworks.RangeFor("cloud-2", new HashSet<string>()));
    }
}
