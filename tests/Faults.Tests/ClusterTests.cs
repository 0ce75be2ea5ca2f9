using System.Globalization;
using Orchestrator.Faults.Tests.Rig;
using Orchestrator.Servers;
using Orchestrator.Workflows.Model.Membership;

namespace Orchestrator.Faults.Tests;

/// <summary>Several nodes on one PostgreSQL and one RabbitMQ, with a fault in the middle of their work.</summary>
public sealed class ClusterTests(SharedServers servers)
{
    private const string Pending = "SELECT json_agg(task) FROM (SELECT run, path, attempt, token, owner, lease_until FROM tasks) AS task";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Every_effect_happens_once_when_engines_and_workers_are_killed_under_load()
    {
        const int runs = 200;
        Assert.SkipUnless(ServerAvailability.HasBoth, ServerAvailability.WhyNotBoth);
        var (postgres, rabbit) = (await servers.PostgresAsync(), await servers.RabbitAsync());
        await using var night = await Night.StartAsync();
        string[] shared = ["--store", await postgres.CreateDatabaseAsync(), "--bus", rabbit.Uri(await rabbit.TakeVirtualHostAsync()).ToString()];
        Node[] nodes =
        [
            await night.AddAsync("one", [.. shared, "--node", "one"]),
            await night.AddAsync("two", [.. shared, "--node", "two", "--roles", "api,engine"]),
            await night.AddAsync("three", [.. shared, "--node", "three", "--roles", "worker"]),
        ];
        foreach (var node in nodes)
        {
            await node.StartAsync();
        }

        await using var load = new Load([nodes[0], nodes[1]], night.Receiver);
        load.Start(runs, Patience);
        // One that is both, an engine, a worker, and the first once more.
        foreach (var (turn, node) in nodes.Append(nodes[0]).Index())
        {
            await load.WhenAppliedAsync(0.1 + (turn * 0.2), runs, Patience);
            await node.KillAsync();
            await node.StartAsync();
        }

        await load.WhenDoneAsync(Patience);
        await load.VerifyAsync();
    }

    /// <summary>SIGTERM, and the next process under the same name, which knows a newer format of journal and bus.</summary>
    [Fact]
    public async Task Every_effect_happens_once_while_one_node_after_the_other_is_upgraded()
    {
        const int runs = 100;
        Assert.SkipUnless(ServerAvailability.HasBoth, ServerAvailability.WhyNotBoth);
        await using var night = await Night.StartAsync();
        string[] before = ["--format", Formats.Oldest.ToString(CultureInfo.InvariantCulture)];
        var nodes = await TwoAsync(night, await StoreAsync(), await BusAsync(), before);
        await using var load = new Load(nodes, night.Receiver);

        load.Start(runs, Patience);
        foreach (var (turn, node) in nodes.Index())
        {
            await load.WhenAppliedAsync(0.2 + (turn * 0.4), runs, Patience);
            await load.WhenFormatAsync(Formats.Oldest, Patience);
            var stopped = await node.StopAsync();
            Assert.True(stopped.ExitCode == 0, stopped.Error);
            Assert.DoesNotContain("   at ", stopped.Error, StringComparison.Ordinal);
            await node.StartAsync();
        }

        await load.WhenFormatAsync(Formats.Newest, Patience);
        await load.WhenDoneAsync(Patience);
        await load.VerifyAsync();

        // And there is no way back.
        await nodes[1].StopAsync();
        var refused = await nodes[1].TryStartAsync(before);
        Assert.Equal(4, refused.ExitCode);
        Assert.Contains($"the store is written in format {Formats.Newest} already", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_effect_happens_once_when_PostgreSQL_restarts_and_its_connections_are_cut()
    {
        const int runs = 150;
        Assert.SkipUnless(ServerAvailability.HasBoth, ServerAvailability.WhyNotBoth);
        await using var postgres = await PostgresServer.StartAsync();
        var database = await postgres.CreateDatabaseNamedAsync();
        await using var night = await Night.StartAsync();
        var nodes = await TwoAsync(night, postgres.ConnectionString(database), await BusAsync());
        await using var load = new Load(nodes, night.Receiver);

        load.Start(runs, Patience);
        await load.WhenAppliedAsync(0.2, runs, Patience);
        Assert.NotEqual(0, await postgres.CutConnectionsAsync(database));
        await load.WhenAppliedAsync(0.4, runs, Patience);
        await postgres.RestartAsync();
        await load.WhenAppliedAsync(0.6, runs, Patience);
        await postgres.KillAsync();
        var said = await Load.WhenNotReadyAsync(nodes[0], Patience);
        await postgres.StartAsync();
        await load.WhenDoneAsync(Patience);

        Assert.Contains("PostgreSQL", said, StringComparison.Ordinal);
        await load.VerifyAsync();
    }

    [Fact]
    public async Task Every_effect_happens_once_when_RabbitMQ_restarts()
    {
        const int runs = 150;
        Assert.SkipUnless(ServerAvailability.HasBoth, ServerAvailability.WhyNotBoth);
        await using var rabbit = await RabbitServer.StartAsync(virtualHosts: 1);
        await using var night = await Night.StartAsync();
        var nodes = await TwoAsync(night, await StoreAsync(), rabbit.Uri(await rabbit.TakeVirtualHostAsync()));
        await using var load = new Load(nodes, night.Receiver);

        load.Start(runs, Patience);
        await load.WhenAppliedAsync(0.25, runs, Patience);
        await rabbit.StopAsync();
        var said = await Load.WhenNotReadyAsync(nodes[0], Patience);
        await rabbit.StartAsync();
        await load.WhenAppliedAsync(0.5, runs, Patience);
        await rabbit.SettleQueuesAsync();
        await rabbit.KillAsync();
        await rabbit.StartAsync();
        await load.WhenDoneAsync(Patience);

        Assert.Contains("no message broker answers", said, StringComparison.Ordinal);
        await load.VerifyAsync();
    }

    /// <summary>The queues live on with the nodes that are left.</summary>
    [Fact]
    public async Task Every_effect_happens_once_when_nodes_of_the_broker_s_cluster_are_killed()
    {
        const int runs = 100;
        Assert.SkipUnless(ServerAvailability.HasBoth, ServerAvailability.WhyNotBoth);
        await using var rabbits = await RabbitCluster.StartAsync();
        await using var night = await Night.StartAsync();
        var nodes = await TwoAsync(night, await StoreAsync(), rabbits.Address);
        await using var load = new Load(nodes, night.Receiver);

        load.Start(runs, Patience);
        foreach (var share in (double[])[0.2, 0.6])
        {
            await load.WhenAppliedAsync(share, runs, Patience);
            var used = await UsedAsync(rabbits);
            await used.KillAsync();
            // What goes on does so without the one that is down.
            await load.WhenAppliedAsync(share + 0.1, runs, Patience);
            foreach (var node in nodes) await Load.WhenReadyAsync(node, Patience);
            await used.StartAsync();
        }

        await load.WhenDoneAsync(Patience);
        await load.VerifyAsync();
    }

    [Fact]
    public async Task Every_effect_happens_once_when_a_node_is_cut_off_from_the_servers()
    {
        const int runs = 200;
        Assert.SkipUnless(ServerAvailability.HasBoth, ServerAvailability.WhyNotBoth);
        var (postgres, rabbit) = (await servers.PostgresAsync(), await servers.RabbitAsync());
        var (database, host) = (await postgres.CreateDatabaseNamedAsync(), await rabbit.TakeVirtualHostAsync());
        await using var toStore = TcpProxy.Start(postgres.Port);
        await using var toBus = TcpProxy.Start(rabbit.Port);
        await using var night = await Night.StartAsync();
        var near = await night.AddAsync("near", "--store", postgres.ConnectionString(database), "--bus", rabbit.Uri(host).ToString(), "--node", "near");
        var far = await night.AddAsync("far", "--store", postgres.ConnectionString(database, port: toStore.Port), "--bus", rabbit.Uri(host, toBus.Port).ToString(), "--node", "far");
        await near.StartAsync();
        await far.StartAsync();
        await using var load = new Load([near], night.Receiver) { More = async () => $"tasks: {await postgres.ExecuteAsync(Pending, database)}\n{far.Log()}" };

        load.Start(runs, Patience);
        await load.WhenAppliedAsync(0.2, runs, Patience);
        Cut(LinkCut.Reset);
        await load.WhenAloneAsync(near, Patience);
        Heal();
        await load.WhenTogetherAsync(2, Patience);
        await load.WhenAppliedAsync(0.6, runs, Patience);
        Cut(LinkCut.BlackHole);
        await load.WhenAloneAsync(near, Patience);
        // All is done by the node that is left, before the other one is back.
        await load.WhenDoneAsync(Patience);
        Heal();

        await load.VerifyAsync();
        await Load.WhenReadyAsync(far, Patience);

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

    /// <summary>The broker's node that most connections are with.</summary>
    private static async Task<RabbitServer> UsedAsync(RabbitCluster rabbits)
    {
        var with = (await rabbits.Nodes[0].ControlAsync("list_connections", "port")).Split('\n', StringSplitOptions.TrimEntries).CountBy(port => port).ToDictionary();
        return rabbits.Nodes.MaxBy(node => with.GetValueOrDefault(node.Port.ToString(CultureInfo.InvariantCulture)))!;
    }

    private static Task<Node[]> TwoAsync(Night night, string store, Uri bus, params string[] more) => TwoAsync(night, store, bus.ToString(), more);

    private static async Task<Node[]> TwoAsync(Night night, string store, string bus, params string[] more)
    {
        Node[] nodes = [await night.AddAsync("one", "--store", store, "--bus", bus, "--node", "one"), await night.AddAsync("two", "--store", store, "--bus", bus, "--node", "two")];
        foreach (var node in nodes)
        {
            await node.StartAsync(more);
        }

        return nodes;
    }

    private async Task<string> StoreAsync() => await (await servers.PostgresAsync()).CreateDatabaseAsync();

    private async Task<Uri> BusAsync()
    {
        var rabbit = await servers.RabbitAsync();
        return rabbit.Uri(await rabbit.TakeVirtualHostAsync());
    }
}
