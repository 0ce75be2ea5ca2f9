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
