using System.Collections.Immutable;
using CsCheck;
using Orchestrator.Fleet.Colocation;

namespace Orchestrator.Fleet.Tests.Colocation;

public sealed class WavesTests
{
    private static readonly Gen<ImmutableArray<WaveNode>> AnyNodes =
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 2]).Array[1, 300].Select(places =>
            places.Select((place, i) => new WaveNode($"n-{i:D3}", $"zone-{place.Item1}", $"pool-{place.Item2}")).ToImmutableArray());

    private static readonly Gen<ImmutableArray<decimal>> AnyShares =
        Gen.Int[1, 99].Array[0, 5].Select(shares => shares.Distinct().Order().Append(100).Select(share => (decimal)share).ToImmutableArray());

    [Fact]
    public void Waves_partition_the_nodes_and_none_is_empty()
    {
        Gen.Select(AnyNodes, AnyShares).Sample((nodes, shares) =>
        {
            var waves = Waves.Cut(nodes, shares);

            Assert.Equal(nodes.Select(node => node.Name).Order(StringComparer.Ordinal), waves.SelectMany(wave => wave).Order(StringComparer.Ordinal));
            Assert.All(waves, wave => Assert.NotEmpty(wave));
        });
    }

    [Fact]
    public void Waves_take_about_the_same_share_of_every_zone_and_pool()
    {
        Gen.Select(AnyNodes, AnyShares).Sample((nodes, shares) =>
        {
            var waves = Waves.Cut(nodes, shares);
            var moved = new HashSet<string>();
            foreach (var wave in waves)
            {
                moved.UnionWith(wave);
                var share = (double)moved.Count / nodes.Length;
                var groups = nodes.GroupBy(node => (node.Zone, node.Pool)).ToArray();
                // A group rounds to whole nodes; so do the others, and what they round off shifts the rest by less than one node each.
                Assert.All(groups, group => Assert.InRange(
                    group.Count(node => moved.Contains(node.Name)),
                    (group.Count() * (share - (1.0 * groups.Length / nodes.Length))) - 1,
                    (group.Count() * (share + (1.0 * groups.Length / nodes.Length))) + 1));
            }
        });
    }

    [Fact]
    public void The_order_in_which_nodes_are_given_does_not_matter()
    {
        Gen.Select(AnyNodes, AnyShares).Sample((nodes, shares) =>
            Assert.Equal(Waves.Cut(nodes, shares).SelectMany(wave => wave), Waves.Cut(nodes.Reverse(), shares).SelectMany(wave => wave)));
    }

    [Fact]
    public void Sixty_nodes_move_as_1_5_24_30()
    {
        var nodes = Enumerable.Range(0, 60).Select(i => new WaveNode($"n-{i:D2}", $"zone-{i % 3}", "pool"));

        Assert.Equal([1, 5, 24, 30], Waves.Cut(nodes, Waves.Default).Select(wave => wave.Length));
    }

    [Fact]
    public void Of_each_rack_the_emptiest_nodes_go_first()
    {
        Gen.Select(Gen.Int[0, 1], Gen.Int[0, 4], Gen.Int[0, 100]).Array[1, 200].Select(AnyShares).Sample((places, shares) =>
        {
            var nodes = places.Select((place, i) => new WaveNode($"n-{i:D3}", $"zone-{place.Item1}", "pool") { Rack = $"rack-{place.Item2}", Load = place.Item3 / 100.0 }).ToArray();

            var order = Waves.Cut(nodes, shares).SelectMany(wave => wave).Select(name => nodes.Single(node => node.Name == name)).ToArray();

            Assert.All(order.GroupBy(node => (node.Zone, node.Rack)), rack => Assert.Equal(rack.OrderBy(node => node.Load).Select(node => node.Load), rack.Select(node => node.Load)));
        });
    }

    /// <summary>A rack of its own for each node must not bring the zones one after the other.</summary>
    [Fact]
    public void Waves_spread_over_zones_however_small_the_racks_are()
    {
        var nodes = Enumerable.Range(0, 40).Select(i => new WaveNode($"n-{i:D2}", i < 20 ? "zone-a" : "zone-b", "pool") { Rack = $"rack-{i}" });

        Assert.All(Waves.Cut(nodes, [10, 50, 100]), wave => Assert.Equal(wave.Length / 2, wave.Count(name => string.CompareOrdinal(name, "n-20") < 0)));
    }

    [Fact]
    public void A_wave_takes_from_every_rack_before_it_takes_twice_from_one()
    {
        var nodes = Enumerable.Range(0, 40).Select(i => new WaveNode($"n-{i:D2}", "zone", "pool") { Rack = $"rack-{i / 10}", Load = i / 40.0 });

        Assert.Equal(["n-00", "n-10", "n-20", "n-30"], Waves.Cut(nodes, [10, 100])[0]);
    }

    [Theory]
    [InlineData("50%", "100%")]
    [InlineData("0.5%", "10 %", "100%")]
    public void Shares_are_parsed(params string[] shares) => Assert.Equal(100, Waves.Parse(shares)[^1]);

    [Theory]
    [InlineData("the last wave must be 100%", "50%")]
    [InlineData("must be greater than 50%", "50%", "10%", "100%")]
    [InlineData("'ten' is not a wave", "ten", "100%")]
    [InlineData("'0%' is not a wave", "0%", "100%")]
    [InlineData("'-1%' is not a wave", "-1%", "100%")]
    public void Shares_that_are_none_are_refused_with_a_mend(string fix, params string[] shares)
    {
        Assert.Contains(fix, Assert.Throws<FormatException>(() => Waves.Parse(shares)).Message, StringComparison.Ordinal);
    }
}
