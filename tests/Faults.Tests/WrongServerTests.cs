using Orchestrator.Faults.Tests.Rig;
using Orchestrator.Server.Tests;
using Orchestrator.Servers;

namespace Orchestrator.Faults.Tests;

/// <summary>A server that is not there, does not let us in or does not fit is told in one sentence with a fix, at once, and nothing has begun.</summary>
public sealed class WrongServerTests(SharedServers servers)
{
    private const int BadInput = 2;
    private const int NotReachable = 4;

    [Fact]
    public async Task A_connection_string_that_is_none()
    {
        using var folder = new Folder();

        await RefusesAsync(folder, NotReachable, ["connection string", "hosst", "Host=db;Port=5432"], "--store", "Hosst=db;Database=orchestrator");
        await RefusesAsync(folder, NotReachable, ["must name Host and Database"], "--store", "Host=db");
    }

    [Fact]
    public async Task A_PostgreSQL_that_is_not_there()
    {
        using var folder = new Folder();
        await using var nobody = TcpProxy.Start(1);
        nobody.Cut(LinkCut.Reset);

        await RefusesAsync(
            folder, NotReachable, [$"the PostgreSQL server at 127.0.0.1:{nobody.Port} cannot be reached", "start it, or correct Host and Port"],
            "--store", $"Host=127.0.0.1;Port={nobody.Port};Database=orchestrator;Username=orchestrator");
    }

    [Fact]
    public async Task A_PostgreSQL_that_does_not_let_the_user_in_or_has_no_such_database()
    {
        Assert.SkipUnless(ServerAvailability.HasPostgres, ServerAvailability.WhyNoPostgres);
        using var folder = new Folder();
        var postgres = await servers.PostgresAsync();
        await postgres.ExecuteAsync("CREATE ROLE commander LOGIN PASSWORD 'right'");

        await RefusesAsync(
            folder, NotReachable, ["does not let user 'commander' in", "correct Username and Password"], "--store", postgres.ConnectionString("postgres", "commander", "wrong"));
        await RefusesAsync(
            folder, NotReachable, ["asks user 'commander' for a password", "add Password"], "--store", postgres.ConnectionString("postgres", "commander"));
        await RefusesAsync(
            folder, NotReachable, ["has no database 'nowhere'", "createdb"], "--store", postgres.ConnectionString("nowhere"));
        await RefusesAsync(
            folder, NotReachable, ["does not let user 'commander' keep a journal", "make the user the database's owner"], "--store", postgres.ConnectionString("postgres", "commander", "right"));
    }

    [Fact]
    public async Task A_PostgreSQL_that_is_too_old()
    {
        using var folder = new Folder();
        await using var old = new OldPostgres("9.6.24");

        await RefusesAsync(
            folder, NotReachable, ["has version 9.6.24", "needs 13 or newer", "upgrade it"],
            "--store", $"Host=127.0.0.1;Port={old.Port};Database=orchestrator;Username=orchestrator;Server Compatibility Mode=NoTypeLoading");
    }

    [Fact]
    public async Task A_RabbitMQ_that_is_too_old()
    {
        Assert.SkipUnless(ServerAvailability.HasPostgres, ServerAvailability.WhyNoPostgres);
        await using var harness = await FaultHarness.StartAsync();
        var store = await (await servers.PostgresAsync()).CreateDatabaseAsync();
        await using var old = new OldRabbit("3.9.29");
        using var folder = new Folder();

        await RefusesAsync(
            folder, NotReachable, [$"127.0.0.1:{old.Port} is RabbitMQ 3.9.29", "in whose quorum queues nothing expires", "use RabbitMQ 3.10 or newer"],
            "--store", store, "--bus", $"amqp://guest:guest@127.0.0.1:{old.Port}/", "--cloud", (await harness.CloudAsync()).ToString());
    }

    [Fact]
    public async Task A_journal_of_a_newer_program()
    {
        Assert.SkipUnless(ServerAvailability.HasPostgres, ServerAvailability.WhyNoPostgres);
        using var folder = new Folder();
        var postgres = await servers.PostgresAsync();
        var database = await postgres.CreateDatabaseNamedAsync();
        await postgres.ExecuteAsync(
            "CREATE TABLE journal_schema (version integer NOT NULL); INSERT INTO journal_schema VALUES (999); "
            + "CREATE TABLE formats (in_force integer NOT NULL, oldest_schema integer NOT NULL); INSERT INTO formats VALUES (99, 999)", database);

        await RefusesAsync(
            folder, NotReachable, ["has schema version 999", "run the newer orchestrator"], "--store", postgres.ConnectionString(database));
        Assert.Equal("2", await postgres.ExecuteAsync("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", database));
    }

    [Fact]
    public async Task A_RabbitMQ_that_is_not_there_or_does_not_let_the_user_in()
    {
        Assert.SkipUnless(ServerAvailability.HasBoth, ServerAvailability.WhyNotBoth);
        await using var harness = await FaultHarness.StartAsync();
        var (postgres, rabbit) = (await servers.PostgresAsync(), await servers.RabbitAsync());
        var store = await postgres.CreateDatabaseAsync();
        var cloud = await harness.CloudAsync();
        await using var nobody = TcpProxy.Start(1);
        nobody.Cut(LinkCut.Reset);
        using var folder = new Folder();

        await BusAsync(BadInput, ["message broker", "amqp://"], "http://127.0.0.1/");
        await BusAsync(NotReachable, [$"127.0.0.1:{nobody.Port}", "Workflows:Bus"], rabbit.Uri("/", nobody.Port).ToString());
        await BusAsync(NotReachable, ["refused the user", "fix user or password"], new UriBuilder(rabbit.Uri()) { Password = "wrong" }.Uri.ToString());
        await BusAsync(NotReachable, ["no virtual host 'nowhere'", "rabbitmqctl add_vhost"], rabbit.Uri("nowhere").ToString());
        await BusAsync(NotReachable, ["does not speak AMQP", "say where RabbitMQ is"], $"amqp://127.0.0.1:{cloud.Port}/");

        Task BusAsync(int exitCode, string[] words, string bus) => RefusesAsync(folder, exitCode, words, "--store", store, "--bus", bus, "--cloud", cloud.ToString());
    }

    [Fact]
    public async Task A_bus_without_what_the_servers_must_share()
    {
        using var folder = new Folder();

        await RefusesAsync(folder, BadInput, ["give --store"], "--bus", "amqp://127.0.0.1/");
        await RefusesAsync(folder, BadInput, ["give --fleet", "or --cloud"], "--store", "Host=127.0.0.1;Database=orchestrator", "--bus", "amqp://127.0.0.1/");
    }

    [Fact]
    public async Task A_name_that_another_server_has()
    {
        Assert.SkipUnless(ServerAvailability.HasBoth, ServerAvailability.WhyNotBoth);
        await using var harness = await FaultHarness.StartAsync();
        var (postgres, rabbit) = (await servers.PostgresAsync(), await servers.RabbitAsync());
        string[] shared = ["--store", await postgres.CreateDatabaseAsync(), "--bus", rabbit.Uri(await rabbit.TakeVirtualHostAsync()).ToString(), "--name", "twin"];
        var first = await harness.AddAsync("first", shared);
        await first.StartAsync();
        using var folder = new Folder();

        await RefusesAsync(folder, NotReachable, ["runs as server 'twin'", "--name NAME"], [.. shared, "--cloud", (await harness.CloudAsync()).ToString()]);
    }

    [Fact]
    public async Task A_disk_that_is_full_before_it_begins()
    {
        using var folder = new Folder();
        await using var disk = await SmallDisk.TryMountAsync(Path.Combine(folder.Path, "data"), megabytes: 1);
        Assert.SkipWhen(disk is null, "a small file system can be mounted by root alone, and not everywhere");
        disk!.Fill();

        await RefusesAsync(folder, NotReachable, ["full", "make room"]);
    }

    private static Task RefusesAsync(Folder folder, int exitCode, string[] words, params string[] arguments) =>
        Refusal.ExpectAsync(folder.Path, new Dictionary<string, string>(), exitCode, words, arguments);
}
