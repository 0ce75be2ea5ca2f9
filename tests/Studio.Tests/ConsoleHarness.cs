using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Orchestrator.Server.Tests;
using Orchestrator.Studio.Tests;

[assembly: AssemblyFixture(typeof(Chromium))]
[assembly: AssemblyFixture(typeof(SharedEnvironment))]

namespace Orchestrator.Studio.Tests;

/// <summary>The night of all tests that do not mind what others do in it; one that moves clusters or watches the time has its own.</summary>
public sealed class SharedEnvironment : ConsoleHarness;

/// <summary>A real server on the simulated cloud, with runbooks of these tests beside those that ship.</summary>
public class ConsoleHarness : IAsyncLifetime
{
    /// <summary>Seconds of the night in a second of the wall.</summary>
    protected virtual int Speed => 60;

    private readonly Folder _folder = new();
    private Running? _server;

    public HttpClient Client { get; private set; } = null!;

    public Uri Url { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync()
    {
        if (Chromium.Missing is not null)
        {
            return;
        }

        var shipped = Path.Combine(Binary.Repository, "Runbooks");
        foreach (var file in Directory.EnumerateFiles(shipped, "*.yaml", SearchOption.AllDirectories))
        {
            _folder.Write(Path.Combine("runbooks", Path.GetRelativePath(shipped, file)), File.ReadAllText(file));
        }

        foreach (var (name, text) in TestRunbooks.All)
        {
            _folder.Write($"runbooks/{name}.yaml", text);
        }

        _server = Binary.Start(
            _folder.Path,
            new Dictionary<string, string> { ["ORCHESTRATOR_Simulation__Delays"] = "0", ["ORCHESTRATOR_Server__Runbooks"] = Path.Combine(_folder.Path, "runbooks") },
            "serve", "--data", "data", "--port", "0", "--ask", "--speed", Speed.ToString(CultureInfo.InvariantCulture));
        Url = await _server.WhenReadyAsync();
        Client = new HttpClient { BaseAddress = Url };
        Client.DefaultRequestHeaders.Add("X-Orchestrator-User", "carol:operator,engineer,admin");
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _folder.Dispose();
    }

    public async Task<string> StartAsync(string runbook, object? inputs = null)
    {
        var answer = await Client.PostAsJsonAsync("/api/runs", new { runbook, inputs = inputs ?? new { } });
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
    }

    public async Task SignalAsync(string run, string signal) => (await Client.PostAsJsonAsync($"/api/runs/{run}/signals/{signal}", new { })).EnsureSuccessStatusCode();

    /// <summary>Waits until the run has that status; the machine may be busy.</summary>
    public async Task UntilAsync(string run, string status)
    {
        using var waitLimit = new CancellationTokenSource(TimeSpan.FromMinutes(6));
        while ((await Client.GetFromJsonAsync<JsonElement>($"/api/runs/{run}", waitLimit.Token)).GetProperty("run").GetProperty("status").GetString() != status)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, waitLimit.Token);
        }
    }

    public async Task ApproveAsync(string run, string path, string person)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/approvals/{run}/approve") { Content = JsonContent.Create(new { path }) };
        request.Headers.Add("X-Orchestrator-User", person);
        using var client = new HttpClient { BaseAddress = Url };
        (await client.SendAsync(request)).EnsureSuccessStatusCode();
    }
}
