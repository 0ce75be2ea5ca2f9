using System.Diagnostics;
using System.Globalization;
using Orchestrator.Server.Tests;

namespace Orchestrator.Faults.Tests.Rig;

/// <summary>A server: a process of the binary that can be killed, and started again under its name.</summary>
internal sealed class ServerUnderTest(string name, string folder, params string[] arguments) : IAsyncDisposable
{
    private Running? _running;

    public string Name => name;

    /// <summary>What its environment has beside this process's.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>What its command stands behind.</summary>
    public IReadOnlyList<string> Within { get; init; } = [];

    public string Data => Path.Combine(folder, name);

    /// <summary>Where its API is; null while it is down.</summary>
    public Uri? Address { get; private set; }

    /// <param name="more">Of this start only.</param>
    public async Task StartAsync(params string[] more)
    {
        _running = Launch(more);
        Address = await _running.WhenReadyAsync();
    }

    /// <summary>For a start that is refused: how it ended.</summary>
    public async Task<Finished> TryStartAsync(params string[] more)
    {
        await using var running = Launch(more);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2), TimeProvider.System);
        return await running.WhenEndedAsync(limit.Token);
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        Address = null;
        if (_running is { } running)
        {
            await running.KillAsync();
            await running.DisposeAsync();
            _running = null;
        }
    }

    /// <summary>SIGTERM: gives how it ended.</summary>
    public async Task<Finished> StopAsync()
    {
        Address = null;
        var running = _running!;
        using var kill = Process.Start("kill", ["-TERM", running.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3), TimeProvider.System);
        var finished = await running.WhenEndedAsync(limit.Token);
        await running.DisposeAsync();
        _running = null;
        return finished;
    }

    private Running Launch(string[] more) => Binary.Start([.. Within, Binary.Path, "serve", "--port", "0", "--data", name, .. arguments, .. more], folder, Environment);

    /// <summary>Returns when its log says this.</summary>
    public async Task WhenLoggedAsync(string words, TimeSpan waitLimit)
    {
        using var limit = new CancellationTokenSource(waitLimit, TimeProvider.System);
        while (!File.ReadLines(Path.Combine(Data, "orchestrator.log")).Any(line => line.Contains(words, StringComparison.Ordinal)))
        {
            if (limit.IsCancellationRequested) Assert.Fail($"{name} did not log '{words}'\n{Log()}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    /// <summary>The end of its log, for a test that failed.</summary>
    public string Log()
    {
        var file = Path.Combine(Data, "orchestrator.log");
        return File.Exists(file) ? $"--- {name}\n{string.Join('\n', File.ReadLines(file).TakeLast(40))}" : $"--- {name} has no log";
    }

    public async ValueTask DisposeAsync() => await KillAsync();
}
