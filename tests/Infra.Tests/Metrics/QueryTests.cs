using CsCheck;
using Orchestrator.Infra.Metrics.Querying;
using Orchestrator.Infra.Metrics.Scraping;

namespace Orchestrator.Infra.Tests.Metrics;

public sealed class QueryTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 10, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_rate_is_of_the_samples_own_times()
    {
        var scrapes = Scrapes(("requests_total{to=\"home\"} 100 1000", 0), ("requests_total{to=\"home\"} 700 61000", 1));

        Assert.Equal([10], Values("rate(requests_total[5m])", scrapes, DateTimeOffset.UnixEpoch.AddSeconds(61)));
    }

    [Fact]
    public void A_counter_that_fell_began_again_at_zero()
    {
        var scrapes = Scrapes(("a 100", 0), ("a 160", 10), ("a 40", 20), ("a 60", 30));

        Assert.Equal([4], Values("rate(a[1m])", scrapes));
        Assert.Equal([240], Values("increase(a[1m])", scrapes));
        Assert.Equal([2], Values("irate(a[1m])", scrapes));
    }

    [Fact]
    public void Samples_before_the_range_count_only_where_there_are_no_two_within()
    {
        var scrapes = Scrapes(("a 0", 0), ("a 1000", 60), ("a 1010", 70));

        Assert.Equal([1], Values("rate(a[15s])", scrapes));
        Assert.Equal([1], Values("rate(a[1s])", scrapes));
        Assert.Equal([1010 / 70.0], Values("rate(a[2m])", scrapes));
    }

    [Fact]
    public void A_series_with_one_sample_has_no_rate()
    {
        Assert.Empty(Values("rate(a[1m])", Scrapes(("a 5", 0))));
        Assert.Empty(Values("rate(a[1m])", Scrapes(("a 5 1000", 0), ("a 5 1000", 10)), DateTimeOffset.UnixEpoch.AddSeconds(1)));
    }

    [Fact]
    public void A_counter_that_was_not_there_began_at_zero_and_what_has_no_type_did_not()
    {
        var scrapes = Scrapes(("other 1", 0), ("other 1\n# TYPE a counter\na 50\nb 50", 10));

        Assert.Equal([5], Values("rate(a[1m])", scrapes));
        Assert.Empty(Values("rate(b[1m])", scrapes));
        Assert.Empty(Values("delta(a[1m])", scrapes));
        Assert.Equal([5], Values("rate(a[1m])", Scrapes(("other 1", 0), ("other 1\n# TYPE a unknown\na 50", 10))));
        Assert.Empty(Values("rate(a[1m])", Scrapes(("other 1", 0), ("other 1\n# TYPE a gauge\na 50", 10))));
    }

    [Fact]
    public void An_old_sample_is_none()
    {
        var scrapes = Scrapes(("a 5 1000", 0));
        var evaluator = new Evaluator([scrapes], Start, TimeSpan.FromMinutes(2));

        Assert.Empty(evaluator.Evaluate(QueryReader.Read("a")).Vector);
        Assert.Contains("counts as none", Assert.Single(evaluator.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_series_that_is_gone_from_the_last_scrape_is_gone() =>
        Assert.Empty(Values("a", Scrapes(("a 5", 0), ("b 5", 10))));

    [Fact]
    public void A_quantile_is_drawn_straight_through_its_bucket()
    {
        var scrapes = Scrapes(("a_bucket{le=\"50\"} 90\na_bucket{le=\"100\"} 100\na_bucket{le=\"+Inf\"} 100", 0));

        Assert.Equal([95.0], Values("histogram_quantile(0.99, a_bucket)", scrapes));
        Assert.Equal([25.0], Values("histogram_quantile(0.45, a_bucket)", scrapes));
        // What lies above every bound is said to be at the highest.
        Assert.Equal([50.0], Values("histogram_quantile(0.99, b_bucket)", Scrapes(("b_bucket{le=\"50\"} 1\nb_bucket{le=\"+Inf\"} 100", 0))));
        Assert.True(double.IsNaN(Values("histogram_quantile(0.99, c_bucket)", Scrapes(("c_bucket{le=\"50\"} 0\nc_bucket{le=\"+Inf\"} 0", 0))).Single()));
        Assert.True(double.IsNaN(Values("histogram_quantile(0.99, d_bucket)", Scrapes(("d_bucket{le=\"50\"} 1\nd_bucket{le=\"60\"} 5", 0))).Single()));
    }

    [Theory]
    [InlineData("sum(a)", "9")]
    [InlineData("sum by (z) (a)", "3,6")]
    [InlineData("sum(a) by (z)", "3,6")]
    [InlineData("sum without (x, instance) (a)", "3,6")]
    [InlineData("max(a)", "6")]
    [InlineData("min(a)", "1")]
    [InlineData("avg(a)", "3")]
    [InlineData("count(a)", "3")]
    [InlineData("a > 1", "2,6")]
    [InlineData("1 < a", "2,6")]
    [InlineData("a > bool 1", "0,1,1")]
    [InlineData("a{x=\"1\"} or a{x=\"2\"}", "1,2")]
    [InlineData("a and a{x=~\"1|3\"}", "1,6")]
    [InlineData("a unless a{x!=\"2\"}", "2")]
    [InlineData("a{x!~\"1|3\"}", "2")]
    [InlineData("a / a * 100 - 1", "99,99,99")]
    [InlineData("2 + 3 * 4", "14")]
    [InlineData("(2 + 3) * -4", "-20")]
    [InlineData("- a % 4", "-2,-2,-1")]
    [InlineData("{__name__=\"a\",x=\"3\"}", "6")]
    [InlineData("clamp_max(a, 2)", "1,2,2")]
    [InlineData("absent_metric", "")]
    [InlineData("sum(absent_metric)", "")]
    [InlineData("timestamp(a{x='1'}) - time()", "0")]
    public void Answers_as_PromQL_does(string query, string expected)
    {
        var scrapes = Scrapes(("a{x=\"1\",z=\"u\"} 1\na{x=\"2\",z=\"u\"} 2\na{x=\"3\",z=\"v\"} 6", 0));

        Assert.Equal(expected, string.Join(',', Values(query, scrapes)));
    }

    [Theory]
    [InlineData("rat(a[1m])", 1, "there is no function 'rat' for scraped endpoints")]
    [InlineData("rate(a)", 6, "takes a series with a range")]
    [InlineData("a[1m]", 1, "a range is not a value")]
    [InlineData("sum(a", 6, "')' is expected, here the query ends")]
    [InlineData("a offset 5m", 3, "needs a Prometheus server")]
    [InlineData("a * on (x) b", 5, "needs a Prometheus server")]
    [InlineData("a{x=~\"(\"}", 6, "is not a regular expression")]
    [InlineData("a{x=\"1\"", 8, "'}' is expected")]
    [InlineData("a[5]", 4, "unit is expected")]
    [InlineData("", 1, "ends too soon")]
    [InlineData("a b", 3, "is not expected")]
    [InlineData("{x=\"1\"}", 1, "needs a metric's name")]
    [InlineData("sum(1)", 5, "takes series, not a number")]
    [InlineData("1 < 2", 3, "needs 'bool'")]
    public void Says_where_and_why_it_cannot_answer(string query, int column, string reason)
    {
        var wrong = Assert.Throws<QueryException>(() => Values(query, Scrapes(("a{x=\"1\"} 1\nb{x=\"1\"} 1", 0))).ToArray());

        Assert.Contains(reason, wrong.Reason, StringComparison.Ordinal);
        Assert.Equal(column, wrong.Column);
    }

    [Theory]
    [InlineData("(")]
    [InlineData("-")]
    [InlineData("sum(")]
    [InlineData("1+")]
    public void Depth_is_bounded(string piece) =>
        Assert.Contains("deep", Assert.Throws<QueryException>(() => QueryReader.Read(string.Concat(Enumerable.Repeat(piece, 2_000)) + "1")).Reason, StringComparison.Ordinal);

    [Fact]
    public void Whatever_the_query_it_is_answered_or_refused()
    {
        var scrapes = Scrapes(("# TYPE a counter\na{x=\"1\",le=\"1\"} 1\na{x=\"1\",le=\"+Inf\"} NaN", 0), ("a{x=\"1\",le=\"1\"} 2\na{x=\"1\",le=\"+Inf\"} 0", 10));
        Gen.Int[0, Pieces.Length - 1].Select(index => Pieces[index])
            .Array[0, 14].Sample(
                pieces =>
                {
                    try
                    {
                        _ = Values(string.Concat(pieces), scrapes).ToArray();
                    }
                    catch (QueryException refused)
                    {
                        Assert.True(refused.Column > 0 && refused.Reason.Length > 0);
                    }
                },
                iter: 50_000);
    }

    private static readonly string[] Pieces =
    [
        "a", "sum", "rate", "histogram_quantile", "timestamp", "by", "without", "(", ")", "[", "]", "{", "}", "1m", "5", "0.99", ",", "x", "=", "=~", "\"1\"", "\"(\"", "+", "-", "/", "%", "or", "unless", ">", "==", "bool", " ", "\\", "'", "\0", "é", "1e999", "time",
    ];

    private static SeriesHistory Scrapes(params (string Text, int Second)[] scrapes) => new(
        "gateway:80", [.. scrapes.Select(scrape => new Scrape(ExpositionReader.Read(scrape.Text, ExpositionFormat.Text, 1_000), Start.AddSeconds(scrape.Second), scrape.Second))]);

    /// <summary>The values, sorted; of the time of the last scrape.</summary>
    private static IEnumerable<double> Values(string query, SeriesHistory scrapes, DateTimeOffset? now = null)
    {
        var result = new Evaluator([scrapes], now ?? scrapes.Scrapes[^1].At, TimeSpan.FromMinutes(2)).Evaluate(QueryReader.Read(query));
        return result.Scalar is { } scalar ? [scalar] : result.Vector.Select(one => one.Point.Value).Order();
    }
}
