using Orchestrator.Fleet.Colocation;

namespace Orchestrator.Fleet.Tests.Colocation;

public sealed class MaxUnavailableTests
{
    [Theory]
    [InlineData("5%", 6, 1)]
    [InlineData("5%", 100, 5)]
    [InlineData("5 %", 119, 5)]
    [InlineData("5%", 5000, 250)]
    [InlineData("0%", 100, 0)]
    [InlineData("100%", 7, 7)]
    [InlineData("3", 100, 3)]
    [InlineData("0", 100, 0)]
    [InlineData("9", 4, 4)]
    public void A_share_is_rounded_down_and_at_least_one_node(string text, int nodes, int may) => Assert.Equal(may, MaxUnavailable.Parse(text).Of(nodes));

    [Theory]
    [InlineData("")]
    [InlineData("few")]
    [InlineData("-1")]
    [InlineData("101%")]
    [InlineData("1.5")]
    public void What_is_neither_is_refused_with_a_mend(string text) =>
        Assert.Contains("as in 5%", Assert.Throws<FormatException>(() => MaxUnavailable.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_default_is_five_percent() => Assert.Equal("5%", MaxUnavailable.Default.ToString());
}
