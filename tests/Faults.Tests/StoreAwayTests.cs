using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Orchestrator.Faults.Tests.Rig;
using Orchestrator.Server.Tests;
using Orchestrator.Servers;
using StreamReader = Orchestrator.Server.Tests.StreamReader;

namespace Orchestrator.Faults.Tests;

/// <summary>While PostgreSQL is away the API says so instead of letting people wait, and what is open heals by itself.</summary>
public sealed partial class StoreAwayTests
{
    private static readonly TimeSpan WaitLimit = TimeSpan.FromMinutes(3);

    /// <summary>What a server can say without its store.</summary>
    private static readonly string[] NeedNoStore =
    [
        "DELETE /api/session", "GET /api/access", "GET /api/activities", "GET /api/activities/{name}", "GET /api/bus", "GET /api/bus/dead-letters", "GET /api/me", "GET /api/servers", "GET /api/session",
        "POST /api/bus/dead-letters/replay", "POST /api/session",
    ];

    private const string Waiting = """
        runbook: waiting
        steps:
          - id: word
            wait: { signal: go, timeout: 10h }
        """;

    [Fact]
    public async Task Every_address_that_needs_the_store_says_that_it_is_away_and_streams_go_on_when_it_is_back()
    {
        Assert.SkipUnless(ServerAvailability.HasPostgres, ServerAvailability.WhyNoPostgres);
        await using var postgres = await PostgresServer.StartAsync();
        await using var harness = await FaultHarness.StartAsync();
        var server = await harness.AddAsync("server", "--store", await postgres.CreateDatabaseAsync());
        await server.StartAsync();
        using var client = Client(server);
        var run = await StartAsync(client);
        await using var stream = StreamReader.ReadAsync(client, $"/api/runs/{run}/stream").GetAsyncEnumerator();
        Assert.True(await stream.MoveNextAsync());
        Assert.Equal("snapshot", stream.Current.Type);
        var addresses = await AddressesAsync(client);

        await postgres.StopAsync();
        await Load.WhenNotReadyAsync(server, WaitLimit);
        await WhenUnreachableAsync(client);
        List<string> answered = [];
        foreach (var address in addresses)
        {
            var (status, retryAfter, diagnostic) = await AskAsync(client, address);
            if (status != HttpStatusCode.ServiceUnavailable)
            {
                answered.Add(address);
                continue;
            }

            var said = $"{address}: {diagnostic}";
            Assert.True(diagnostic?["type"]?.GetValue<string>() == "urn:orchestrator:problem:store-away", said);
            Assert.True(retryAfter is not null, said);
            Assert.True(diagnostic!["since"] is not null, said);
            Assert.Contains($"127.0.0.1:{postgres.Port} cannot be reached", said, StringComparison.Ordinal);
            Assert.Contains("start it, or correct Host and Port", said, StringComparison.Ordinal);
        }

        Assert.Equal(NeedNoStore, answered.Order(StringComparer.Ordinal));
        var command = await Binary.RunAsync(harness.Folder, "runs", "list", "--server", server.Address!.ToString());
        await postgres.StartAsync();
        await Load.WhenReadyAsync(server, WaitLimit);
        using var signal = await client.PostAsJsonAsync($"/api/runs/{run}/signals/go", new JsonObject());

        Assert.Equal(4, command.ExitCode);
        Assert.Matches(OneSentence(), command.Error);
        Assert.Empty(command.Output);
        Assert.True(signal.IsSuccessStatusCode, await signal.Content.ReadAsStringAsync());
        var ended = false;
        while (!ended && await stream.MoveNextAsync()) ended = stream.Current.Data.Contains("\"run-ended\"", StringComparison.Ordinal);
        Assert.True(ended);
    }

    /// <summary>Nobody tells: neither a refusal nor the end of a connection.</summary>
    [Fact]
    public async Task What_is_asked_of_a_store_that_falls_silent_is_answered_too()
    {
        Assert.SkipUnless(ServerAvailability.HasPostgres, ServerAvailability.WhyNoPostgres);
        await using var postgres = await PostgresServer.StartAsync();
        await using var between = TcpProxy.Start(postgres.Port);
        await using var harness = await FaultHarness.StartAsync();
        var server = await harness.AddAsync("server", "--store", postgres.ConnectionString(await postgres.CreateDatabaseNamedAsync(), port: between.Port));
        await server.StartAsync();
        using var client = Client(server);
        var run = await StartAsync(client);

        between.Cut(LinkCut.BlackHole);
        var asked = await Task.WhenAll(
            AskAsync(client, "GET /api/runs"), AskAsync(client, "GET /api/wall"), AskAsync(client, $"POST /api/runs/{run}/pause"), AskAsync(client, "GET /api/stream"),
            AskAsync(client, "POST /api/runs", new JsonObject { ["source"] = Waiting.Replace("10h", "9h", StringComparison.Ordinal) }),
            AskAsync(client, "POST /api/approvals/delegations", new JsonObject { ["to"] = "bob", ["roles"] = new JsonArray("commander"), ["until"] = "2026-11-15T00:00:00Z", ["reason"] = "away" }));
        between.Heal();
        await Load.WhenReadyAsync(server, WaitLimit);

        Assert.All(asked, answer => Assert.True(
            answer is (HttpStatusCode.ServiceUnavailable, not null, { } diagnostic) && diagnostic["type"]!.GetValue<string>() == "urn:orchestrator:problem:store-away", answer.ToString()));
        Assert.Contains(asked, answer => answer.Diagnostic!["detail"]!.GetValue<string>().Contains("whether this was done is not known", StringComparison.Ordinal));
        var (status, _, shown) = await AskAsync(client, $"GET /api/runs/{run}");
        Assert.True(status == HttpStatusCode.OK, shown?.ToString());
    }

    /// <summary>At first it may be told of the server's own last words, as it stopped.</summary>
    private static async Task WhenUnreachableAsync(HttpClient client)
    {
        using var limit = new CancellationTokenSource(WaitLimit, TimeProvider.System);
        while ((await AskAsync(client, "GET /api/runs")).Diagnostic?["detail"]?.GetValue<string>().Contains("cannot be reached", StringComparison.Ordinal) != true)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, limit.Token);
        }
    }

    private static HttpClient Client(ServerUnderTest server)
    {
        // Long enough for a loaded machine; a request that nobody answers fails by it.
        var client = new HttpClient { BaseAddress = server.Address, Timeout = WaitLimit };
        client.DefaultRequestHeaders.Add("X-Orchestrator-User", "carol:commander,operator,engineer,admin");
        return client;
    }

    private static async Task<string> StartAsync(HttpClient client)
    {
        using var answer = await client.PostAsJsonAsync("/api/runs", new JsonObject { ["source"] = Waiting });
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!["id"]!.GetValue<string>();
    }

    /// <summary>Every method and path that the API describes.</summary>
    private static async Task<IReadOnlyList<string>> AddressesAsync(HttpClient client)
    {
        var described = JsonNode.Parse(await client.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)))!;
        var addresses = described["paths"]!.AsObject().Where(path => path.Key.StartsWith("/api/", StringComparison.Ordinal))
            .SelectMany(path => path.Value!.AsObject().Select(method => $"{method.Key.ToUpperInvariant()} {path.Key}")).ToList();
        Assert.True(addresses.Count > 60, string.Join('\n', addresses));
        return addresses;
    }

    private static async Task<(HttpStatusCode Status, string? RetryAfter, JsonNode? Diagnostic)> AskAsync(HttpClient client, string address, JsonObject? body = null)
    {
        var (method, path) = address.Split(' ') is [var first, var second] ? (new HttpMethod(first), second) : throw new ArgumentException(address, nameof(address));
        path = Parameter().Replace(path, Guid.CreateVersion7().ToString());
        using var request = new HttpRequestMessage(method, path) { Content = method == HttpMethod.Get ? null : JsonContent.Create(body ?? []) };
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var diagnostic = answer.Content.Headers.ContentType?.MediaType == "application/problem+json" ? JsonNode.Parse(await answer.Content.ReadAsStringAsync()) : null;
        return (answer.StatusCode, answer.Headers.RetryAfter?.ToString(), diagnostic);
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"\Aorchestrator: [^\n]+ cannot be reached [^\n]+; away since \d\d:\d\d:\d\d UTC, [^\n]+\n\z")]
    private static partial Regex OneSentence();
}
