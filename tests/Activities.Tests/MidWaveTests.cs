using System.Collections.Immutable;
using System.Net.Http.Json;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Views;
using Orchestrator.Infra.Clusters;
using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Activities.Tests;

/// <summary>Machines that die in the middle of a wave, in a runbook that takes back what failed.</summary>
public sealed class MidWaveTests
{
    private const string Runbook = """
        runbook: half-way
        steps:
          - id: lend
            run: cluster.shift
            locks: [ "cluster/lend" ]
            onFailure: undo
            with: { cluster: lend, to: transitional, waves: [ 10%, 50%, 100% ], soak: 5m, confirmWithin: 3m }
            undo: { run: cluster.shift, with: { cluster: lend, to: offline-only } }
        """;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>More die than may be away, while the first wave is watched: the second one cannot be confirmed.</summary>
    [Theory(Timeout = 120_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nodes_killed_in_the_middle_of_a_wave_leave_cluster_and_ledger_as_they_were_before(bool returning)
    {
        // Slow enough that the machines are back before the way back gives them up, two minutes of its night.
        await using var environment = await TestEnvironment.OpenAsync(SmallFleet.Definition, speed: 200);
        var run = await environment.StartTextAsync(Runbook);
        var plan = await FactAsync<ShiftPlanned>(environment, _ => true);
        await FactAsync<WaveConfirmed>(environment, wave => wave.Wave == 1);
        string[] dead = [.. plan.Waves[1], plan.Waves[2][0]];
        await FaultsAsync(environment, [.. dead.Select(node => $"lend/{node}")]);

        await environment.WhenAsync<StepFailed>(step => step.Path.Value == "lend", Stop);
        var labelled = (await LendAsync(environment)).NodesByState;
        if (returning) await FaultsAsync(environment, []);
        var ended = await environment.Engine.WhenEndedAsync(run, Stop);

        // What could not be read back is named; nothing says that it was.
        Assert.Equal(returning ? RunStatus.Undone : RunStatus.UndoIncomplete, ended.Status);
        Assert.All(returning ? [] : dead.Intersect(plan.Waves[1]), node => Assert.Contains($"{node}: it is not ready", ended.Error!.Message, StringComparison.Ordinal));
        Assert.True(labelled.GetValueOrDefault(ColocationState.Transitional) > 1, "the wave had taken no label");
        var after = await LendAsync(environment);
        Assert.All(after.Nodes, node => Assert.Equal(ColocationState.OfflineOnly, node.State));
        var view = FleetView.Of(await environment.FactsAsync());
        Assert.Equal((6, ColocationState.OfflineOnly), (view.Clusters["lend"].Nodes, view.Clusters["lend"].State));
        Assert.Equal([(ColocationState.OfflineOnly, 6)], view.Clusters["lend"].NodesByState.Select(state => (state.Key, state.Value)));
        Assert.Empty(Invariants.Check(view, Repository.Profiles));
    }

    private static async Task<ClusterSurvey> LendAsync(TestEnvironment environment) => Assert.Single(await environment.SurveyAsync(), survey => survey.Cluster == "lend");

    private static async Task<TFact> FactAsync<TFact>(TestEnvironment environment, Func<TFact, bool> which)
        where TFact : FleetFact
    {
        while (true)
        {
            if ((await environment.FactsAsync()).OfType<TFact>().FirstOrDefault(which) is { } found)
            {
                return found;
            }

            await Task.Delay(TimeSpan.FromSeconds(20), environment.Clock, Stop);
        }
    }

    private static async Task FaultsAsync(TestEnvironment environment, ImmutableArray<string> dead)
    {
        using var http = new HttpClient();
        using var answer = await http.PutAsJsonAsync(new Uri(environment.Cloud.BaseAddress, "sim/faults"), new { rules = Array.Empty<object>(), deadNodes = dead }, Stop);
        answer.EnsureSuccessStatusCode();
    }
}
