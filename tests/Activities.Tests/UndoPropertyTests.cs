using System.Globalization;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Fleet.Units;
using Orchestrator.Fleet.Views;
using Orchestrator.Infra.Alibaba;
using Orchestrator.Infra.Alibaba.Products;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Activities.Tests;

/// <summary>
/// The way back, over generated runbooks with the activities that ship, against the simulated cloud: whatever goes wrong wherever, a run that is taken back leaves nothing behind, or it ends
/// undo-incomplete and names what it leaves. More of them: <c>ORCHESTRATOR_UNDO_SEEDS=1-500</c>; one again: <c>ORCHESTRATOR_UNDO_SEEDS=17-17</c>.
/// </summary>
public sealed class UndoPropertyTests
{
    private const string Variable = "ORCHESTRATOR_UNDO_SEEDS";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<int> Seeds
    {
        get
        {
            var range = (Environment.GetEnvironmentVariable(Variable) ?? "1-14").Split('-');
            var (first, last) = (int.Parse(range[0], CultureInfo.InvariantCulture), int.Parse(range[^1], CultureInfo.InvariantCulture));
            return [.. Enumerable.Range(first, last - first + 1)];
        }
    }

    [Theory(Timeout = 120_000)]
    [MemberData(nameof(Seeds))]
    public async Task What_is_taken_back_is_gone_or_named(int seed)
    {
        var night = GeneratedNight.Of(seed);
        await using var environment = await TestEnvironment.OpenAsync(SmallFleet.Definition, people: false);
        var before = await WorldSnapshot.TakeAsync(environment, [GeneratedNight.LentUnit]);
        if (night.Mishap is Mishap.Errors or Mishap.LostAnswers or Mishap.Refusal) await SpoilAsync(environment, night);

        if (night.Mishap == Mishap.Stray) await StrayAsync(environment);
        var run = await environment.StartTextAsync(night.Text);
        if (night.Mishap == Mishap.TakenBack) await TakeBackAsync(environment, run, night.At);
        var ended = await environment.Engine.WhenEndedAsync(run, Cancel);
        await FaultsAsync(environment, []);

        var after = await WorldSnapshot.TakeAsync(environment, [GeneratedNight.LentUnit]);
        var left = after.Difference(before);
        if (night.Mishap == Mishap.Stray) left = left.RemoveRange(left.Keys.Where(name => name.Contains("others", StringComparison.Ordinal)));
        var told = Told(ended);
        var story = $"seed {seed}, {night.Mishap} at {night.At} × {night.Times} {night.Route}: {ended.Status}: {ended.Error?.Message}\nleft: {string.Join("\n      ", left.Select(thing => $"{thing.Key}: {thing.Value}"))}\n{night.Text}";
        Assert.True(ended.Status is RunStatus.Undone or RunStatus.UndoIncomplete, story);
        Assert.True(ended.Status == RunStatus.UndoIncomplete || left.IsEmpty, story);
        Assert.All(left.Keys, thing => Assert.True(told.Any(one => one.Name is { } name ? Concerns(name, thing) : one.Step.Split('/')[0] == StepOf(thing)), $"{thing} is not told; {story}"));
        // What a read-back names is there: nothing is told to stand that does not.
        Assert.All(told.Select(one => one.Name).OfType<string>(), name => Assert.True(left.Keys.Any(thing => Concerns(name, thing)), $"{name} is told and not left; {story}"));
        AssertCounted(after, FleetView.Of(await environment.FactsAsync()), story);
    }

    /// <summary>What the run says that it leaves: by name, or where an undo failed altogether by its step alone.</summary>
    private static (string Step, string? Name)[] Told(RunSummary ended) => ended is { Status: RunStatus.UndoIncomplete, Error.Detail: { } detail } && detail.TryGetProperty("left", out var left)
        ? [.. left.EnumerateArray().Select(one => (one.GetProperty("step").GetString()!, one.TryGetProperty("name", out var name) ? name.GetString() : null))]
        : [];

    private static bool Concerns(string name, string thing) => name.Split(' ')[0] switch
    {
        "unit" => UnitOf(thing) == name.Split(' ')[1].TrimEnd(':'),
        "traffic" => thing == name || name == "traffic" && thing.StartsWith("traffic", StringComparison.Ordinal),
        _ => thing == $"node {name}",
    };

    /// <summary>The step that made it. A unit that was scaled is built by its own step all the same.</summary>
    private static string StepOf(string thing) => thing.Split(' ')[0] switch
    {
        "node" or "quota" => "lend",
        "traffic" => "traffic-1",
        _ => $"build-{UnitOf(thing)}",
    };

    private static string? UnitOf(string thing) => thing.Split(' ')[0] switch
    {
        "node" or "quota" or "traffic" => null,
        _ => thing.Contains(GeneratedNight.LentUnit, StringComparison.Ordinal) ? GeneratedNight.LentUnit : GeneratedNight.CloudUnit,
    };

    /// <summary>The ledger counts what the cloud shows: nothing stands of a unit that it has let go, and it goes only through legal phases.</summary>
    private static void AssertCounted(WorldSnapshot after, FleetView view, string story)
    {
        foreach (var unit in view.Units.Values)
        {
            Assert.True(unit.IllegalChanges.IsEmpty, $"{string.Join("; ", unit.IllegalChanges)}; {story}");
            Assert.True(unit.Phase.IsAlive() || !after.Things.Keys.Any(name => name.Contains($" {unit.Id}", StringComparison.Ordinal)), $"{unit.Id} is {unit.Phase} and yet stands; {story}");
        }
    }

    private static Task SpoilAsync(TestEnvironment environment, GeneratedNight night) => FaultsAsync(
        environment,
        [
            night.Mishap switch
            {
                Mishap.Errors => new { route = "*", errorPercent = 100.0, lostAnswerPercent = 0.0, skip = night.At, times = (int?)night.Times },
                Mishap.LostAnswers => new { route = "*", errorPercent = 0.0, lostAnswerPercent = 100.0, skip = night.At, times = (int?)night.Times },
                _ => new { route = night.Route, errorPercent = 100.0, lostAnswerPercent = 0.0, skip = night.At % 4, times = (int?)null },
            },
        ]);

    private static async Task FaultsAsync(TestEnvironment environment, object[] rules)
    {
        using var http = new HttpClient();
        using var answer = await http.PutAsJsonAsync(new Uri(environment.Cloud.BaseAddress, "sim/faults"), new { rules, deadNodes = Array.Empty<string>() }, Cancel);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>At the n-th fact, wherever its activity is then; a run that ends before is taken back by its last step.</summary>
    private static async Task TakeBackAsync(TestEnvironment environment, RunId run, int fact)
    {
        var seen = 0;
        await foreach (var entry in environment.Engine.WatchAsync(0, cancellationToken: Cancel))
        {
            seen += entry.Events.OfType<FactReported>().Count();
            if (seen > fact || entry.Events.Any(one => one is StepFailed))
            {
                await environment.Engine.RequestAsync(run, new UndoRun("dora", "called off"), Cancel);
                return;
            }
        }
    }

    private static async Task StrayAsync(TestEnvironment environment)
    {
        var alibaba = environment.Services.GetRequiredService<AlibabaCloud>();
        var network = await alibaba.Vpc("cn-hangzhou").CreateVpcAsync(new CreateVpcRequest("others", "10.0.0.0/16", "others"), Cancel);
        while ((await alibaba.Vpc("cn-hangzhou").DescribeVpcAsync(network, Cancel)).Status != "Available") await Task.Delay(TimeSpan.FromSeconds(5), environment.Clock, Cancel);
        var vswitch = await alibaba.Vpc("cn-hangzhou").CreateVSwitchAsync(new CreateVSwitchRequest(network, "cn-hangzhou-h", "10.0.0.0/20", "others") { VSwitchName = "others" }, Cancel);
        while ((await alibaba.Vpc("cn-hangzhou").DescribeVSwitchAsync(vswitch, Cancel)).Status != "Available") await Task.Delay(TimeSpan.FromSeconds(5), environment.Clock, Cancel);
        await alibaba.Rds("cn-hangzhou").CreateInstanceAsync(
            new CreateDbInstanceRequest("MySQL", "8.0", "mysql.x8.4xlarge.2", 500, network, vswitch, "10.0.0.0/16", "stray") { Description = $"{GeneratedNight.CloudUnit}-db" }, Cancel);
    }
}
