using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Orchestrator.Server.Tests;

public sealed class AnswerTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Theory]
    [InlineData("/api/runs")]
    [InlineData("/api/runs/nothing")]
    [InlineData("/health/ready")]
    [InlineData("/metrics")]
    public async Task An_answer_is_to_be_taken_for_what_it_says_and_not_kept(string address)
    {
        using var answer = await server.Client.GetAsync(address);

        Assert.Equal(["nosniff"], answer.Headers.GetValues("X-Content-Type-Options"));
        Assert.True(answer.Headers.CacheControl!.NoStore);
    }

    [Fact]
    public async Task A_charset_that_nobody_knows_is_refused()
    {
        using var body = new ByteArrayContent(Encoding.UTF8.GetBytes("{}"));
        body.Headers.ContentType = MediaTypeHeaderValue.Parse("application/json; charset=nope");

        using var answer = await server.Client.PostAsync("/api/runbooks/validate", body);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        Assert.Contains("UTF-8", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
