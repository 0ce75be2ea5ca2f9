using Orchestrator.Server.Tests;

namespace Orchestrator.Faults.Tests.Rig;

/// <summary>What every fault test has: a folder, a simulated cloud whose clock it goes by, and a receiver of effects.</summary>
internal sealed class Night : IAsyncDisposable
{
    private readonly Folder _folder = new();
    private readonly List<Node> _nodes = [];
    private readonly Running _cloud;

    private Night(EffectsReceiver receiver)
    {
        Receiver = receiver;
        _cloud = Binary.Start(_folder.Path, "cloud", "--port", "0");
    }

    public EffectsReceiver Receiver { get; }

    public string Folder => _folder.Path;

    public static async Task<Night> StartAsync() => new(await EffectsReceiver.StartAsync());

    /// <summary>Where the simulated cloud is.</summary>
    public Task<Uri> CloudAsync() => _cloud.WhenReadyAsync();

    /// <summary>A node on this night's cloud, not started yet.</summary>
    public Task<Node> AddAsync(string name, params string[] arguments) => AddAsync(name, new Dictionary<string, string>(), arguments);

    /// <param name="environment">What the node's has beside this process's.</param>
    public async Task<Node> AddAsync(string name, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var cloud = await CloudAsync();
        var node = new Node(name, _folder.Path, ["--cloud", cloud.ToString(), "--ask", .. arguments]) { Environment = environment };
        _nodes.Add(node);
        return node;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        await _cloud.DisposeAsync();
        await Receiver.DisposeAsync();
        _folder.Dispose();
    }
}
