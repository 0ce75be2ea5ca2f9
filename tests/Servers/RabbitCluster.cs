using System.Globalization;

namespace Orchestrator.Servers;

/// <summary>Several RabbitMQ nodes that are one broker, each of which can be killed and started again; on free loopback ports, with a port mapper of their own.</summary>
public sealed class RabbitCluster : IAsyncDisposable
{
    private readonly string _folder;
    private readonly ServerProcess _mapper;

    private RabbitCluster(string folder, ServerProcess mapper, IReadOnlyList<RabbitServer> nodes) => (_folder, _mapper, Nodes) = (folder, mapper, nodes);

    public IReadOnlyList<RabbitServer> Nodes { get; }

    /// <summary>Needs <see cref="ServerAvailability.HasRabbit"/>. All of them start at once and find each other.</summary>
    public static async Task<RabbitCluster> StartAsync(int nodes = 3)
    {
        var folder = Directory.CreateTempSubdirectory("orchestrator-rabbits-").FullName;
        PrivateFile.Write(Path.Combine(folder, ".erlang.cookie"), Guid.NewGuid().ToString("N"));
        var mapperPort = FreePort.Take();
        var environment = new Dictionary<string, string> { ["HOME"] = folder };
        var mapper = ServerProcess.Start(folder, environment, "epmd", "-port", mapperPort.ToString(CultureInfo.InvariantCulture), "-address", "127.0.0.1");
        var password = Guid.NewGuid().ToString("N");
        string[] names = [.. Enumerable.Range(1, nodes).Select(number => string.Create(CultureInfo.InvariantCulture, $"rabbit{number}"))];
        string[] settings =
        [
            "cluster_formation.peer_discovery_backend = classic_config", .. names.Select((name, at) => string.Create(CultureInfo.InvariantCulture, $"cluster_formation.classic_config.nodes.{at + 1} = {name}@localhost")),
        ];
        var cluster = new RabbitCluster(folder, mapper, [.. names.Select(name => new RabbitServer(folder, name, mapperPort, 0, password, settings))]);
        try
        {
            await Task.WhenAll(cluster.Nodes.Select(node => node.StartAsync()));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The address of all nodes, one after the other, as Workflows:Bus takes it.</summary>
    public string Address
    {
        get
        {
            var first = Nodes[0].Uri();
            return $"amqp://{first.UserInfo}@{string.Join(',', Nodes.Select(node => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{node.Port}")))}/";
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Nodes.Select(node => node.DisposeAsync().AsTask()));
        await _mapper.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
