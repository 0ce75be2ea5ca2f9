using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Orchestrator.Servers;
using RabbitMQ.Client;

namespace Orchestrator.Server.Tests;

/// <summary>A node on a real store and a real broker, as an operator meets it.</summary>
public sealed class BusTests(SharedServers servers)
{
    private const string Tasks = "orchestrator-tasks-normal";
    private static readonly TimeSpan waitLimit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task An_operator_sees_the_bus_and_deals_with_what_nobody_could_handle()
    {
        Assert.SkipUnless(ServerAvailability.HasBoth, ServerAvailability.WhyNoRabbit + ServerAvailability.WhyNoPostgres);
        using var folder = new Folder();
        var rabbit = await servers.RabbitAsync();
        var address = rabbit.Uri(await rabbit.TakeVirtualHostAsync());
        await using var cloud = Binary.Start(folder.Path, "cloud", "--port", "0");
        await using var node = await ServeAsync(folder, cloud, address);
        var url = (await node.WhenReadyAsync()).ToString();

        var show = await Binary.RunAsync(folder.Path, "bus", "show", "--server", url);

        Assert.Equal((0, ""), (show.ExitCode, show.Error));
        Assert.Contains($"RabbitMQ 3.", show.Output, StringComparison.Ordinal);
        Assert.Contains("messages go through", show.Output, StringComparison.Ordinal);
        Assert.Contains($"{Tasks}\ttasks\t0\t1", show.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(rabbit.Password, show.Output, StringComparison.Ordinal);

        await PublishAsync(address, Tasks, [1, 1, 2, 3]);
        var first = await WhenDeadAsync(folder, url);
        Assert.Equal((Tasks, "poison", 4), (first["queue"]!.GetValue<string>(), first["reason"]!.GetValue<string>(), first["bytes"]!.GetValue<int>()));

        var replayed = await Binary.RunAsync(folder.Path, "bus", "dead-letters", "replay", first["id"]!.GetValue<string>(), "--as", "carol:admin", "--server", url);
        Assert.Equal((0, "1 dead letters replayed by carol", ""), (replayed.ExitCode, replayed.Output.Trim(), replayed.Error));

        var again = await WhenDeadAsync(folder, url);
        Assert.NotEqual(first["id"]!.GetValue<string>(), again["id"]!.GetValue<string>());
        var discarded = await Binary.RunAsync(folder.Path, "bus", "dead-letters", "discard", "--all", "--reason", "a test's", "--as", "carol:admin", "--server", url);
        Assert.Equal((0, "1 dead letters discarded by carol"), (discarded.ExitCode, discarded.Output.Trim()));
        Assert.Empty(await DeadAsync(folder, url));
        using var client = new HttpClient { BaseAddress = new Uri(url) };
        var acts = JsonNode.Parse(await client.GetStringAsync(new Uri("/api/audit?by=carol", UriKind.Relative)))!["items"]!.AsArray();
        var act = Assert.Single(acts, one => one!["kind"]!.GetValue<string>() == "dead-letters-discarded")!;
        Assert.Equal(("a test's", again["id"]!.GetValue<string>()), (act["detail"]!["reason"]!.GetValue<string>(), Assert.Single(act["detail"]!["letters"]!.AsArray())!["id"]!.GetValue<string>()));

        var unknown = await Binary.RunAsync(folder.Path, "bus", "dead-letters", "replay", "nowhere", "--as", "carol:admin", "--server", url);
        Assert.Equal((1, "orchestrator: nowhere was not replayed: there is no such dead letter"), (unknown.ExitCode, unknown.Error.Trim()));
    }

    [Fact]
    public async Task A_node_says_when_its_broker_is_away_and_goes_on_when_it_is_back()
    {
        Assert.SkipUnless(ServerAvailability.HasBoth, ServerAvailability.WhyNoRabbit + ServerAvailability.WhyNoPostgres);
        using var folder = new Folder();
        await using var rabbit = await RabbitServer.StartAsync(virtualHosts: 1);
        await using var cloud = Binary.Start(folder.Path, "cloud", "--port", "0");
        await using var node = await ServeAsync(folder, cloud, rabbit.Uri(await rabbit.TakeVirtualHostAsync()));
        using var client = new HttpClient { BaseAddress = await node.WhenReadyAsync() };
        client.DefaultRequestHeaders.Add("X-Orchestrator-User", "carol:operator,engineer,admin");
        Assert.Equal(HttpStatusCode.OK, (await ReadyAsync(client)).Status);

        await rabbit.StopAsync();
        var away = await UntilReadyIsAsync(client, HttpStatusCode.ServiceUnavailable);
        Assert.Contains($"127.0.0.1:{rabbit.Port}", away, StringComparison.Ordinal);
        Assert.Contains("nothing is lost", away, StringComparison.Ordinal);
        using var started = await client.PostAsJsonAsync("/api/runs", new { source = "runbook: looks\nsteps:\n  - id: a\n    run: fleet.survey\n" });
        var run = (await started.Content.ReadFromJsonAsync<JsonNode>())!["id"]!.GetValue<string>();
        using var dead = await client.GetAsync(new Uri("/api/bus/dead-letters", UriKind.Relative));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, dead.StatusCode);

        await rabbit.StartAsync();
        await UntilReadyIsAsync(client, HttpStatusCode.OK);
        using var limit = new CancellationTokenSource(waitLimit, TimeProvider.System);
        var ends = StreamReader.ReadAsync(client, $"/api/runs/{run}/stream", after: 0, limit.Token);
        await foreach (var item in ends)
        {
            if (item.Data.Contains("run-ended", StringComparison.Ordinal)) return;
        }

        Assert.Fail("the run did not end");
    }

    [Theory]
    [InlineData("nonsense", 2, "--bus is no address of a message broker; write it as in amqp://")]
    [InlineData("amqp://u:secret@127.0.0.1:9/", 4, "no message broker answers at 127.0.0.1:9 (connection refused)")]
    public async Task A_node_does_not_start_on_a_broker_that_is_none(string bus, int code, string words)
    {
        Assert.SkipUnless(ServerAvailability.HasPostgres, ServerAvailability.WhyNoPostgres);
        using var folder = new Folder();
        await using var cloud = Binary.Start(folder.Path, "cloud", "--port", "0");
        var store = await (await servers.PostgresAsync()).CreateDatabaseAsync();

        var finished = await Binary.RunAsync(
            folder.Path, "serve", "--data", "data", "--port", "0", "--store", store, "--bus", bus, "--cloud", (await cloud.WhenReadyAsync()).ToString());

        Assert.Equal(code, finished.ExitCode);
        Assert.Contains(words, finished.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", finished.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", finished.Error, StringComparison.Ordinal);
    }

    private async Task<Running> ServeAsync(Folder folder, Running cloud, Uri bus) => Binary.Start(
        folder.Path, "serve", "--data", "data", "--port", "0", "--name", "a", "--ask", "--store", await (await servers.PostgresAsync()).CreateDatabaseAsync(),
        "--bus", bus.AbsoluteUri, "--cloud", (await cloud.WhenReadyAsync()).ToString());

    private static async Task PublishAsync(Uri address, string queue, byte[] content)
    {
        await using var connection = await new ConnectionFactory { Uri = address, AutomaticRecoveryEnabled = false }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        await channel.BasicPublishAsync("", queue, mandatory: true, new BasicProperties { Persistent = true }, content);
    }

    private static async Task<JsonArray> DeadAsync(Folder folder, string url)
    {
        var list = await Binary.RunAsync(folder.Path, "bus", "dead-letters", "list", "--json", "--server", url);
        Assert.True(list.ExitCode == 0, list.Error);
        return JsonNode.Parse(list.Output)!["items"]!.AsArray();
    }

    /// <summary>The one dead letter, once it is there.</summary>
    private static async Task<JsonNode> WhenDeadAsync(Folder folder, string url)
    {
        using var limit = new CancellationTokenSource(waitLimit, TimeProvider.System);
        while (true)
        {
            limit.Token.ThrowIfCancellationRequested();
            if (await DeadAsync(folder, url) is { Count: > 0 } letters) return Assert.Single(letters)!;
        }
    }

    private static async Task<(HttpStatusCode Status, string Text)> ReadyAsync(HttpClient client)
    {
        using var answer = await client.GetAsync(new Uri("/health/ready", UriKind.Relative));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static async Task<string> UntilReadyIsAsync(HttpClient client, HttpStatusCode wanted)
    {
        using var limit = new CancellationTokenSource(waitLimit, TimeProvider.System);
        while (true)
        {
            var (status, text) = await ReadyAsync(client);
            if (status == wanted) return text;
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, limit.Token);
        }
    }
}
