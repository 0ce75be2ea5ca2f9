using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Orchestrator.Faults.Tests.Rig;

/// <summary>Runs that are started through whatever server answers, and what must be true of them in the end.</summary>
/// <param name="effects">Where the servers find the receiver; null: where it is.</param>
internal sealed class Load(IReadOnlyList<ServerUnderTest> servers, EffectsReceiver receiver, Uri? effects = null) : IAsyncDisposable
{
    /// <summary>Effects of one run of <see cref="Runbook"/>.</summary>
    public const int Effects = 6;

    /// <summary>Tasks one by one and side by side, a lock that many runs ask for, a timer.</summary>
    private const string Runbook = """
        runbook: effects
        inputs:
          url: { type: string }
          gate: { type: string }
        steps:
          - id: first
            run: notify
            with: { url: "${ inputs.url }", message: first }
          - id: many
            forEach: ${ [ 'a', 'b', 'c' ] }
            as: item
            steps:
              - id: tell
                run: notify
                with: { url: "${ inputs.url }", message: "${ item }" }
          - id: alone
            run: notify
            locks: [ "gate/${ inputs.gate }" ]
            with: { url: "${ inputs.url }", message: alone, detail: "${ inputs.gate }" }
          - id: rest
            wait: { for: 5m }
          - id: last
            run: notify
            with: { url: "${ inputs.url }", message: last }
        """;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>What else to say of runs that do not end.</summary>
    public Func<Task<string>>? More { get; init; }

    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly ConcurrentBag<Guid> _runs = [];
    private Task _starting = Task.CompletedTask;
    private int _turn;

    /// <summary>Starts runs, so many at once, each as often as it takes until a server has said that it has it.</summary>
    public void Start(int count, TimeSpan waitLimit, int atOnce = 8) => _starting = StartAsync(count, waitLimit, atOnce);

    private async Task StartAsync(int count, TimeSpan waitLimit, int atOnce)
    {
        using var limit = new CancellationTokenSource(waitLimit, TimeProvider.System);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = limit.Token }, async (number, cancellationToken) =>
            {
                var id = Guid.CreateVersion7();
                var body = new JsonObject
                {
                    ["source"] = Runbook,
                    ["id"] = id,
                    ["inputs"] = new JsonObject { ["url"] = (effects ?? receiver.Address).ToString(), ["gate"] = $"g{number % 10}" },
                };
                await AskAsync(HttpMethod.Post, "/api/runs", body, cancellationToken);
                _runs.Add(id);
            });
    }

    /// <summary>Returns when so much of <paramref name="runs"/> runs' effects is applied.</summary>
    public Task WhenAppliedAsync(double share, int runs, TimeSpan waitLimit) => WhenAsync(
        $"{share:P0} of the effects of {runs} runs were applied", _ => Task.FromResult(receiver.Count >= share * runs * Effects), waitLimit);

    /// <summary>Returns when all are started and none is open any more.</summary>
    public Task WhenDoneAsync(TimeSpan waitLimit) => WhenAsync(
        "every run had ended",
        async cancellationToken => _starting.IsCompleted && (await AskAsync(HttpMethod.Get, "/api/runs?open=true&limit=1", null, cancellationToken))["items"]!.AsArray().Count == 0,
        waitLimit);

    /// <summary>Every run is done, every step completed once, every effect applied once, and no lock was held by two.</summary>
    public async Task VerifyAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3), TimeProvider.System);
        var diagnostics = new ConcurrentQueue<string>();
        await Parallel.ForEachAsync(_runs, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (run, _) =>
        {
            var shown = await AskAsync(HttpMethod.Get, $"/api/runs/{run}", null, limit.Token);
            if (shown["run"]!["status"]!.GetValue<string>() != "done")
            {
                diagnostics.Enqueue($"{run} is {shown["run"]}");
            }

            var journal = await AskAsync(HttpMethod.Get, $"/api/runs/{run}/journal?limit=1000", null, limit.Token);
            foreach (var (path, times) in journal["items"]!.AsArray().SelectMany(entry => entry!["events"]!.AsArray())
                .Where(happened => happened!["event"]!.GetValue<string>() == "step-completed").CountBy(happened => happened!["path"]!.GetValue<string>()).Where(count => count.Value != 1))
            {
                diagnostics.Enqueue($"{run} completed {path} {times} times");
            }
        });
        Assert.Empty(diagnostics);
        var effects = receiver.Applied;
        Assert.DoesNotContain(effects.CountBy(effect => (effect.Run, effect.Step)), count => count.Value != 1);
        Assert.Equal(_runs.Count * Effects, effects.Count);
        Assert.Empty(receiver.Overlaps);
    }

    /// <summary>Returns what the server says is wrong, as soon as it says that it is not ready.</summary>
    public static Task<string> WhenNotReadyAsync(ServerUnderTest server, TimeSpan waitLimit) => WhenHealthAsync(server, HttpStatusCode.ServiceUnavailable, waitLimit);

    public static Task WhenReadyAsync(ServerUnderTest server, TimeSpan waitLimit) => WhenHealthAsync(server, HttpStatusCode.OK, waitLimit);

    /// <summary>Returns when the server knows of no other.</summary>
    public Task WhenAloneAsync(ServerUnderTest server, TimeSpan waitLimit) => WhenAsync(
        $"{server.Name} was alone",
        async cancellationToken => (await AskAsync(HttpMethod.Get, "/api/servers", null, cancellationToken))["items"]!.AsArray() is [var only] && only!["server"]!.GetValue<string>() == server.Name,
        waitLimit);

    /// <summary>Returns when all servers write in this format.</summary>
    public Task WhenProtocolVersionAsync(int format, TimeSpan waitLimit) => WhenAsync(
        $"format {format} was in force",
        async cancellationToken => (await AskAsync(HttpMethod.Get, "/api/servers", null, cancellationToken))["protocolVersion"]!.GetValue<int>() == format,
        waitLimit);

    /// <summary>Returns when so many servers decide runs.</summary>
    public Task WhenSharedAsync(int count, TimeSpan waitLimit) => WhenAsync(
        $"{count} servers had shards",
        async cancellationToken => (await AskAsync(HttpMethod.Get, "/api/servers", null, cancellationToken))["items"]!.AsArray().Count(server => server!["shards"]!.GetValue<int>() > 0) == count,
        waitLimit);

    /// <summary>Returns when so many servers know of each other.</summary>
    public Task WhenTogetherAsync(int count, TimeSpan waitLimit) => WhenAsync(
        $"{count} servers were together",
        async cancellationToken => (await AskAsync(HttpMethod.Get, "/api/servers", null, cancellationToken))["items"]!.AsArray().Count == count,
        waitLimit);

    /// <summary>Asks a server; the next one when that one does not answer or cannot say.</summary>
    public async Task<JsonNode> AskAsync(HttpMethod method, string path, JsonNode? body, CancellationToken cancellationToken)
    {
        while (true)
        {
            var server = servers[(int)((uint)Interlocked.Increment(ref _turn) % servers.Count)];
            if (server.Address is { } address && await TryAsync(address, method, path, body, cancellationToken) is { } answer)
            {
                return answer;
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task WhenAsync(string what, Func<CancellationToken, Task<bool>> isSo, TimeSpan waitLimit)
    {
        using var limit = new CancellationTokenSource(waitLimit, TimeProvider.System);
        try
        {
            while (!await isSo(limit.Token))
            {
                if (_starting.IsFaulted) await _starting;
                await Task.Delay(Pause / 4, TimeProvider.System, limit.Token);
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{waitLimit.TotalSeconds} s went by before {what}; {receiver.Count} effects of {_runs.Count} runs were applied.\n{await DescribeAsync()}");
        }
    }

    private static async Task<string> WhenHealthAsync(ServerUnderTest server, HttpStatusCode wanted, TimeSpan waitLimit)
    {
        using var client = new HttpClient();
        using var limit = new CancellationTokenSource(waitLimit, TimeProvider.System);
        var seen = "nothing yet";
        try
        {
            while (true)
            {
                using var answer = await client.GetAsync(new Uri(server.Address!, "/health/ready"), limit.Token);
                var text = seen = await answer.Content.ReadAsStringAsync(limit.Token);
                if (answer.StatusCode == wanted)
                {
                    return wanted == HttpStatusCode.OK ? text : JsonNode.Parse(text)!["detail"]!.GetValue<string>();
                }

                Assert.Contains(answer.StatusCode, (HttpStatusCode[])[HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable]);
                await Task.Delay(Pause, TimeProvider.System, limit.Token);
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{server.Name} did not answer {wanted} within {waitLimit.TotalSeconds} s but {seen}\n{server.Log()}");
            throw;
        }
    }

    private async Task<JsonNode?> TryAsync(Uri address, HttpMethod method, string path, JsonNode? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(address, path)) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Add("X-Orchestrator-User", "tester:commander,operator,engineer,admin");
        try
        {
            using var answer = await _client.SendAsync(request, cancellationToken);
            var text = await answer.Content.ReadAsStringAsync(cancellationToken);
            // What a server cannot do now it says with a 503; anything else is a bug, here or there.
            if (!answer.IsSuccessStatusCode && answer.StatusCode != HttpStatusCode.ServiceUnavailable)
            {
                Assert.Fail($"{method} {path}: {(int)answer.StatusCode} {text}\n{string.Join('\n', servers.Select(server => server.Log()))}");
            }

            return answer.IsSuccessStatusCode ? JsonNode.Parse(text) : null;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<string> DescribeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20), TimeProvider.System);
        try
        {
            var open = (await AskAsync(HttpMethod.Get, "/api/runs?open=true&limit=3", null, limit.Token))["items"]!.AsArray();
            var shown = await Task.WhenAll(open.Select(run => AskAsync(HttpMethod.Get, $"/api/runs/{run!["id"]}", null, limit.Token)));
            return $"{string.Join('\n', shown.Select(run => run.ToJsonString()))}\n{(More is { } more ? await more() : "")}\n{string.Join('\n', servers.Select(server => server.Log()))}";
        }
        catch (OperationCanceledException)
        {
            return $"no server answers\n{string.Join('\n', servers.Select(server => server.Log()))}";
        }
    }
}
