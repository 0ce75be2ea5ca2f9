using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Orchestrator.Server.Tests;

public sealed class LedgerTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string PromotionEnvironment = """
        runbook: small-night
        locks: ["cluster/*", "unit/*", traffic]
        steps:
          - { id: look, run: fleet.survey }
          - id: lend
            run: cluster.shift
            with: { cluster: hz-batch-a, to: transitional, waves: [50%, 100%] }
            # On a busy machine the fast night makes metrics look old for a moment.
            retry: { attempts: 20, delay: 30s }
            undo: { run: cluster.shift, with: { cluster: hz-batch-a, to: offline-only } }
          - id: build
            run: unit.provision
            with: { unit: cloud-7, kind: cloud, hosts: 3 }
            irreversible: true
          - { id: probe, run: unit.inspect, with: { unit: cloud-7 }, retry: { attempts: 20, delay: 1m } }
          - id: send
            run: traffic.shift
            with: { weights: { cloud-7: 20, home: 80 } }
            irreversible: true
          - id: ride
            wait: { for: 30m }
        """;

    [Fact]
    public async Task The_ledger_is_a_timeline_of_who_held_what_and_what_it_cost()
    {
        var run = await server.StartAsync(PromotionEnvironment);
        await server.UntilAsync(run, "run-ended");

        var timeline = await GetAsync("/api/fleet/ledger/timeline");
        var ofRun = await GetAsync($"/api/fleet/ledger/timeline?run={run}");
        var unit = await GetAsync("/api/units/cloud-7");

        var lanes = timeline.GetProperty("lanes").EnumerateArray().ToList();
        var lent = lanes.Single(lane => Text(lane, "cluster") == "hz-batch-a" && Optional(lane, "group") is null).GetProperty("spans").EnumerateArray().ToList();
        var last = lent.Single(span => Text(span, "state") == "transitional" && span.GetProperty("nodes").GetInt32() == 24);
        Assert.Equal((true, run, "lend"), (last.GetProperty("open").GetBoolean(), Text(last, "run"), Text(last, "path")));
        var hours = (last.GetProperty("to").GetDateTimeOffset() - last.GetProperty("from").GetDateTimeOffset()).TotalHours;
        Assert.Equal(24 * 0.3 * hours, last.GetProperty("nodeHours").GetDouble(), tolerance: 0.0001);
        var compute = lanes.Single(lane => Text(lane, "cluster") == "hz-batch-a" && Optional(lane, "group") == "compute").GetProperty("spans").EnumerateArray();
        Assert.Contains(compute, span => Text(span, "state") == "transitional" && span.GetProperty("nodes").GetInt32() == 18);
        var cloud = timeline.GetProperty("units").EnumerateArray().Single(lane => Text(lane, "unit") == "cloud-7");
        Assert.Equal(["building", "uninspected", "idle", "online"], cloud.GetProperty("spans").EnumerateArray().Select(span => Text(span, "phase")));
        Assert.Equal((run, "build"), (Text(cloud, "run"), Text(cloud, "path")));
        var cost = timeline.GetProperty("byRun").EnumerateArray().Single(one => Text(one, "run") == run);
        Assert.Equal(("small-night", "carol"), (Text(cost, "runbook"), Text(cost, "startedBy")));
        Assert.True(cost.GetProperty("cost").GetDecimal() > 0);
        Assert.Equal(cloud.GetProperty("hosts").GetInt32(), ofRun.GetProperty("units").EnumerateArray().Single().GetProperty("hosts").GetInt32());

        Assert.Equal(("online", 20), (Text(unit, "phase"), unit.GetProperty("weight").GetInt32()));
        Assert.True(Assert.Single(unit.GetProperty("lives").EnumerateArray()).GetProperty("timeToReadySeconds").GetDouble() > 0);
        var resources = unit.GetProperty("resources").EnumerateArray().ToList();
        Assert.Contains(resources, resource => Text(resource, "type").Contains("scalingGroup", StringComparison.Ordinal) && Optional(resource, "id") is not null);
        Assert.All(resources, resource => Assert.Null(Optional(resource, "pending")));
        Assert.True(Assert.Single(unit.GetProperty("inspections").EnumerateArray().Take(1)).GetProperty("passed").GetBoolean());
    }

    [Fact]
    public async Task A_cluster_is_a_map_of_its_nodes_that_is_sent_again_only_when_one_has_changed()
    {
        using var first = await server.Client.GetAsync("/api/fleet/clusters/sh-batch-a/map");
        var map = await first.Content.ReadFromJsonAsync<JsonElement>();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/fleet/clusters/sh-batch-a/map");
        request.Headers.Add("If-None-Match", first.Headers.ETag!.Tag);
        using var same = await server.Client.SendAsync(request);

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.NotModified], [first.StatusCode, same.StatusCode]);
        Assert.Equal(16, map.GetProperty("names").GetArrayLength());
        Assert.Equal(["cn-shanghai-l", "cn-shanghai-m"], map.GetProperty("zones").EnumerateArray().Select(zone => zone.GetString()).Order(StringComparer.Ordinal));
        var pools = map.GetProperty("pools").EnumerateArray().Select(pool => pool.GetString()).ToList();
        Assert.Equal(4, map.GetProperty("pool").EnumerateArray().Count(pool => pools[pool.GetInt32()] == "accelerated"));
        Assert.All(map.GetProperty("state").EnumerateArray(), state => Assert.Equal("offline-only", map.GetProperty("states")[state.GetInt32()].GetString()));
        Assert.All(map.GetProperty("flags").EnumerateArray(), flags => Assert.Equal(3, flags.GetInt32()));
    }

    private static string? Optional(JsonElement holder, string name) => holder.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static string Text(JsonElement holder, string name) => holder.GetProperty(name).GetString()!;

    private Task<JsonElement> GetAsync(string address) => server.Client.GetFromJsonAsync<JsonElement>(address);
}
