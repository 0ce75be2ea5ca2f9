using Orchestrator.Servers;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Model.Membership;

namespace Orchestrator.Bench;

/// <summary>An engine and a worker as two servers: every task and every result goes over RabbitMQ, and both use one PostgreSQL.</summary>
internal sealed class BenchCluster : IAsyncDisposable
{
    private readonly RabbitServer broker;

    private BenchCluster(PostgresStore store, RabbitServer broker, BenchEngine engine, BenchEngine worker)
    {
        (Store, this.broker, Engine, Worker) = (store, broker, engine, worker);
    }

    public PostgresStore Store { get; }

    public BenchEngine Engine { get; }

    public BenchEngine Worker { get; }

    public static async Task<BenchCluster> StartAsync()
    {
        var store = await PostgresStore.StartAsync();
        var broker = await RabbitServer.StartAsync(virtualHosts: 1);
        var uri = broker.Uri(await broker.TakeVirtualHostAsync()).ToString();
        var worker = await BenchEngine.OpenAsync(options => Server(options, "worker", ServerRoles.Worker));
        var engine = await BenchEngine.OpenAsync(options => Server(options, "engine", ServerRoles.Engine | ServerRoles.Api));
        // Each knows of the other with the next beat.
        while (engine.Engine.Servers.Length < 2 || worker.Engine.Servers.Length < 2 || worker.Engine.ShardsByInstance.Count == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        return new BenchCluster(store, broker, engine, worker);

        void Server(WorkflowOptions options, string name, ServerRoles roles) =>
            (options.Store, options.Bus, options.ServerName, options.Roles) = (store.ConnectionString, uri, name, roles);
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        await Worker.DisposeAsync();
        await broker.DisposeAsync();
        await Store.DisposeAsync();
    }
}
