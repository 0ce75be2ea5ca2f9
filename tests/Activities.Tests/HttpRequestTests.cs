using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Orchestrator.Activities.Requests;
using Orchestrator.Fleet.Clock;
using Orchestrator.Infra.Http;
using Orchestrator.Infra.Notifications;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Tests;

public sealed class HttpRequestTests : IAsyncLifetime
{
    private readonly WebApplication _server;

    public HttpRequestTests()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _server = builder.Build();
        _server.Run(AnswerAsync);
    }

    public async ValueTask InitializeAsync() => await _server.StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Sends_what_it_is_given_with_the_steps_key_and_reads_json()
    {
        var result = await SendAsync(new() { Method = "POST", Url = At("echo"), Body = JsonSerializer.SerializeToElement(new { size = 3 }), Headers = Headers(("X-Team", "sre")) });

        Assert.Equal(200, result.Status);
        Assert.Equal("POST", result.Json!.Value.GetProperty("method").GetString());
        Assert.Equal("""{"size":3}""", result.Json.Value.GetProperty("body").GetString());
        Assert.Equal("sre", result.Json.Value.GetProperty("team").GetString());
        Assert.EndsWith("/call", result.Json.Value.GetProperty("idempotent").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_reaches_its_own_server_and_no_result()
    {
        var result = await SendAsync(new() { Url = At("echo"), Headers = Headers(("Authorization", "Bearer {secret:ci}")) });
        var elsewhere = await RefusedAsync(new() { Url = At("echo"), Headers = Headers(("Authorization", "{secret:other}")) });
        var unknown = await RefusedAsync(new() { Url = At("echo"), Headers = Headers(("Authorization", "{secret:nobody}")) });

        Assert.Equal("yes", result.Json!.Value.GetProperty("authorized").GetString());
        Assert.Equal("Bearer ***", result.Json.Value.GetProperty("said").GetString());
        Assert.Equal("***", result.Json.Value.GetProperty("token").GetString());
        Assert.Contains("is for ci.example.com", elsewhere.Message, StringComparison.Ordinal);
        Assert.Contains("no secret 'nobody'", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_literal_secret_is_refused_before_anything_is_sent()
    {
        var header = await RefusedAsync(new() { Url = At("echo"), Headers = Headers(("Authorization", "Bearer abc")) });
        var url = await RefusedAsync(new() { Url = At("echo?token=abc") });
        var body = await RefusedAsync(new() { Method = "POST", Url = At("echo"), Body = JsonSerializer.SerializeToElement(new { login = new { password = "abc" } }) });

        Assert.All([header, url, body], refused => Assert.Equal("bad-argument", refused.Error.Code));
        Assert.All([header, url, body], refused => Assert.DoesNotContain("abc", refused.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("status/500", true, "answers 500")]
    [InlineData("status/404", false, "answers 404")]
    [InlineData("moved", false, "points to")]
    public async Task Another_status_than_expected_fails_and_says_whether_trying_again_helps(string path, bool retryable, string says)
    {
        var refused = await RefusedAsync(new() { Url = At(path) });

        Assert.Equal(("unexpected-status", retryable), (refused.Error.Code, refused.Error.Retryable));
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expected_status_is_good_and_a_long_answer_is_cut()
    {
        var missing = await SendAsync(new() { Url = At("status/404"), Expect = [404] });
        var @long = await SendAsync(new() { Url = At("long") });

        Assert.Equal(404, missing.Status);
        Assert.True(@long.Truncated);
        Assert.Equal(RequestClient.LargestBody, @long.Text!.Length);
    }

    [Fact]
    public async Task Silence_ends_with_the_timeout_and_closed_addresses_are_not_asked()
    {
        var late = await RefusedAsync(new() { Url = At("silent"), Timeout = TimeSpan.FromMilliseconds(50) });
        var closed = await RefusedAsync(new() { Url = "http://169.254.169.254/latest" });

        Assert.Equal(("no-answer", true), (late.Error.Code, late.Error.Retryable));
        Assert.Equal(("bad-address", false), (closed.Error.Code, closed.Error.Retryable));
    }

    private static ImmutableSortedDictionary<string, string> Headers(params (string Name, string Value)[] headers) => headers.ToImmutableSortedDictionary(header => header.Name, header => header.Value);

    private static async Task AnswerAsync(HttpContext context)
    {
        switch (context.Request.Path.Value!.Trim('/').Split('/'))
        {
            case ["status", var code]:
                context.Response.StatusCode = int.Parse(code, System.Globalization.CultureInfo.InvariantCulture);
                break;
            case ["moved"]:
                context.Response.Redirect("/elsewhere");
                break;
            case ["long"]:
                await context.Response.WriteAsync(new string('x', 2 * RequestClient.LargestBody));
                break;
            case ["silent"]:
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
                break;
            default:
                using (var reader = new StreamReader(context.Request.Body))
                {
                    var said = context.Request.Headers.Authorization.ToString();
                    await context.Response.WriteAsJsonAsync(new
                    {
                        method = context.Request.Method,
                        body = await reader.ReadToEndAsync(context.RequestAborted),
                        team = context.Request.Headers["X-Team"].ToString(),
                        idempotent = context.Request.Headers["Idempotency-Key"].ToString(),
                        authorized = said == "Bearer sesame" ? "yes" : "no",
                        said,
                        token = "fresh",
                    });
                }

                break;
        }
    }

    private string At(string path) => $"{_server.Urls.First()}/{path}";

    private static async Task<HttpRequestResult> SendAsync(HttpRequestArguments arguments)
    {
        using var client = new RequestClient(new WebhookAddresses("127.0.0.0/8"), new RequestSecrets(new Dictionary<string, RequestSecret>
        {
            ["ci"] = new() { Value = "sesame", Host = "127.0.0.1" },
            ["other"] = new() { Value = "opal", Host = "ci.example.com" },
        }));
        return await new Requests.HttpRequest(client).ExecuteAsync(arguments, new FakeTask(new FakeJournal(), EnvironmentClock.StartingNow(), "call"), TestContext.Current.CancellationToken);
    }

    private static Task<ActivityFailedException> RefusedAsync(HttpRequestArguments arguments) => Assert.ThrowsAsync<ActivityFailedException>(() => SendAsync(arguments));
}
