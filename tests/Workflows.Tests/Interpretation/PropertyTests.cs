using System.Text;
using CsCheck;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Tests.Interpretation;

public sealed class PropertyTests
{
    private static readonly Gen<(ARunbook Runbook, int Fate, int Order)> Wild = Gen.Select(Runbooks.Gen(wild: true), Gen.Int, Gen.Int);
    private static readonly Gen<(ARunbook Runbook, int Fate, int Order)> Tame = Gen.Select(Runbooks.Gen(wild: false), Gen.Int, Gen.Int);

    [Fact]
    public void Every_run_whose_tasks_answer_ends() =>
        Wild.Sample(run => new World(run.Runbook, run.Fate, run.Order, wild: true).Run(), iter: 600);

    [Fact]
    public void Order_delay_and_repetition_of_results_never_change_the_outcome() =>
        Tame.Sample(
            run =>
            {
                var one = new World(run.Runbook, run.Fate, run.Order, wild: false).Run().EnvironmentClock.Run;
                var other = new World(run.Runbook, run.Fate, run.Order ^ 0x5EED, wild: false).Run().EnvironmentClock.Run;

                Assert.Equal(one.Outcome, other.Outcome);
            },
            iter: 600);

    [Fact]
    public void Order_of_results_changes_no_step_of_a_run_that_ends_done() =>
        Tame.Sample(
            run =>
            {
                var one = new World(run.Runbook, run.Fate, run.Order, wild: false, failures: 0).Run().EnvironmentClock.Run;
                var other = new World(run.Runbook, run.Fate, run.Order ^ 0x5EED, wild: false, failures: 0).Run().EnvironmentClock.Run;

                Assert.Equal(RunOutcome.Done, one.Outcome);
                Assert.Equal(Ends(one), Ends(other));
            },
            iter: 250);

    [Fact]
    public void Replay_of_any_prefix_gives_the_same_state_and_a_snapshot_goes_on_from_there() =>
        Wild.Sample(
            run =>
            {
                var world = new World(run.Runbook, run.Fate, run.Order, wild: true).Run();
                var journal = world.EnvironmentClock.Journal;
                var step = Math.Max(1, journal.Count / 7);
                for (var entries = 1; entries <= journal.Count; entries += step)
                {
                    Assert.Equal(Text(world.Snapshots[entries - 1]), Text(world.EnvironmentClock.Replay(entries).ToSnapshot()));

                    var later = RunState.FromSnapshot(world.Snapshots[entries - 1]);
                    foreach (var (at, events) in journal.Skip(entries))
                    {
                        foreach (var one in events)
                        {
                            later.Apply(one, at);
                        }
                    }

                    Assert.Equal(Text(world.Snapshots[^1]), Text(later.ToSnapshot()));
                }
            },
            iter: 250);

    [Fact]
    public void No_step_completes_twice() =>
        Wild.Sample(
            run =>
            {
                var environmentClock = new World(run.Runbook, run.Fate, run.Order, wild: true).Run().EnvironmentClock;

                Assert.Equal(environmentClock.Order<StepCompleted>().Distinct(), environmentClock.Order<StepCompleted>());
                Assert.Equal(environmentClock.Order<StepUndone>().Distinct(), environmentClock.Order<StepUndone>());
                Assert.True(environmentClock.Events.OfType<RunEnded>().Count() == 1, string.Join('\n', environmentClock.Events));
            },
            iter: 250);

    [Fact]
    public void Undo_visits_exactly_the_steps_with_a_way_back_in_reverse() =>
        Tame.Sample(
            run =>
            {
                var world = new World(run.Runbook with { OnFailure = FailurePolicy.Undo }, run.Fate, run.Order, wild: false).Run();
                var environmentClock = world.EnvironmentClock;
                if (environmentClock.Run.Outcome == RunOutcome.Done)
                {
                    environmentClock.Give(new UndoRun("op", "back"));
                    world.Run();
                }

                if (environmentClock.Run.Outcome != RunOutcome.Undone)
                {
                    return;
                }

                var completed = environmentClock.Events.Where(HasWayBack).Select(ended => ((StepEvent)ended).Path).ToList();
                var undone = environmentClock.Events.OfType<StepUndone>().Select(done => done.Path).Where(path => environmentClock.Run.Find(path)!.Kind == StepKind.Task).ToList();
                Assert.Equal(completed.Select(path => path.Value).Order(), undone.Select(path => path.Value).Order());
                for (var first = 0; first < completed.Count; first++)
                {
                    for (var second = first + 1; second < completed.Count; second++)
                    {
                        if (InSequence(environmentClock.Run, completed[first], completed[second]))
                        {
                            Assert.True(undone.IndexOf(completed[second]) < undone.IndexOf(completed[first]), $"{completed[second]} was done after {completed[first]} and must be undone before it");
                        }
                    }
                }
            },
            iter: 300);

    /// <summary>Done, or ended half-way.</summary>
    private static bool HasWayBack(RunEvent ended) =>
        ended is StepCompleted { UndoArguments: not null } or StepFailed { UndoArguments: not null } or StepCancelled { UndoArguments: not null } or StepSkipped { UndoArguments: not null };

    /// <summary>Two steps run one after the other unless the nearest block around both is a parallel step or a loop.</summary>
    private static bool InSequence(RunState run, StepPath one, StepPath other)
    {
        var block = one.Parent;
        while (!block.Contains(other))
        {
            block = block.Parent;
        }

        var state = run.Find(block)!;
        return state.Kind != StepKind.Loop && !state.Inner.Any(inner => inner.Kind == StepKind.Body);
    }

    private static string[] Ends(RunState run) => [.. run.Steps.Values.Select(step => $"{step.Path} {step.Status}").Order(StringComparer.Ordinal)];

    private static string Text(byte[] snapshot) => Encoding.UTF8.GetString(snapshot);
}
