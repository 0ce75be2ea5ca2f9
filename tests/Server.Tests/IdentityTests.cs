using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Orchestrator.Server.Tests;

public sealed class IdentityTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Somebody_signs_in_by_name_and_roles_labelled_as_claimed_and_out_again()
    {
        using var handler = new HttpClientHandler { CookieContainer = new CookieContainer() };
        using var browser = new HttpClient(handler) { BaseAddress = server.Url };

        using var before = await browser.GetAsync("/api/me");
        using var signedIn = await browser.PostAsJsonAsync("/api/session", new { name = "alice", roles = new[] { "commander", "admin" } });
        var me = await browser.GetFromJsonAsync<JsonElement>("/api/me");
        using var acted = await browser.PostAsJsonAsync("/api/runs", new { source = "runbook: a\nsteps:\n  - { id: w, wait: { for: 1s } }\n" });
        using var signedOut = await browser.DeleteAsync("/api/session");
        using var after = await browser.GetAsync("/api/me");

        Assert.Equal([HttpStatusCode.Unauthorized, HttpStatusCode.OK, HttpStatusCode.Created, HttpStatusCode.NoContent, HttpStatusCode.Unauthorized],
            [before.StatusCode, signedIn.StatusCode, acted.StatusCode, signedOut.StatusCode, after.StatusCode]);
        Assert.Equal("alice", me.GetProperty("name").GetString());
        Assert.Equal(["commander", "admin"], me.GetProperty("roles").EnumerateArray().Select(role => role.GetString()));
        Assert.Equal("claimed", me.GetProperty("identity").GetString());
        Assert.Equal("claimed", Assert.Single(signedIn.Headers.GetValues("X-Orchestrator-Identity")));
        Assert.All(signedIn.Headers.GetValues("Set-Cookie"), cookie => Assert.Matches("(?i)httponly.*samesite=strict|samesite=strict.*httponly", cookie));
    }

    [Fact]
    public async Task A_page_on_another_local_port_cannot_act_with_the_cookie()
    {
        using var handler = new HttpClientHandler { UseCookies = false };
        using var browser = new HttpClient(handler) { BaseAddress = server.Url };
        using var signedIn = await browser.PostAsJsonAsync("/api/session", new { name = "alice" });
        var cookie = signedIn.Headers.GetValues("Set-Cookie").Single().Split(';')[0];

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server.Url.GetLeftPart(UriPartial.Authority)));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("http://127.0.0.1:1"));

        async Task<HttpStatusCode> StatusAsync(string origin)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/me");
            request.Headers.Add("Cookie", cookie);
            request.Headers.Add("Origin", origin);
            using var answer = await browser.SendAsync(request);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task A_browser_asks_who_uses_it_without_an_error_when_nobody_does()
    {
        using var handler = new HttpClientHandler { CookieContainer = new CookieContainer() };
        using var browser = new HttpClient(handler) { BaseAddress = server.Url };

        var nobody = await browser.GetFromJsonAsync<JsonElement>("/api/session");
        using var signedIn = await browser.PostAsJsonAsync("/api/session", new { name = "王芳", roles = new[] { "commander" } });
        var somebody = await browser.GetFromJsonAsync<JsonElement>("/api/session");

        Assert.Equal(JsonValueKind.Null, nobody.GetProperty("person").ValueKind);
        Assert.Equal("claimed", nobody.GetProperty("signIn").GetString());
        Assert.Equal("王芳", somebody.GetProperty("person").GetProperty("name").GetString());
        Assert.Equal("commander", Assert.Single(somebody.GetProperty("person").GetProperty("roles").EnumerateArray()).GetString());
    }

    [Theory]
    [InlineData("", "commander")]
    [InlineData("a:b", "commander")]
    [InlineData("alice", "a,b")]
    public async Task A_name_that_is_none_is_refused(string name, string role)
    {
        using var answer = await server.Client.PostAsJsonAsync("/api/session", new { name, roles = new[] { role } });

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task The_roles_that_runbooks_ask_are_known()
    {
        var roles = (await server.Client.GetFromJsonAsync<JsonElement>("/api/roles")).GetProperty("items").EnumerateArray().ToDictionary(role => role.GetProperty("role").GetString()!);

        Assert.Contains("double-11", roles["commander"].GetProperty("runbooks").EnumerateArray().Select(name => name.GetString()));
        Assert.Contains("alice", roles["commander"].GetProperty("people").EnumerateArray().Select(name => name.GetString()));
    }
}
