namespace Orchestrator.Servers;

/// <summary>The servers that the tests of an assembly share, each started by the first test that asks for it. Meant as an assembly fixture.</summary>
public sealed class SharedServers : IAsyncDisposable
{
    private readonly Lazy<Task<PostgresServer>> _postgres = new(() => PostgresServer.StartAsync());
    private readonly Lazy<Task<RabbitServer>> _rabbit = new(() => RabbitServer.StartAsync());

    public Task<PostgresServer> PostgresAsync() => _postgres.Value;

    public Task<RabbitServer> RabbitAsync() => _rabbit.Value;

    public async ValueTask DisposeAsync()
    {
        if (_postgres is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            await (await _postgres.Value).DisposeAsync();
        }

        if (_rabbit is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            await (await _rabbit.Value).DisposeAsync();
        }
    }
}
