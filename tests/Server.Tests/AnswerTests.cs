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

    [Theory]
    [InlineData("/api/runs?limit=many", "limit must be a whole number, not 'many'.")]
    [InlineData("/api/runs?limit=99999999999", "limit must be a whole number")]
    [InlineData("/api/runs?open=perhaps", "open must be true or false, not 'perhaps'.")]
    [InlineData("/api/runs?root=mine", "root must be an id as lists show it, not 'mine'.")]
    [InlineData("/api/runs?status=odd", "'odd' is no status of a run")]
    [InlineData("/api/runs?lane=odd", "'odd' is no lane")]
    [InlineData("/api/runs?cursor=odd", "cursor")]
    [InlineData("/api/audit?from=yesterday", "from must be a time in ISO 8601")]
    [InlineData("/api/audit?run=mine", "run must be an id")]
    [InlineData("/api/inspections?passed=1", "passed must be true or false, not '1'.")]
    [InlineData("/api/schedules?next=x", "next must be a whole number, not 'x'.")]
    [InlineData("/api/schedules/calendar?from=a&to=b", "from must be a time")]
    [InlineData("/api/approvals/01a1c4f2-23c8-71b8-9792-05d85208a3f7", "This address needs path in its query")]
    [InlineData("/api/stream?after=x", "'x' is no journal position")]
    public async Task A_query_parameter_of_a_wrong_type_is_refused_by_its_name(string address, string words)
    {
        using var answer = await server.Client.GetAsync(address);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(words, System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
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
