using System.Globalization;
using Microsoft.AspNetCore.Http;
using Orchestrator.Infra.Metrics;

namespace Orchestrator.Infra.Tests.Metrics;

public sealed class PrometheusMetricsTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_vector_is_a_value_for_each_series()
    {
        await using var rig = await Rig.PrometheusAsync(Vector("""{"metric":{"__name__":"up","job":"a"},"value":[NOW,"1"]},{"metric":{"job":"b"},"value":[NOW,"0.5"]}""", warnings: "\"a shard is away\""));

        var answer = await rig.Metrics.QueryAsync("up", null, Stop);

        Assert.Equal([1, 0.5], answer.Samples.Select(sample => sample.Value));
        Assert.Equal("b", answer.Samples[1].Labels["job"]);
        Assert.Equal(["a shard is away"], answer.Warnings);
    }

    [Fact]
    public async Task A_scalar_has_no_labels()
    {
        await using var rig = await Rig.PrometheusAsync(Now("""{"status":"success","data":{"resultType":"scalar","result":[NOW,"42"]}}"""));

        Assert.Equal(42, Assert.Single((await rig.Metrics.QueryAsync("42", null, Stop)).Samples).Value);
    }

    [Fact]
    public async Task No_series_is_no_sample_and_what_is_no_number_is_left_out_and_told()
    {
        await using var none = await Rig.PrometheusAsync(Vector(""));
        await using var odd = await Rig.PrometheusAsync(Vector("""{"metric":{"job":"a"},"value":[NOW,"NaN"]},{"metric":{"job":"b"},"value":[NOW,"+Inf"]}"""));

        Assert.Empty((await none.Metrics.QueryAsync("up", null, Stop)).Samples);
        var answer = await odd.Metrics.QueryAsync("up", null, Stop);
        Assert.Empty(answer.Samples);
        Assert.Contains("2 series without a finite value", Assert.Single(answer.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, """{"status":"error","errorType":"bad_data","error":"1:5: parse error"}""", MetricsFailure.BadQuery, "parse error")]
    [InlineData(422, """{"status":"error","errorType":"execution","error":"many-to-many matching"}""", MetricsFailure.BadQuery, "many-to-many")]
    [InlineData(200, """{"status":"error","errorType":"timeout","error":"query timed out"}""", MetricsFailure.Failing, "query timed out")]
    [InlineData(200, """{"status":"error"}""", MetricsFailure.Failing, "does not say why")]
    [InlineData(200, "<html><body>Sign in</body></html>", MetricsFailure.NotMetrics, "<html><body>Sign in")]
    [InlineData(200, "", MetricsFailure.NotMetrics, "(nothing)")]
    [InlineData(200, "{}", MetricsFailure.NotMetrics, "not what the API promises")]
    [InlineData(200, "{", MetricsFailure.NotMetrics, "not what the API promises")]
    [InlineData(200, """{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1]}]}}""", MetricsFailure.NotMetrics, "not what the API promises")]
    [InlineData(200, """{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1e300,"1"]}]}}""", MetricsFailure.NotMetrics, "not what the API promises")]
    [InlineData(200, """{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"one"]}]}}""", MetricsFailure.NotMetrics, "'one' is no number")]
    [InlineData(200, """{"status":"success","data":{"resultType":"matrix","result":[]}}""", MetricsFailure.WrongType, "a matrix")]
    [InlineData(200, """{"status":"success","data":{"resultType":"string","result":[1,"x"]}}""", MetricsFailure.WrongType, "a string")]
    [InlineData(401, "", MetricsFailure.Refused, "TokenFile")]
    [InlineData(302, "", MetricsFailure.Refused, "redirection")]
    [InlineData(404, "404 page not found", MetricsFailure.Refused, "check the path")]
    [InlineData(502, "<html>bad gateway</html>", MetricsFailure.Failing, "502")]
    public async Task Whatever_else_it_says_is_an_error_of_its_kind(int status, string body, MetricsFailure failure, string says)
    {
        await using var rig = await Rig.PrometheusAsync(body, status);

        var error = await Assert.ThrowsAsync<MetricsException>(() => rig.Metrics.QueryAsync("rate(x)", null, Stop));

        Assert.Equal(failure, error.Failure);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_series_that_is_there_twice_is_no_answer()
    {
        await using var rig = await Rig.PrometheusAsync(Vector("""{"metric":{"job":"a"},"value":[NOW,"1"]},{"metric":{"job":"a"},"value":[NOW,"2"]}"""));

        var error = await Assert.ThrowsAsync<MetricsException>(() => rig.Metrics.QueryAsync("up", null, Stop));

        Assert.Equal(MetricsFailure.NotMetrics, error.Failure);
        Assert.Contains("{job=\"a\"} twice", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_lies_behind_is_stale_unless_that_time_was_asked_for()
    {
        await using var rig = await Rig.PrometheusAsync("""{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1395066363,"1"]}]}}""");

        Assert.Equal(MetricsFailure.Stale, (await Assert.ThrowsAsync<MetricsException>(() => rig.Metrics.QueryAsync("up", null, Stop))).Failure);
        Assert.Single((await rig.Metrics.QueryAsync("up", DateTimeOffset.FromUnixTimeSeconds(1395066363), Stop)).Samples);
    }

    [Fact]
    public async Task Silence_ends_with_the_timeout()
    {
        await using var silent = await Rig.PrometheusAsync(context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted), options => options.Timeout = TimeSpan.FromMilliseconds(100));
        await using var halting = await Rig.PrometheusAsync(
            async context =>
            {
                await context.Response.WriteAsync("{\"status\":", context.RequestAborted);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
            },
            options => options.Timeout = TimeSpan.FromMilliseconds(100));

        Assert.Equal(MetricsFailure.TimedOut, (await Assert.ThrowsAsync<MetricsException>(() => silent.Metrics.QueryAsync("up", null, Stop))).Failure);
        Assert.Equal(MetricsFailure.TimedOut, (await Assert.ThrowsAsync<MetricsException>(() => halting.Metrics.QueryAsync("up", null, Stop))).Failure);
    }

    [Fact]
    public async Task Nobody_there_is_told_so()
    {
        await using var rig = await Rig.PrometheusAsync("", with: options => options.Prometheus = new Uri("http://127.0.0.1:9/"));

        Assert.Equal(MetricsFailure.Unreachable, (await Assert.ThrowsAsync<MetricsException>(() => rig.Metrics.QueryAsync("up", null, Stop))).Failure);
    }

    [Fact]
    public async Task A_busy_server_is_asked_again()
    {
        var asked = 0;
        await using var rig = await Rig.PrometheusAsync(context => Interlocked.Increment(ref asked) < 3 ? Rig.Saying("busy", 503)(context) : Rig.Saying(Vector(""), type: "application/json")(context));

        Assert.Empty((await rig.Metrics.QueryAsync("up", null, Stop)).Samples);
        Assert.Equal(3, asked);
    }

    [Fact]
    public async Task Credentials_are_read_from_files_and_long_queries_are_posted()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "token-1\n", Stop);
        string? authorization = null;
        await using var rig = await Rig.PrometheusAsync(
            context =>
            {
                authorization = context.Request.Headers.Authorization.ToString();
                return Rig.Saying(Vector(""), type: "application/json")(context);
            },
            options => options.TokenFile = file);

        await rig.Metrics.QueryAsync("up", null, Stop);
        var first = authorization;
        await File.WriteAllTextAsync(file, "token-2\n", Stop);
        await rig.Metrics.QueryAsync(string.Join(" + ", Enumerable.Repeat("up", 500)), null, Stop);
        File.Delete(file);

        Assert.Equal(("Bearer token-1", "Bearer token-2"), (first, authorization));
        Assert.Equal(["GET", "POST"], rig.Requests.Select(request => request.Method));
        Assert.Equal(MetricsFailure.Refused, (await Assert.ThrowsAsync<MetricsException>(() => rig.Metrics.QueryAsync("up", null, Stop))).Failure);
    }

    [Fact]
    public async Task Traffic_whose_newest_sample_is_old_is_unknown_though_the_server_answers()
    {
        await using var rig = await Rig.PrometheusAsync(Answering(query =>
            query.StartsWith("max(timestamp", StringComparison.Ordinal) ? Vector($$"""{"metric":{},"value":[NOW,"{{TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 600}}"]}""")
            : Vector("""{"metric":{"envoy_cluster_name":"home"},"value":[NOW,"100"]}""")));

        var error = await Assert.ThrowsAsync<MetricsException>(() => rig.Traffic.ReadAsync(Stop));

        Assert.Equal(MetricsFailure.Stale, error.Failure);
        Assert.Contains("600 s from now", error.Message.Replace("601", "600", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_absent_is_unknown_and_not_zero()
    {
        await using var none = await Rig.PrometheusAsync(Vector(""));
        await using var some = await Rig.PrometheusAsync(Answering(query => !query.Contains("_xx", StringComparison.Ordinal) && query.StartsWith("sum by (envoy_cluster_name) (rate(envoy_cluster_upstream_rq_completed", StringComparison.Ordinal)
            ? Vector("""{"metric":{"envoy_cluster_name":"home"},"value":[NOW,"70"]},{"metric":{"envoy_cluster_name":"unit-1"},"value":[NOW,"30"]},{"metric":{"envoy_cluster_name":"unit-2"},"value":[NOW,"NaN"]}""")
            : Vector("")));

        Assert.Equal(MetricsFailure.Absent, (await Assert.ThrowsAsync<MetricsException>(() => none.Traffic.ReadAsync(Stop))).Failure);
        var reading = await some.Traffic.ReadAsync(Stop);
        Assert.Equal((100, 70, 30), (reading.Demand, reading.ByDestination["home"], reading.ByDestination["unit-1"]));
        Assert.DoesNotContain("unit-2", reading.ByDestination);
        Assert.Null(reading.P99);
        Assert.Null(reading.ErrorRate);
        Assert.Equal(["errors: there is no such series", "p99: there is no such series"], reading.Unknown);
    }

    private static RequestDelegate Answering(Func<string, string> answer) => context => Rig.Saying(answer(context.Request.Query["query"].ToString()), type: "application/json")(context);

    private static string Vector(string series, string warnings = "") =>
        Now($$$"""{"status":"success","warnings":[{{{warnings}}}],"data":{"resultType":"vector","result":[{{{series}}}]}}""");

    private static string Now(string body) => body.Replace("NOW", TimeProvider.System.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
}
