using System.Text.Json.Nodes;
using Orchestrator.Fleet.Clock;
using Orchestrator.Infra.Tests.Alibaba.Sdk;
using Orchestrator.Infra.Tests.Simulator;

namespace Orchestrator.Infra.Tests.Kubernetes;

/// <summary>The simulated API server by the hands of npm's <c>@kubernetes/client-node</c>. Skipped by name where there is no Node.js.</summary>
public sealed class ClientNodeConformanceTests
{
    [Fact]
    public async Task The_projects_own_client_does_not_notice()
    {
        await NodeSdk.RequireAsync();
        await using var cloud = await Clouds.StartAsync(Clouds.AFleet(7), EnvironmentClock.StartingNow(), options => options with { Delays = 0.02, WatchHistory = 6 });

        var seen = await NodeSdk.ConformAsync(cloud.ClusterAddress(Clouds.Cluster));

        var events = Texts(seen["events"]!);
        Assert.Equal("add before", events[0]);
        Assert.Contains("update before", events);
        Assert.Equal(["before"], Texts(seen["cached"]!));
        Assert.Equal("""{"merged":{"a":"1","b":"2"},"json":{"a":"3","b":"2"},"finalizers":["example.com/a","example.com/b"]}""", seen["patched"]!.ToJsonString());
        Assert.Contains("BOOKMARK initial-events-end", Texts(seen["bookmarks"]!["seen"]!));
        Assert.Equal("BOOKMARK", Texts(seen["bookmarks"]!["seen"]!)[^1]);
        Assert.Contains("410", seen["expired"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("409 Conflict", seen["conflict"]!.ToString());
        Assert.Equal(["two Apply"], Texts(seen["owner"]!));
        Assert.Equal("429 TooManyRequests", seen["held"]!.ToString());
        Assert.Equal("2 app=web", seen["scale"]!.ToString());
        Assert.Equal("1 true", seen["job"]!.ToString());
        Assert.Equal("done\n", seen["log"]!.ToString());
        Assert.Equal(Enumerable.Range(0, 7).Select(Clouds.Node), Texts(seen["names"]!));
        Assert.Equal("404 NotFound pods", seen["missing"]!.ToString());
        Assert.Equal("409 AlreadyExists configmaps", seen["twice"]!.ToString());
        Assert.Equal("422 Invalid ConfigMap", seen["invalid"]!.ToString());
        Assert.Equal("409 Conflict configmaps", seen["stale"]!.ToString());
    }

    private static string[] Texts(JsonNode list) => [.. list.AsArray().Select(text => text!.ToString())];
}
