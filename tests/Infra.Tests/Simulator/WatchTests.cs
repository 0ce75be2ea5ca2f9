using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using k8s;

namespace Orchestrator.Infra.Tests.Simulator;

public sealed class WatchTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Goes_on_from_a_version_after_the_connection_was_lost()
    {
        await using var cloud = await Clouds.StartAsync();
        using var client = Clouds.ClientOf(cloud);
        using var http = new HttpClient { BaseAddress = cloud.ClusterAddress(Clouds.Cluster) };
        var start = (await client.CoreV1.ListNodeAsync(cancellationToken: Cancellation)).Metadata.ResourceVersion;

        await ColocationTests.LabelAsync(client, "transitional", node: 0);
        var first = await ReadOneAsync(http, start);
        await ColocationTests.LabelAsync(client, "transitional", node: 1);
        await ColocationTests.LabelAsync(client, "transitional", node: 2);
        var second = await ReadOneAsync(http, VersionOf(first));
        var third = await ReadOneAsync(http, VersionOf(second));

        Assert.Equal([Clouds.Node(0), Clouds.Node(1), Clouds.Node(2)], new[] { first, second, third }.Select(NameOf));
        Assert.All([first, second, third], change => Assert.Equal("MODIFIED", change["type"]!.ToString()));
    }

    [Fact]
    public async Task A_selector_sees_a_node_come_and_go()
    {
        await using var cloud = await Clouds.StartAsync();
        using var client = Clouds.ClientOf(cloud);
        using var http = new HttpClient { BaseAddress = cloud.ClusterAddress(Clouds.Cluster) };
        var start = (await client.CoreV1.ListNodeAsync(cancellationToken: Cancellation)).Metadata.ResourceVersion;
        const string Selector = "&labelSelector=orchestrator.io%2Fcolocation-state%20in%20(transitional)";

        await ColocationTests.LabelAsync(client, "transitional");
        await ColocationTests.LabelAsync(client, "stress-test");
        var came = await ReadOneAsync(http, start, Selector);
        var went = await ReadOneAsync(http, VersionOf(came), Selector);

        Assert.Equal("ADDED", came["type"]!.ToString());
        Assert.Equal("DELETED", went["type"]!.ToString());
    }

    [Fact]
    public async Task A_version_older_than_the_history_is_gone()
    {
        await using var cloud = await Clouds.StartAsync(with: options => options with { WatchHistory = 2 });
        using var client = Clouds.ClientOf(cloud);
        using var http = new HttpClient { BaseAddress = cloud.ClusterAddress(Clouds.Cluster) };
        var start = (await client.CoreV1.ListNodeAsync(cancellationToken: Cancellation)).Metadata.ResourceVersion;
        foreach (var state in new[] { "transitional", "stress-test", "transitional", "offline-only" })
        {
            await ColocationTests.LabelAsync(client, state);
        }

        using var answer = await http.GetAsync($"api/v1/nodes?watch=true&resourceVersion={start}", Cancellation);

        Assert.Equal(HttpStatusCode.Gone, answer.StatusCode);
        Assert.Equal("Expired", JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation))!["reason"]!.ToString());
    }

    [Fact]
    public async Task Ends_with_a_bookmark_when_its_time_is_over()
    {
        await using var cloud = await Clouds.StartAsync();
        using var http = new HttpClient { BaseAddress = cloud.ClusterAddress(Clouds.Cluster) };

        var lines = (await http.GetStringAsync("api/v1/nodes?watch=true&timeoutSeconds=1&allowWatchBookmarks=true", Cancellation)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(5, lines.Length);
        Assert.Equal("BOOKMARK", JsonNode.Parse(lines[^1])!["type"]!.ToString());
    }

    private static async Task<JsonNode> ReadOneAsync(HttpClient http, string version, string more = "")
    {
        using var stream = new StreamReader(await http.GetStreamAsync(string.Create(CultureInfo.InvariantCulture, $"api/v1/nodes?watch=true&resourceVersion={version}{more}"), Cancellation));
        return JsonNode.Parse((await stream.ReadLineAsync(Cancellation))!)!;
    }

    private static string VersionOf(JsonNode change) => change["object"]!["metadata"]!["resourceVersion"]!.ToString();

    private static string NameOf(JsonNode change) => change["object"]!["metadata"]!["name"]!.ToString();
}
