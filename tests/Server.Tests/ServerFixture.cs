using System.Net.Http.Json;
using System.Text.Json;

namespace Orchestrator.Server.Tests;

/// <summary>One server for the tests of a class, over real HTTP, on a cloud without delays.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    private readonly Folder _folder = new();
    private Running? _server;

    public HttpClient Client { get; private set; } = null!;

    public Uri Url { get; private set; } = null!;

    internal string Folder => _folder.Path;

    public async ValueTask InitializeAsync()
    {
        _server = Binary.Start(
            _folder.Path,
            new Dictionary<string, string> { ["ORCHESTRATOR_Simulation__Delays"] = "0" },
            "serve", "--data", "data", "--port", "0", "--ask");
        Url = await _server.WhenReadyAsync();
        Client = As("carol:operator,engineer,admin");
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server!.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>A client that says it is this person.</summary>
    public HttpClient As(string person)
    {
        var client = new HttpClient { BaseAddress = Url };
        client.DefaultRequestHeaders.Add("X-Orchestrator-User", person);
        return client;
    }

    /// <summary>Starts a run of this source and gives its id.</summary>
    public async Task<string> StartAsync(string source, object? inputs = null)
    {
        using var answer = await Client.PostAsJsonAsync("/api/runs", new { source, inputs });
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(answer.IsSuccessStatusCode, body.GetRawText());
        return body.GetProperty("id").GetString()!;
    }

    public async Task CancelAsync(string run)
    {
        using var answer = await Client.PostAsJsonAsync($"/api/runs/{run}/cancel", new { reason = "no more of it" });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Asks again until it is so; the machine may be busy.</summary>
    public static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var waitLimit = new CancellationTokenSource(TimeSpan.FromMinutes(3), TimeProvider.System);
        while (!await holds())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System, waitLimit.Token);
        }
    }

    /// <summary>Reads the run's stream until an event of this kind is in it.</summary>
    public async Task UntilAsync(string run, string kind)
    {
        await foreach (var item in StreamReader.ReadAsync(Client, $"/api/runs/{run}/stream", after: 0))
        {
            if (item.Data.Contains($"\"{kind}\"", StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail($"the stream ended before {kind}");
    }
}
