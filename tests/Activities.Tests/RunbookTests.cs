using System.Net.Http.Json;
using System.Text.Json;
using Orchestrator.Fleet.Capacity;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Views;
using Orchestrator.Simulator.Effects;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Activities.Tests;

public sealed class RunbookTests
{
    public static TheoryData<string> Names { get; } =
        [.. Directory.EnumerateFiles(Repository.Runbooks, "*.yaml").Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal)];

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Names))]
    public async Task Every_runbook_that_ships_is_valid(string name)
    {
        await using var cloud = await TestCloud.OpenAsync();

        Assert.Equal(name, TestEnvironment.Read(cloud.Services, name).Name);
    }

    [Fact(Timeout = 120_000)]
    public async Task Double_11_lends_builds_rides_the_peak_and_gives_everything_back()
    {
        // Slower than other nights here: at 3,600 times a second of a busy machine is an hour of the evening, and a load test that is late meets the peak.
        await using var environment = await TestEnvironment.OpenAsync(speed: 1200);

        var run = await environment.RunAsync("double-11");

        Assert.Equal(RunStatus.Done, run.Status);
        var report = await environment.ResultAsync(run.Run, "night/report");
        Assert.Empty(report.GetProperty("invariants").GetProperty("broken").EnumerateArray());
        await AssertFiguresAsync(environment, report.GetProperty("report").Deserialize<FleetReport>(WorkflowJson.Options)!);
        // What two people decided on was proven without a customer, and customers went to the units afterwards, internal users first.
        var facts = await environment.FactsAsync();
        var tested = Assert.Single(facts.OfType<LoadTested>());
        Assert.Null(tested.Broke);
        // Customers alone are more than home's part of the height already.
        Assert.InRange(tested.Proven.Values.Sum(), 117_600, 160_000);
        Assert.All(facts.OfType<TrafficShifted>(), shifted => Assert.True(shifted.At > tested.At));
        Assert.Equal([1, 7, 26, 64, 32, 0], facts.OfType<TrafficShifted>().Select(shifted => shifted.Weights.Where(weight => weight.Key.StartsWith("cloud-", StringComparison.Ordinal)).Sum(weight => weight.Value)).Distinct());
        Assert.Equal(2, environment.Cloud.Effects.Count(effect => effect.Kind == EffectKind.Traffic && effect.Detail.Contains("x-user-group: internal", StringComparison.Ordinal) || effect.Detail.EndsWith("trading-canary-" + run.Run.ToString().Replace("-", "", StringComparison.Ordinal)[^12..] + ": no marked requests", StringComparison.Ordinal)));
        await AssertGivenBackAsync(environment);
        AssertEachEffectOnce(environment);
    }

    /// <summary>From the activity to the end of the run: what could not be taken back is named, and nothing says that it was.</summary>
    [Fact(Timeout = 60_000)]
    public async Task A_run_that_cannot_move_two_nodes_back_ends_undo_incomplete_and_names_them()
    {
        await using var environment = await TestEnvironment.OpenAsync(SmallFleet.Definition);
        var run = await environment.StartTextAsync("""
            runbook: half-way
            steps:
              - id: lend
                run: cluster.shift
                locks: [ "cluster/lend" ]
                with: { cluster: lend, to: transitional, waves: [ 100% ] }
                undo: { run: cluster.shift, with: { cluster: lend, to: offline-only } }
              - id: hold
                wait: { signal: never }
            """);
        await environment.WhenAsync<StepCompleted>(step => step.Path.Value == "lend", TestContext.Current.CancellationToken);
        string[] stuck = [.. Assert.Single(await environment.SurveyAsync(), survey => survey.Cluster == "lend").Nodes.Select(node => node.Name).Order(StringComparer.Ordinal).Take(2)];
        using var http = new HttpClient();
        using var answer = await http.PutAsJsonAsync(
            new Uri(environment.Cloud.BaseAddress, "sim/faults"),
            new { rules = stuck.Select(node => new { route = $"/clusters/lend/api/v1/nodes/{node}", methods = new[] { "PATCH" }, errorPercent = 100, times = 100_000 }), deadNodes = Array.Empty<string>() },
            TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();

        Assert.Null(await environment.Engine.RequestAsync(run, new UndoRun("dora", "the sale is called off"), TestContext.Current.CancellationToken));
        var ended = await environment.Engine.WhenEndedAsync(run, TestContext.Current.CancellationToken);

        Assert.Equal(RunStatus.UndoIncomplete, ended.Status);
        Assert.All(stuck, node => Assert.Contains($"{node}: its label still says transitional", ended.Error!.Message, StringComparison.Ordinal));
        Assert.Equal(stuck, ended.Error!.Detail!.Value.GetProperty("left").EnumerateArray().Select(left => left.GetProperty("name").GetString()!));
    }

    [Fact(Timeout = 60_000)]
    public async Task Give_back_finds_nothing_to_do_where_nothing_was_borrowed()
    {
        await using var environment = await TestEnvironment.OpenAsync();

        var run = await environment.RunAsync("give-back");

        Assert.Equal(RunStatus.Done, run.Status);
        Assert.DoesNotContain(environment.Cloud.Effects, effect => effect.Kind is EffectKind.NodeLabel or EffectKind.ResourceDelete or EffectKind.Traffic);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("2026-11-20T07:00:00+08:00", ColocationState.Transitional)]
    [InlineData("2026-11-20T23:30:00+08:00", ColocationState.OfflineOnly)]
    public async Task The_daily_tide_goes_by_the_hour(string start, ColocationState expected)
    {
        await using var environment = await TestEnvironment.OpenAsync(start: DateTimeOffset.Parse(start));

        var run = await environment.RunAsync("daily-colocation");

        Assert.Equal(RunStatus.Done, run.Status);
        Assert.All(await StatesAsync(environment), state => Assert.Equal(expected, state));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_tide_goes_out_and_comes_in_again()
    {
        await using var environment = await TestEnvironment.OpenAsync();

        await environment.RunAsync("daily-colocation", new { tide = "day" });
        await environment.RunAsync("daily-colocation", new { tide = "night" });

        Assert.All(await StatesAsync(environment), state => Assert.Equal(ColocationState.OfflineOnly, state));
        AssertEachEffectOnce(environment);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_stress_test_loads_what_stands_and_leaves_the_traffic_at_home()
    {
        await using var environment = await TestEnvironment.OpenAsync();
        await environment.RunTextAsync("""
            runbook: build-one
            locks: ["unit/*"]
            steps:
              - id: build
                run: unit.provision
                with: { unit: cloud-1, kind: cloud, hosts: 12 }
                irreversible: true
            """);

        var run = await environment.RunAsync("stress-test", new { hold = "1m", share = 50, percent = 40 });

        Assert.Equal(RunStatus.Done, run.Status);
        var facts = await environment.FactsAsync();
        var view = FleetView.Of(facts);
        Assert.Equal(100, view.Weights[FleetView.Home]);
        Assert.True(view.Units["cloud-1"].Inspected);
        Assert.True(Assert.Single(facts.OfType<LoadTested>()) is { Broke: null } tested && tested.Proven["cloud-1"] >= 0.98 * 20_000);
        Assert.DoesNotContain(facts, fact => fact is TrafficShifted);
        Assert.All(await StatesAsync(environment), state => Assert.Equal(ColocationState.OfflineOnly, state));
    }

    /// <summary>A fifth of the peak on two units: 24,000 requests a second need 13 machines of 32 cores, seven each.</summary>
    [Fact(Timeout = 60_000)]
    public async Task A_site_is_planned_built_inspected_and_tested()
    {
        // Slow enough that a busy machine does not miss the budgets of the phases.
        await using var environment = await TestEnvironment.OpenAsync(speed: 60);

        var run = await environment.RunAsync("site-build");

        Assert.Equal(RunStatus.Done, run.Status);
        var facts = await environment.FactsAsync();
        var view = FleetView.Of(facts);
        Assert.All((string[])["site-1", "site-2"], unit => Assert.Equal((7, true), (view.Units[unit].Hosts, view.Units[unit].Inspected)));
        Assert.Null(Assert.Single(facts.OfType<LoadTested>()).Broke);
        Assert.All((await environment.ResultAsync(run.Run, "plan/capacity")).GetProperty("units").EnumerateArray(), unit => Assert.Equal(7, unit.GetProperty("hosts").GetInt32()));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_capacity_plan_says_what_is_short_before_two_people_decide()
    {
        await using var environment = await TestEnvironment.OpenAsync(people: false);
        await environment.StartAsync("capacity-plan", new { cloudShare = 20, bigDataShare = 10 });

        var asked = await environment.WhenAsync<ApprovalRequested>(_ => true, TestContext.Current.CancellationToken);

        Assert.Equal("The plan is short. Go on with it all the same?", asked.Question);
        Assert.Equal("home is left with 84,000 requests a second and carries 55,296: give the units a larger part", asked.Evidence!.Value.GetProperty("short")[0].GetString());
    }

    /// <summary>88 % of the traffic to two machines: the load test finds it, and nothing of it stays.</summary>
    [Fact(Timeout = 60_000)]
    public async Task Double_11_with_one_host_a_unit_fails_under_load_and_gives_everything_back()
    {
        await using var environment = await TestEnvironment.OpenAsync();
        var run = await environment.StartAsync("double-11", new { hosts = 1, cloudShare = 88, waiveCapacity = "to see it fail" });

        var ended = await environment.Engine.WhenEndedAsync(run, TestContext.Current.CancellationToken);

        Assert.Equal(RunStatus.Undone, ended.Status);
        var failed = await environment.WhenAsync<StepFailed>(step => step.Path.Value == "night/stress/load/test/run", TestContext.Current.CancellationToken);
        Assert.Equal("load-test-failed", failed.Error.Code);
        Assert.Contains("cloud-1 answers 99 of 100 requests in", failed.Error.Message, StringComparison.Ordinal);
        // No customer was part of it.
        Assert.DoesNotContain(await environment.FactsAsync(), fact => fact is TrafficShifted shifted && shifted.Weights[FleetView.Home] < 100);
        await AssertGivenBackAsync(environment);
    }

    [Fact(Timeout = 60_000)]
    public async Task Double_11_with_one_host_a_unit_is_refused_by_the_guard_unless_it_is_waived()
    {
        await using var environment = await TestEnvironment.OpenAsync();
        await environment.StartAsync("double-11", new { hosts = 1, cloudShare = 88 });

        var incident = await environment.WhenAsync<IncidentOpened>(_ => true, TestContext.Current.CancellationToken);

        Assert.Equal("guard-refused", incident.Error.Code);
        Assert.Contains("capacity: home carries 55,296 requests a second and the units 4,050", incident.Error.Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("${ steps.go.result }", true)]
    [InlineData("{ approved: true, by: [{ user: alice }, { user: dave }] }", false)]
    public async Task Approvers_count_as_the_journal_has_them(string evidence, bool counts)
    {
        await using var environment = await TestEnvironment.OpenAsync(SmallFleet.Definition, delays: 0);

        await environment.RunTextAsync($$"""
            runbook: claim
            locks: ["cluster/*"]
            steps:
              - id: even
                run: cluster.shift
                with: { cluster: lend, to: stress-test, through: true }
                irreversible: true
              - id: go
                approval: { title: Go?, roles: [commander, sre-lead], quorum: 2 }
              - id: degrade
                run: cluster.shift
                with:
                  cluster: lend
                  to: peak-degrade
                  evidence: {{evidence}}
                  waive: { rehearsal: not part of this test, capacity: not part of this test }
                irreversible: true
                onFailure: continue
            """);

        Assert.All(await StatesAsync(environment), state => Assert.Equal(counts ? ColocationState.PeakDegradeLossless : ColocationState.StressTest, state));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_emergency_takes_a_promotions_locks_over_and_brings_everything_home()
    {
        await using var environment = await TestEnvironment.OpenAsync(people: false);
        var promotion = await environment.StartAsync("double-11");
        // The promotion waits for its go, with units under load and clusters half and half.
        await environment.WhenAsync<ApprovalRequested>(asked => asked.Path.Value == "night/go", TestContext.Current.CancellationToken);

        var emergency = await environment.RunAsync("emergency-scale-down", new { reason = "rehearsed failure" }, pausedIsFine: true);

        Assert.Equal(RunStatus.Done, emergency.Status);
        Assert.All(await StatesAsync(environment), state => Assert.Equal(ColocationState.OfflineOnly, state));
        var view = FleetView.Of(await environment.FactsAsync());
        Assert.Equal(100, view.Weights[FleetView.Home]);
        Assert.NotEmpty(view.Units);
        Assert.All(view.Units.Values, unit => Assert.Equal((0, Fleet.Units.UnitPhase.Provisioned), (unit.Hosts, unit.Phase)));
        // Hosts go, data stays: nothing but machines was deleted.
        Assert.DoesNotContain(environment.Cloud.Effects, effect => effect.Kind == EffectKind.ResourceDelete && effect.Detail.StartsWith("rds:", StringComparison.Ordinal));
        Assert.DoesNotContain(environment.Cloud.Effects, effect => effect.Kind == EffectKind.ResourceDelete && effect.Detail.StartsWith("r-kvstore:", StringComparison.Ordinal));
        var lost = await environment.WhenAsync<LocksLost>(_ => true, TestContext.Current.CancellationToken);
        Assert.Equal(emergency.Run, lost.TakenBy);
        Assert.False((await environment.Engine.FindAsync(promotion, TestContext.Current.CancellationToken))!.Ended);
        Assert.Empty((await environment.ResultAsync(emergency.Run, "report")).GetProperty("invariants").GetProperty("broken").EnumerateArray());
    }

    /// <summary>The cloud answers nothing: its hosts stay and are named, and neither the traffic nor the clusters wait for them.</summary>
    [Fact(Timeout = 60_000)]
    public async Task The_emergency_brings_traffic_and_clusters_home_while_the_clouds_api_is_away()
    {
        await using var environment = await TestEnvironment.OpenAsync(SmallFleet.Definition, delays: 0);
        await environment.RunTextAsync("""
            runbook: lend-and-build
            locks: ["cluster/*", "unit/*", traffic]
            steps:
              - id: survey
                run: fleet.survey
              - id: lend
                run: cluster.shift
                with: { cluster: lend, to: transitional }
                irreversible: true
              - id: build
                run: unit.provision
                with: { unit: cloud-1, kind: cloud, hosts: 2 }
                irreversible: true
              - id: inspect
                run: unit.inspect
                with: { unit: cloud-1 }
                retry: { attempts: 20, delay: 30s }
              - id: divide
                run: traffic.shift
                with: { weights: { home: 70, cloud-1: 30 } }
                irreversible: true
            """);
        using var http = new HttpClient();
        using var away = await http.PutAsJsonAsync(
            new Uri(environment.Cloud.BaseAddress, "sim/faults"), new { rules = new[] { new { route = "/openapi/*", errorPercent = 100 } }, deadNodes = Array.Empty<string>() }, TestContext.Current.CancellationToken);
        Assert.True(away.IsSuccessStatusCode);

        var emergency = await environment.StartAsync("emergency-scale-down", new { reason = "the cloud is away" });
        var ended = await environment.Engine.WhenEndedAsync(emergency, TestContext.Current.CancellationToken);

        Assert.Equal(RunStatus.Failed, ended.Status);
        Assert.All((await environment.SurveyAsync())[0].Nodes, node => Assert.Equal(ColocationState.OfflineOnly, node.State));
        var view = FleetView.Of(await environment.FactsAsync());
        Assert.Equal((100, 2), (view.Weights[FleetView.Home], view.Units["cloud-1"].Hosts));
        Assert.Equal(100, JsonDocument.Parse(await http.GetStringAsync(new Uri(environment.Cloud.BaseAddress, "sim/weights"), TestContext.Current.CancellationToken)).RootElement.GetProperty("weights").GetProperty("home").GetInt32());
    }

    [Fact(Timeout = 60_000)]
    public async Task The_emergency_goes_on_where_nodes_are_dead_or_gone_and_names_them()
    {
        await using var environment = await TestEnvironment.OpenAsync(SmallFleet.Definition, delays: 0);
        await environment.RunTextAsync("""
            runbook: lend-one
            locks: ["cluster/*"]
            steps:
              - id: lend
                run: cluster.shift
                with: { cluster: lend, to: transitional }
                irreversible: true
            """);
        var nodes = (await environment.SurveyAsync())[0].Nodes.Select(node => node.Name).ToList();
        using var http = new HttpClient();
        using var killed = await http.PutAsJsonAsync(
            new Uri(environment.Cloud.BaseAddress, "sim/faults"), new { rules = Array.Empty<object>(), deadNodes = new[] { $"lend/{nodes[0]}", $"lend/{nodes[1]}" } }, TestContext.Current.CancellationToken);
        using var removed = await http.DeleteAsync(new Uri(environment.Cloud.ClusterAddress("lend"), $"api/v1/nodes/{nodes[5]}"), TestContext.Current.CancellationToken);
        Assert.True(killed.IsSuccessStatusCode && removed.IsSuccessStatusCode);
        while ((await environment.SurveyAsync())[0].Nodes.Count(node => !node.Ready) < 2)
        {
            await Task.Delay(TimeSpan.FromSeconds(30), environment.Clock, TestContext.Current.CancellationToken);
        }

        var run = await environment.RunAsync("emergency-scale-down", new { reason = "rehearsed failure" });

        Assert.Equal(RunStatus.Done, run.Status);
        Assert.All((await environment.SurveyAsync())[0].Nodes, node => Assert.Equal(ColocationState.OfflineOnly, node.State));
        var moved = await environment.ResultAsync(run.Run, "down/lent/return/lend/shift");
        Assert.Equal(nodes[..2], moved.GetProperty("leftBehind").EnumerateArray().Select(node => node.GetString()));
        Assert.Equal(3, moved.GetProperty("moved").GetInt32());
        Assert.Empty((await environment.ResultAsync(run.Run, "report")).GetProperty("invariants").GetProperty("broken").EnumerateArray());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_promotion_taken_back_leaves_nothing_behind()
    {
        await using var environment = await TestEnvironment.OpenAsync(people: false);
        var promotion = await environment.StartAsync("double-11");
        var asked = await environment.WhenAsync<ApprovalRequested>(asked => asked.Path.Value == "night/go", TestContext.Current.CancellationToken);

        Assert.Null(await environment.Engine.RequestAsync(promotion, new UndoRun("dora", "the sale is called off"), TestContext.Current.CancellationToken));
        var ended = await environment.Engine.WhenEndedAsync(promotion, TestContext.Current.CancellationToken);

        Assert.Equal(RunStatus.Undone, ended.Status);
        await AssertGivenBackAsync(environment);
    }

    /// <summary>Beside what the facts and the fleet's curve say: the counters, the prices and the report are three ways to the same night.</summary>
    private static async Task AssertFiguresAsync(TestEnvironment environment, FleetReport report)
    {
        var (totals, fleet) = (report.Totals, Repository.DemoFleet);
        Assert.InRange(totals.ShareOfPeakOnCloud!.Value, 0.6, 0.68);
        Assert.Equal(["balancer", "cache", "database", "hosts", "lent-nodes"], report.CostByResource.Where(cost => cost.Cost > 0).Select(cost => cost.Resource).Order());
        Assert.Equal(totals.Cost, report.CostByResource.Sum(cost => cost.Cost!.Value));
        Assert.All(report.Baselines, baseline => Assert.True(baseline is { Cost: > 0, CostPer10000Orders: > 0 }));
        Assert.All(report.Clusters, cluster => Assert.InRange(cluster.Measured!.Share, 0.05, 1));
        // One request of twenty is an order, and home with the units serve all that the entry lets in.
        var orders = report.Orders!;
        var letIn = fleet.AdmittedTraffic.Integral(orders.From, orders.To) * fleet.Application.OrdersPerRequest;
        Assert.InRange(orders.Accepted / letIn, 0.95, 1.01);
        Assert.Equal(["cloud-1", "cloud-2", "home"], orders.ByDestination.Select(one => one.Destination).Where(one => one != "big-data-1"));
        Assert.DoesNotContain(report.Unknown, one => one.Key != "orders.failedReadings");
        // The same journal, folded once more, gives the same report.
        var facts = (await environment.FactsAsync()).Where(fact => fact.At <= report.To);
        Assert.Equal(
            WorkflowJson.ToElement(report).ToString(),
            WorkflowJson.ToElement(new ReportWriter(Repository.Profiles, fleet).Write(Ledger.Of(facts), report.To)).ToString());
    }

    private static async Task AssertGivenBackAsync(TestEnvironment environment)
    {
        Assert.All(await StatesAsync(environment), state => Assert.Equal(ColocationState.OfflineOnly, state));
        var view = FleetView.Of(await environment.FactsAsync());
        Assert.All(view.Units.Values, unit => Assert.Equal(Fleet.Units.UnitPhase.Released, unit.Phase));
        Assert.Equal(100, view.Weights[FleetView.Home]);
        string[] Targets(string kind) => [.. environment.Cloud.Effects.Where(effect => effect.Kind == kind).Select(effect => effect.Target).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(Targets(EffectKind.ResourceCreate), Targets(EffectKind.ResourceDelete));
    }

    private static async Task<IReadOnlyList<ColocationState?>> StatesAsync(TestEnvironment environment) =>
        [.. (await environment.SurveyAsync()).SelectMany(survey => survey.Nodes.Select(node => node.State))];

    private static void AssertEachEffectOnce(TestEnvironment environment) =>
        Assert.Empty(environment.Cloud.Effects
            .Where(effect => effect.Key.Length > 0)
            .GroupBy(effect => (effect.Kind, effect.Target, effect.Key, effect.Detail))
            .Where(group => group.Count() > 1)
            .Select(group => group.Key));
}
