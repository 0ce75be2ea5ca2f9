using System.Globalization;
using Orchestrator.Faults.Tests.Rig;
using Orchestrator.Servers;
using Orchestrator.Workflows.Model.Membership;

namespace Orchestrator.Faults.Tests;

/// <summary>Several servers on one PostgreSQL and one RabbitMQ, with a fault in the middle of their work.</summary>
public sealed class ClusterTests(SharedServers servers)
{
    private const string Pending = "SELECT json_agg(task) FROM (SELECT run, path, attempt, token, owner, lease_until FROM tasks) AS task";

    private static readonly TimeSpan WaitLimit = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Every_effect_happens_once_when_engines_and_workers_are_killed_under_load()
    {
        const int runs = 200;
        Assert.SkipUnless(ServerAvailability.HasBoth, ServerAvailability.WhyNotBoth);
        var (postgres, rabbit) = (await servers.PostgresAsync(), await servers.RabbitAsync());
        await using var harness = await FaultHarness.StartAsync();
        string[] shared = ["--store", await postgres.CreateDatabaseAsync(), "--bus", rabbit.Uri(await rabbit.TakeVirtualHostAsync()).ToString()];
        ServerUnderTest[] members =
        [
            await harness.AddAsync("one", [.. shared, "--name", "one"]),
            await harness.AddAsync("two", [.. shared, "--name", "two", "--roles", "api,engine"]),
            await harness.AddAsync("three", [.. shared, "--name", "three", "--roles", "worker"]),
        ];
        foreach (var server in members)
        {
            await server.StartAsync();
        }

        await using var load = new Load([members[0], members[1]], harness.Receiver);
        load.Start(runs, WaitLimit);
        // One that is both, an engine, a worker, and the first once more.
        foreach (var (turn, server) in members.Append(members[0]).Index())
        {
            await load.WhenAppliedAsync(0.1 + (turn * 0.2), runs, WaitLimit);
            await server.KillAsync();
            await server.StartAsync();
        }

        await load.WhenDoneAsync(WaitLimit);
        await load.VerifyAsync();
    }

    /// <summary>SIGTERM, and the next process under the same name, which knows a newer format of journal and bus.</summary>
    [Fact]
    public async Task Every_effect_happens_once_while_one_server_after_the_other_is_upgraded()
    {
        const int runs = 100;
        Assert.SkipUnless(ServerAvailability.HasBoth, ServerAvailability.WhyNotBoth);
        await using var harness = await FaultHarness.StartAsync();
        string[] before = ["--protocol", ProtocolVersions.Oldest.ToString(CultureInfo.InvariantCulture)];
        var servers = await TwoAsync(harness, await StoreAsync(), await BusAsync(), before);
        await using var load = new Load(servers, harness.Receiver);

        load.Start(runs, WaitLimit);
        foreach (var (turn, server) in servers.Index())
        {
            await load.WhenAppliedAsync(0.2 + (turn * 0.4), runs, WaitLimit);
            await load.WhenProtocolVersionAsync(ProtocolVersions.Oldest, WaitLimit);
            var stopped = await server.StopAsync();
            Assert.True(stopped.ExitCode == 0, stopped.Error);
            Assert.DoesNotContain("   at ", stopped.Error, StringComparison.Ordinal);
            await server.StartAsync();
        }

        await load.WhenProtocolVersionAsync(ProtocolVersions.Newest, WaitLimit);
        await load.WhenDoneAsync(WaitLimit);
        await load.VerifyAsync();

        // And there is no way back.
        await servers[1].StopAsync();
        var refused = await servers[1].TryStartAsync(before);
        Assert.Equal(4, refused.ExitCode);
        Assert.Contains($"the store is written in protocol version {ProtocolVersions.Newest} already", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_effect_happens_once_when_PostgreSQL_restarts_and_its_connections_are_cut()
    {
        const int runs = 150;
        Assert.SkipUnless(ServerAvailability.HasBoth, ServerAvailability.WhyNotBoth);
        await using var postgres = await PostgresServer.StartAsync();
        var database = await postgres.CreateDatabaseNamedAsync();
        await using var harness = await FaultHarness.StartAsync();
        var servers = await TwoAsync(harness, postgres.ConnectionString(database), await BusAsync());
        await using var load = new Load(servers, harness.Receiver);

        load.Start(runs, WaitLimit);
        await load.WhenAppliedAsync(0.2, runs, WaitLimit);
        Assert.NotEqual(0, await postgres.CutConnectionsAsync(database));
        await load.WhenAppliedAsync(0.4, runs, WaitLimit);
        await postgres.RestartAsync();
        await load.WhenAppliedAsync(0.6, runs, WaitLimit);
        await postgres.KillAsync();
        var said = await Load.WhenNotReadyAsync(servers[0], WaitLimit);
        await postgres.StartAsync();
        await load.WhenDoneAsync(WaitLimit);

        Assert.Contains("PostgreSQL", said, StringComparison.Ordinal);
        await load.VerifyAsync();
    }

    [Fact]
    public async Task Every_effect_happens_once_when_RabbitMQ_restarts()
    {
        const int runs = 150;
        Assert.SkipUnless(ServerAvailability.HasBoth, ServerAvailability.WhyNotBoth);
        await using var rabbit = await RabbitServer.StartAsync(virtualHosts: 1);
        await using var harness = await FaultHarness.StartAsync();
        var servers = await TwoAsync(harness, await StoreAsync(), rabbit.Uri(await rabbit.TakeVirtualHostAsync()));
        await using var load = new Load(servers, harness.Receiver);

        load.Start(runs, WaitLimit);
        await load.WhenAppliedAsync(0.25, runs, WaitLimit);
        await rabbit.StopAsync();
        var said = await Load.WhenNotReadyAsync(servers[0], WaitLimit);
        await rabbit.StartAsync();
        await load.WhenAppliedAsync(0.5, runs, WaitLimit);
        await rabbit.SettleQueuesAsync();
        await rabbit.KillAsync();
        await rabbit.StartAsync();
        await load.WhenDoneAsync(WaitLimit);

        Assert.Contains("no message broker answers", said, StringComparison.Ordinal);
        await load.VerifyAsync();
    }

    /// <summary>The queues live on with the servers that are left.</summary>
    [Fact]
    public async Task Every_effect_happens_once_when_servers_of_the_broker_s_cluster_are_killed()
    {
        const int runs = 100;
        Assert.SkipUnless(ServerAvailability.HasBoth, ServerAvailability.WhyNotBoth);
        await using var rabbits = await RabbitCluster.StartAsync();
        await using var harness = await FaultHarness.StartAsync();
        var servers = await TwoAsync(harness, await StoreAsync(), rabbits.Address);
        await using var load = new Load(servers, harness.Receiver);

        load.Start(runs, WaitLimit);
        foreach (var share in (double[])[0.2, 0.6])
        {
            await load.WhenAppliedAsync(share, runs, WaitLimit);
            var used = await UsedAsync(rabbits);
            await used.KillAsync();
            // What goes on does so without the one that is down.
            await load.WhenAppliedAsync(share + 0.1, runs, WaitLimit);
            foreach (var server in servers) await Load.WhenReadyAsync(server, WaitLimit);
            await used.StartAsync();
        }

        await load.WhenDoneAsync(WaitLimit);
        await load.VerifyAsync();
    }

    [Fact]
    public async Task Every_effect_happens_once_when_a_server_is_cut_off_from_the_servers()
    {
        const int runs = 200;
        Assert.SkipUnless(ServerAvailability.HasBoth, ServerAvailability.WhyNotBoth);
        var (postgres, rabbit) = (await servers.PostgresAsync(), await servers.RabbitAsync());
        var (database, host) = (await postgres.CreateDatabaseNamedAsync(), await rabbit.TakeVirtualHostAsync());
        await using var toStore = TcpProxy.Start(postgres.Port);
        await using var toBus = TcpProxy.Start(rabbit.Port);
        await using var harness = await FaultHarness.StartAsync();
        var near = await harness.AddAsync("near", "--store", postgres.ConnectionString(database), "--bus", rabbit.Uri(host).ToString(), "--name", "near");
        var far = await harness.AddAsync("far", "--store", postgres.ConnectionString(database, port: toStore.Port), "--bus", rabbit.Uri(host, toBus.Port).ToString(), "--name", "far");
        await near.StartAsync();
        await far.StartAsync();
        await using var load = new Load([near], harness.Receiver) { More = async () => $"tasks: {await postgres.ExecuteAsync(Pending, database)}\n{far.Log()}" };

        load.Start(runs, WaitLimit);
        await load.WhenAppliedAsync(0.2, runs, WaitLimit);
        Cut(LinkCut.Reset);
        await load.WhenAloneAsync(near, WaitLimit);
        Heal();
        await load.WhenTogetherAsync(2, WaitLimit);
        await load.WhenAppliedAsync(0.6, runs, WaitLimit);
        Cut(LinkCut.BlackHole);
        await load.WhenAloneAsync(near, WaitLimit);
        // All is done by the server that is left, before the other one is back.
        await load.WhenDoneAsync(WaitLimit);
        Heal();

        await load.VerifyAsync();
        await Load.WhenReadyAsync(far, WaitLimit);

        void Cut(LinkCut cut)
        {
            toStore.Cut(cut);
            toBus.Cut(cut);
        }

        void Heal()
        {
            toStore.Heal();
            toBus.Heal();
        }
    }

    /// <summary>The broker's server that most connections are with.</summary>
    private static async Task<RabbitServer> UsedAsync(RabbitCluster rabbits)
    {
        var with = (await rabbits.Nodes[0].ControlAsync("list_connections", "port")).Split('\n', StringSplitOptions.TrimEntries).CountBy(port => port).ToDictionary();
        return rabbits.Nodes.MaxBy(server => with.GetValueOrDefault(server.Port.ToString(CultureInfo.InvariantCulture)))!;
    }

    private static Task<ServerUnderTest[]> TwoAsync(FaultHarness harness, string store, Uri bus, params string[] more) => TwoAsync(harness, store, bus.ToString(), more);

    private static async Task<ServerUnderTest[]> TwoAsync(FaultHarness harness, string store, string bus, params string[] more)
    {
        ServerUnderTest[] members = [await harness.AddAsync("one", "--store", store, "--bus", bus, "--name", "one"), await harness.AddAsync("two", "--store", store, "--bus", bus, "--name", "two")];
        foreach (var server in members)
        {
            await server.StartAsync(more);
        }

        return members;
    }

    private async Task<string> StoreAsync() => await (await servers.PostgresAsync()).CreateDatabaseAsync();

    private async Task<Uri> BusAsync()
    {
        var rabbit = await servers.RabbitAsync();
        return rabbit.Uri(await rabbit.TakeVirtualHostAsync());
    }
}
