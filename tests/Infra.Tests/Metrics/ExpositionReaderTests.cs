using CsCheck;
using Orchestrator.Infra.Metrics.Scraping;

namespace Orchestrator.Infra.Tests.Metrics;

public sealed class ExpositionReaderTests
{
    private const int Most = 1_000;

    [Fact]
    public void Reads_what_the_text_format_promises()
    {
        var page = Text("""
            # HELP http_requests_total The total number of HTTP requests.
            # TYPE http_requests_total counter
            http_requests_total{method="post",code="200"} 1027 1395066363000
            http_requests_total{method="post",code="400"}    3 1395066363000

            # Escapes, blanks, and a comma at the end:
             msdos_file_access_time_seconds{ path = "C:\\DIR\\FILE.TXT" , error="Cannot find file:\n\"FILE.TXT\"", } 1.458255915e9
            metric_without_timestamp_and_labels 12.47
            something_weird{problem="division by zero"} +Inf -3982045
            # TYPE rpc_duration histogram
            rpc_duration_bucket{le="0.05"} 24054
            rpc_duration_bucket{le="+Inf"} 144320
            rpc_duration_sum 53423
            rpc_duration_count 144320
            nothing NaN
            """);

        Assert.Equal(10, page.Series);
        Assert.Equal("counter", page.Types["http_requests_total"]);
        var bad = Assert.Single(page.ByName["http_requests_total"], one => one.Key["code"] == "400").Value;
        Assert.Equal((3, DateTimeOffset.FromUnixTimeMilliseconds(1395066363000)), (bad.Value, bad.At));
        var file = Assert.Single(page.ByName["msdos_file_access_time_seconds"]);
        Assert.Equal(("C:\\DIR\\FILE.TXT", "Cannot find file:\n\"FILE.TXT\"", 1.458255915e9), (file.Key["path"], file.Key["error"], file.Value.Value));
        Assert.Equal(double.PositiveInfinity, Assert.Single(page.ByName["something_weird"]).Value.Value);
        Assert.True(double.IsNaN(Assert.Single(page.ByName["nothing"]).Value.Value));
        Assert.True(page.BeginsAtZero("rpc_duration_bucket"));
        Assert.False(page.BeginsAtZero("metric_without_timestamp_and_labels"));
    }

    [Fact]
    public void Reads_what_OpenMetrics_promises()
    {
        var page = ExpositionReader.Read("""
            # TYPE acme_http_router_request_seconds summary
            # UNIT acme_http_router_request_seconds seconds
            # HELP acme_http_router_request_seconds Latency though all of ACME's HTTP request router.
            acme_http_router_request_seconds_sum{path="/api/v1",method="GET"} 9036.32
            acme_http_router_request_seconds_count{path="/api/v1",method="GET"} 807283.0 1395066363.000
            # TYPE foo histogram
            foo_bucket{le="0.1"} 8 # {} 0.054
            foo_bucket{le="1.0"} 11 # {trace_id="KOO5S4vxi0o"} 0.67
            foo_bucket{le="+Inf"} 17 1520879607.789 # {trace_id="oHg5SJ#YRHA0"} 9.8 1520879607.789
            # EOF
            """, ExpositionFormat.OpenMetrics, Most);

        Assert.Equal(5, page.Series);
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1520879607789), page.NewestAt);
        Assert.Equal([8, 11, 17], page.ByName["foo_bucket"].Values.Select(sample => sample.Value));
    }

    [Theory]
    [InlineData("<!DOCTYPE html><html>", 1, "HTML")]
    [InlineData("a 1\nb{x=\"1\" y=\"2\"} 1", 2, "',' or '}'")]
    [InlineData("a{x=\"1} 1", 1, "'\"'")]
    [InlineData("a", 1, "a value is missing")]
    [InlineData("a one", 1, "'one' is not a value")]
    [InlineData("a 0x1p3", 1, "is not a value")]
    [InlineData("a 1 soon", 1, "'soon' is not a time")]
    [InlineData("a 1 99999999999999999", 1, "is not a time")]
    [InlineData("a 1 2 3", 1, "nothing is expected")]
    [InlineData("a 1\na 2", 2, "is there twice")]
    [InlineData("a{x=\"1\",x=\"2\"} 1", 1, "the label x is there twice")]
    [InlineData("1a 1", 1, "a metric's name is expected")]
    [InlineData("# TYPE a", 1, "# TYPE name type")]
    [InlineData("{\"status\":\"success\"}", 1, "a metric's name is expected")]
    public void Says_where_and_why_it_cannot_read(string text, int line, string reason)
    {
        var wrong = Assert.Throws<ExpositionException>(() => Text(text));

        Assert.Equal(line, wrong.Line);
        Assert.Contains(reason, wrong.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a 1\n", "cut off")]
    [InlineData("a 1\n# EOF\nb 2\n", "after # EOF")]
    [InlineData("a 1 1395066363.000 2\n# EOF", "nothing is expected")]
    public void OpenMetrics_has_an_end(string text, string reason) =>
        Assert.Contains(reason, Assert.Throws<ExpositionException>(() => ExpositionReader.Read(text, ExpositionFormat.OpenMetrics, Most)).Reason, StringComparison.Ordinal);

    [Fact]
    public void Takes_in_no_more_series_than_it_may_and_no_longer_line()
    {
        var many = string.Join('\n', Enumerable.Range(0, 11).Select(index => $"a{{x=\"{index}\"}} 1"));

        Assert.Equal(10, ExpositionReader.Read(many[..many.LastIndexOf('\n')], ExpositionFormat.Text, 10).Series);
        Assert.Contains("more than 10 series", Assert.Throws<ExpositionException>(() => ExpositionReader.Read(many, ExpositionFormat.Text, 10)).Reason, StringComparison.Ordinal);
        Assert.Contains("longer than", Assert.Throws<ExpositionException>(() => Text($"a{{x=\"{new string('x', ExpositionReader.LongestLine)}\"}} 1")).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_the_text_it_is_read_or_refused() =>
        Gen.Select(Pieces.Array[0, 30], Gen.Bool).Sample((pieces, open) => ReadOrRefuse(string.Concat(pieces), open), iter: 20_000);

    [Fact]
    public void Whatever_the_letters_they_are_read_or_refused() =>
        Gen.Select(Gen.String, Gen.Bool).Sample((text, open) => ReadOrRefuse(text, open), iter: 20_000);

    [Fact]
    public void A_page_with_a_few_letters_changed_is_read_or_refused() =>
        Gen.Select(Gen.Int[0, Sound.Length - 1], Gen.Char, Gen.Int[0, Sound.Length - 1], Gen.Bool).Sample(
            (where, letter, end, open) => ReadOrRefuse(Sound[..where] + letter + Sound[(where + 1)..Math.Max(where + 1, end)], open), iter: 20_000);

    [Fact]
    public void What_is_written_is_read_again() =>
        Gen.Select(Gen.Char.Array[0, 12], Gen.Double, Gen.Long[0, 253402300799999]).Sample((letters, value, at) =>
        {
            var label = new string(letters);
            var escaped = label.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
            var page = Text(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"m{{l=\"{escaped}\"}} {(double.IsNaN(value) ? "NaN" : double.IsInfinity(value) ? value > 0 ? "+Inf" : "-Inf" : value.ToString("R", System.Globalization.CultureInfo.InvariantCulture))} {at}"));

            var (labels, sample) = Assert.Single(page.ByName["m"]);
            Assert.Equal(label, labels["l"]);
            Assert.Equal((value, DateTimeOffset.FromUnixTimeMilliseconds(at)), (sample.Value, sample.At));
        });

    private const string Sound = "# HELP a b\n# TYPE a counter\na{b=\"c\\\\\",d=\"\\n\"} 1.5e3 1395066363000\na_total 7 # {x=\"y\"} 1 2\n# EOF\n";

    private static Gen<string> Pieces { get; } = OneOf(["# ", "TYPE ", "HELP ", "UNIT ", "EOF", "a", "a_bucket", "{", "}", "le=", "\"", "\\", "\\n", ",", "=", " ", "\t", "\n", "\r\n", "1", "-1", "+Inf", "NaN", "1e400", "1395066363000", "9e18", ".", "<html>", "é", "\0", "\ud800", "# {}"]);

    private static Gen<string> OneOf(string[] pieces) => Gen.Int[0, pieces.Length - 1].Select(index => pieces[index]);

    private static ExpositionPage Text(string text) => ExpositionReader.Read(text, ExpositionFormat.Text, Most);

    private static void ReadOrRefuse(string text, bool open)
    {
        try
        {
            ExpositionReader.Read(text, open ? ExpositionFormat.OpenMetrics : ExpositionFormat.Text, 5);
        }
        catch (ExpositionException refused)
        {
            Assert.True(refused.Line > 0 && refused.Reason.Length > 0);
        }
    }
}
