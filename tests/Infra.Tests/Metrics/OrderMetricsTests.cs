using System.Globalization;
using Microsoft.AspNetCore.Http;
using Orchestrator.Infra.Metrics;

namespace Orchestrator.Infra.Tests.Metrics;

/// <summary>Order counters: whole where they are known, and else the reason.</summary>
public sealed class OrderMetricsTests
{
    private const string Page = """
        # TYPE trading_orders_total counter
        trading_orders_total{destination="home",outcome="accepted",zone="b"} 700
        trading_orders_total{destination="home",outcome="accepted",zone="a"} 300
        trading_orders_total{destination="cloud-1",outcome="rejected",zone="a"} 0
        trading_orders_total{destination="home",zone="a"} 5

        """;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_series_is_read_as_it_stands_with_what_tells_it_from_the_others()
    {
        await using var rig = await Rig.ScrapedAsync(Page);

        var read = await rig.Orders.ReadAsync(Stop);

        // One without an outcome is no order. A zero that is exposed is a zero.
        Assert.Equal([("cloud-1", "rejected", 0.0), ("home", "accepted", 300), ("home", "accepted", 700)], read.Select(one => (one.Destination, one.Outcome, one.Value)));
        Assert.All(read, one => Assert.Matches("^instance=127.0.0.1:[0-9]+,zone=[ab]$", one.Series));
        Assert.Equal(3, read.Select(one => one.Series + one.Destination).Distinct().Count());
    }

    [Theory]
    [InlineData("up 1\n", MetricsFailure.Absent, "there is no such series")]
    [InlineData("trading_orders_total{outcome=\"accepted\"} 7\n", MetricsFailure.Absent, "none of its 1 series has the labels destination and outcome")]
    public async Task What_is_not_there_is_unknown_and_no_zero(string page, MetricsFailure failure, string reason)
    {
        await using var rig = await Rig.ScrapedAsync(page);

        var exception = await Assert.ThrowsAsync<MetricsException>(() => rig.Orders.ReadAsync(Stop));

        Assert.Equal(failure, exception.Failure);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_old_is_known_to_be_old()
    {
        // Ten minutes ago, in milliseconds, as a sample says its time.
        await using var rig = await Rig.ScrapedAsync(context => context.Response.WriteAsync(string.Create(
            CultureInfo.InvariantCulture, $"trading_orders_total{{destination=\"home\",outcome=\"accepted\"}} 7 {TimeProvider.System.GetUtcNow().AddMinutes(-10).ToUnixTimeMilliseconds()}\n"), context.RequestAborted));

        var exception = await Assert.ThrowsAsync<MetricsException>(() => rig.Orders.ReadAsync(Stop));

        Assert.True(exception.IsUnknown);
        Assert.Contains("old", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_query_of_ones_own_reads_another_counter()
    {
        await using var rig = await Rig.ScrapedAsync("shop_orders{destination=\"home\",outcome=\"accepted\"} 42\n", with: options => options.Queries["orders"] = "shop_orders");

        Assert.Equal(42, Assert.Single(await rig.Orders.ReadAsync(Stop)).Value);
    }

    [Fact]
    public async Task More_series_than_a_journal_should_hold_are_refused_with_the_way_out()
    {
        var page = string.Concat(Enumerable.Range(0, OrderMetrics.MostSeries + 1).Select(index => $"trading_orders_total{{destination=\"home\",outcome=\"accepted\",pod=\"p-{index}\"}} 1\n"));
        await using var rig = await Rig.ScrapedAsync(page);

        var exception = await Assert.ThrowsAsync<MetricsException>(() => rig.Orders.ReadAsync(Stop));

        Assert.Equal(MetricsFailure.TooLarge, exception.Failure);
        Assert.Contains("sum of them by (destination, outcome)", exception.Message, StringComparison.Ordinal);
    }
}
