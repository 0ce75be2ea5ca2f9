using Orchestrator.Server.Tests;

namespace Orchestrator.Faults.Tests.Rig;

/// <summary>What every fault test has: a folder, a simulated cloud whose clock it goes by, and a receiver of effects.</summary>
internal sealed class FaultHarness : IAsyncDisposable
{
    private readonly Folder _folder = new();
    private readonly List<ServerUnderTest> _servers = [];
    private readonly Running _cloud;

    private FaultHarness(EffectsReceiver receiver)
    {
        Receiver = receiver;
        _cloud = Binary.Start(_folder.Path, "cloud", "--port", "0");
    }

    public EffectsReceiver Receiver { get; }

    public string Folder => _folder.Path;

    public static async Task<FaultHarness> StartAsync() => new(await EffectsReceiver.StartAsync());

    /// <summary>Where the simulated cloud is.</summary>
    public Task<Uri> CloudAsync() => _cloud.WhenReadyAsync();

    /// <summary>A server on this night's cloud, not started yet.</summary>
    public Task<ServerUnderTest> AddAsync(string name, params string[] arguments) => AddAsync(name, new Dictionary<string, string>(), arguments);

    /// <param name="environment">What the server's has beside this process's.</param>
    public async Task<ServerUnderTest> AddAsync(string name, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var cloud = await CloudAsync();
        var server = new ServerUnderTest(name, _folder.Path, ["--cloud", cloud.ToString(), "--ask", .. arguments]) { Environment = environment };
        _servers.Add(server);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        await _cloud.DisposeAsync();
        await Receiver.DisposeAsync();
        _folder.Dispose();
    }
}
