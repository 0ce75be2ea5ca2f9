using System.Net.Http.Json;
using System.Text.Json;

namespace Orchestrator.Server.Tests;

public sealed class WallTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Lending = """
        runbook: lending
        locks: ["cluster/hz-batch-a"]
        steps:
          - id: look
            run: fleet.survey
          - id: lend
            run: cluster.shift
            with: { cluster: hz-batch-a, to: transitional, waves: [50%, 100%] }
            # On a busy machine the fast night makes metrics look old for a moment.
            retry: { attempts: 20, delay: 30s }
            undo: { run: cluster.shift, with: { cluster: hz-batch-a, to: offline-only } }
          - id: go
            approval: { title: "Go on?", roles: [commander] }
        """;

    private const string TooSoon = """
        runbook: too-soon
        locks: ["cluster/hz-batch-b"]
        steps:
          - id: degrade
            run: cluster.shift
            with: { cluster: hz-batch-b, to: peak-degrade, through: true, waves: [100%] }
            irreversible: true
        """;

    [Fact]
    public async Task The_wall_shows_each_cluster_asked_against_observed_and_its_guards_and_what_is_blocked_on_whom()
    {
        var run = await server.StartAsync(Lending);
        await server.UntilAsync(run, "approval-requested");
        var waiting = await server.StartAsync("runbook: waiting\nlocks: [\"cluster/*\"]\nsteps:\n  - { id: a, run: fleet.survey }\n");
        using var alice = server.As("alice:commander");

        // Clusters are read beside the wall, never for it: the observation follows.
        JsonElement wall, lent;
        await using var walls = StreamReader.ReadAsync(alice, "/api/wall/stream").GetAsyncEnumerator();
        do
        {
            Assert.True(await walls.MoveNextAsync());
            wall = JsonElement.Parse(walls.Current.Data);
            lent = wall.GetProperty("clusters").EnumerateArray().Single(cluster => cluster.GetProperty("id").GetString() == "hz-batch-a");
        }
        while (!lent.TryGetProperty("converged", out var converged) || !converged.GetBoolean());

        Assert.Equal("wall", walls.Current.Type);
        Assert.Equal("transitional", lent.GetProperty("state").GetString());
        Assert.Equal((30, 70), (lent.GetProperty("split").GetProperty("online").GetInt32(), lent.GetProperty("split").GetProperty("batch").GetInt32()));
        Assert.Equal((run, "lend"), (lent.GetProperty("asked").GetProperty("run").GetString(), lent.GetProperty("asked").GetProperty("path").GetString()));
        Assert.Equal(24, lent.GetProperty("observed").GetProperty("nodesByState").GetProperty("transitional").GetInt32());
        Assert.Equal(lent.GetProperty("asked").GetProperty("profiles").GetString(), lent.GetProperty("observed").GetProperty("profiles").GetString());
        Assert.Contains(lent.GetProperty("guards").EnumerateArray(), light => light.GetProperty("guard").GetString() == "images" && light.GetProperty("light").GetString() == "green");
        Assert.Equal(4, wall.GetProperty("clusters").GetArrayLength());

        var blocked = wall.GetProperty("blocked").EnumerateArray().ToList();
        Assert.Contains(blocked, one => one.GetProperty("kind").GetString() == "approval" && one.GetProperty("run").GetString() == run);
        var locked = blocked.Single(one => one.GetProperty("kind").GetString() == "lock" && one.GetProperty("run").GetString() == waiting);
        Assert.Contains(locked.GetProperty("holders").EnumerateArray(), holder => holder.GetProperty("run").GetString() == run && holder.GetProperty("startedBy").GetString() == "carol");
        Assert.True(wall.GetProperty("approvals").EnumerateArray().Single(approval => approval.GetProperty("run").GetString() == run).GetProperty("mine").GetProperty("may").GetBoolean());
        var peak = wall.GetProperty("peak");
        Assert.Equal(100_000, peak.GetProperty("demand").GetDouble());
        Assert.InRange(peak.GetProperty("secondsTo").GetDouble(), 0, 86_400);

        // The other tests of the class want the clusters, too.
        await server.CancelAsync(waiting);
        await server.CancelAsync(run);
    }

    [Fact]
    public async Task Steps_that_wait_for_the_same_are_one_line_and_counted()
    {
        var run = await server.StartAsync("""
            runbook: waits
            inputs: { items: { type: array } }
            steps:
              - id: all
                parallel:
                  - id: hosts
                    steps:
                      - id: each
                        forEach: "${ inputs.items }"
                        steps: [ { id: hold, wait: { signal: go } } ]
                  - id: people
                    steps: [ { id: sure, approval: { title: "Sure?", roles: [commander] } } ]
            """, new { items = Enumerable.Range(0, 300) });

        List<JsonElement> detail = [], wall = [];
        await ServerFixture.UntilAsync(async () =>
        {
            detail = [.. (await server.Client.GetFromJsonAsync<JsonElement>($"/api/runs/{run}")).GetProperty("waiting").EnumerateArray()];
            wall = [.. (await server.Client.GetFromJsonAsync<JsonElement>("/api/wall")).GetProperty("blocked").EnumerateArray().Where(line => line.GetProperty("run").GetString() == run)];
            return All(detail) && All(wall);
        });

        Assert.Equal(
            [("waiting-for-approval", 0), ("waiting-for-signal", 299)],
            detail.Select(line => (line.GetProperty("status").GetString(), line.GetProperty("alike").GetInt32())));
        Assert.Equal([("approval", 0), ("signal", 299)], wall.Select(line => (line.GetProperty("kind").GetString(), line.GetProperty("alike").GetInt32())));
        await server.CancelAsync(run);

        static bool All(List<JsonElement> lines) => lines.Count == 2 && lines.Sum(line => line.GetProperty("alike").GetInt32()) == 299;
    }

    [Fact]
    public async Task Guards_that_refuse_are_red_with_their_reason_and_the_mend()
    {
        var run = await server.StartAsync(TooSoon);
        await server.UntilAsync(run, "incident-opened");

        var wall = await server.Client.GetFromJsonAsync<JsonElement>("/api/wall");

        var cluster = wall.GetProperty("clusters").EnumerateArray().Single(cluster => cluster.GetProperty("id").GetString() == "hz-batch-b");
        var red = cluster.GetProperty("guards").EnumerateArray().Where(light => light.GetProperty("light").GetString() == "red").ToList();
        Assert.NotEmpty(red);
        Assert.All(red, light => Assert.Equal(run, light.GetProperty("run").GetString()));
        Assert.All(red, light => Assert.NotEmpty(light.GetProperty("fix").GetString()!));
        var incident = wall.GetProperty("blocked").EnumerateArray().Single(one => one.GetProperty("kind").GetString() == "incident" && one.GetProperty("run").GetString() == run);
        Assert.Equal("guard-refused", incident.GetProperty("error").GetProperty("code").GetString());
    }
}
