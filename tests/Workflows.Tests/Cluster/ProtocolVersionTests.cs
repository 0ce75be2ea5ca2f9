using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Servers;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Storage.Memory;
using Orchestrator.Workflows.Storage.Postgres;
using Orchestrator.Workflows.Storage.Sqlite;

namespace Orchestrator.Workflows.Tests.Cluster;

/// <summary>Servers of two versions on one store.</summary>
public abstract class ProtocolVersionContract
{
    private static readonly TimeSpan never = TimeSpan.FromDays(1);

    [Fact]
    public async Task All_write_what_the_oldest_of_them_knows_and_more_when_it_is_gone()
    {
        var (old, young) = await TwoAsync();
        await old.HeartbeatAsync(Server("old", ProtocolVersions.Oldest), false, never, default);

        Assert.Equal(ProtocolVersions.Oldest, (await young.HeartbeatAsync(Server("young"), false, never, default)).ProtocolVersion);
        await old.LeaveAsync(default);

        Assert.Equal(ProtocolVersions.Newest, (await young.HeartbeatAsync(Server("young"), false, never, default)).ProtocolVersion);
    }

    [Fact]
    public async Task A_server_that_is_silent_but_not_dead_still_counts()
    {
        var (old, young) = await TwoAsync();
        await old.HeartbeatAsync(Server("old", ProtocolVersions.Oldest), false, never, default);
        for (var heartbeat = 0; heartbeat < 3; heartbeat++) Assert.Equal(ProtocolVersions.Oldest, (await young.HeartbeatAsync(Server("young"), false, never, default)).ProtocolVersion);

        await young.EvictAsync("old-1", default);

        Assert.Equal(ProtocolVersions.Newest, (await young.HeartbeatAsync(Server("young"), false, never, default)).ProtocolVersion);
    }

    [Fact]
    public async Task The_way_back_is_closed_once_a_newer_format_was_in_force()
    {
        var (old, young) = await TwoAsync();
        await young.HeartbeatAsync(Server("young"), false, never, default);

        var refused = await Assert.ThrowsAsync<ProtocolVersionRefusedException>(() => old.HeartbeatAsync(Server("old", ProtocolVersions.Oldest), false, never, default));
        await young.LeaveAsync(default);
        await Assert.ThrowsAsync<ProtocolVersionRefusedException>(() => old.HeartbeatAsync(Server("old", ProtocolVersions.Oldest), false, never, default));

        Assert.Contains($"protocol version {ProtocolVersions.Newest}", refused.Message, StringComparison.Ordinal);
        Assert.Equal(ProtocolVersions.Newest, (await young.HeartbeatAsync(Server("young") with { Instance = "young-2" }, false, never, default)).ProtocolVersion);
    }

    [Fact]
    public async Task A_name_that_is_taken_is_said_before_a_format_that_is_not_known()
    {
        var (old, young) = await TwoAsync();
        await young.HeartbeatAsync(Server("same"), false, never, default);

        await Assert.ThrowsAsync<ServerNameTakenException>(() => old.HeartbeatAsync(Server("same", ProtocolVersions.Oldest) with { Instance = "same-2" }, false, never, default));
    }

    private protected abstract Task<(IMembership Old, IMembership Young)> TwoAsync();

    private static ServerInfo Server(string name, int format = ProtocolVersions.Newest) => new(name, $"{name}-1", ServerRoles.All, [], 1, "1") { ProtocolVersion = format };
}

public sealed class MemoryProtocolVersionTests : ProtocolVersionContract
{
    private protected override Task<(IMembership Old, IMembership Young)> TwoAsync()
    {
        var table = new MemoryMembership(TimeProvider.System);
        return Task.FromResult<(IMembership, IMembership)>((table.Take(), table.Take()));
    }

    [Fact]
    public async Task A_journal_in_a_file_remembers_its_format()
    {
        var folder = Directory.CreateTempSubdirectory("orchestrator-").FullName;
        await using (var journal = SqliteJournal.Open(folder, TimeProvider.System))
            await journal.Members.HeartbeatAsync(new ServerInfo("a", "a1", ServerRoles.All, [], 1, "1"), false, TimeSpan.FromDays(1), default);

        await using (var again = SqliteJournal.Open(folder, TimeProvider.System))
        {
            await Assert.ThrowsAsync<ProtocolVersionRefusedException>(
                () => again.Members.HeartbeatAsync(new ServerInfo("a", "a2", ServerRoles.All, [], 1, "1") { ProtocolVersion = ProtocolVersions.Oldest }, false, TimeSpan.FromDays(1), default));
        }

        Directory.Delete(folder, recursive: true);
    }
}

public sealed class PostgresProtocolVersionTests(SharedServers servers) : ProtocolVersionContract, IAsyncLifetime
{
    private readonly List<IAsyncDisposable> opened = [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var journal in opened) await journal.DisposeAsync();
    }

    private protected override async Task<(IMembership Old, IMembership Young)> TwoAsync()
    {
        Assert.SkipUnless(ServerAvailability.HasPostgres, ServerAvailability.WhyNoPostgres);
        var store = await (await servers.PostgresAsync()).CreateDatabaseAsync();
        return (await OpenAsync(store), await OpenAsync(store));
    }

    private async Task<IMembership> OpenAsync(string store)
    {
        var journal = await PostgresJournal.OpenAsync(store, TimeProvider.System, NullLogger.Instance, CancellationToken.None);
        opened.Add(journal);
        return journal.Members;
    }
}
