using Orchestrator.Server.Runs;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Tests;

/// <summary>Who did what to a run, and why.</summary>
public sealed class InterventionTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 11, 0, 0, 0, TimeSpan.Zero);
    private static readonly RunId Other = new(new Guid("01939d44-0928-7000-8000-000000000001"));

    public static TheoryData<RunEvent, string> Told { get; } = new()
    {
        { new RunPaused("alice", "the queue is full"), "run-paused alice: the queue is full" },
        { new RunResumed("bob"), "run-resumed bob: " },
        { new CancelRequested("carol", null), "cancel-requested carol: " },
        { new UndoStarted(StepPath.Root, "the forecast was wrong", "dan"), "undo-started dan: the forecast was wrong" },
        { new UndoStarted(StepPath.Root, "s failed", UndoStarted.ByPolicy), "undo-started onFailure: undo: s failed" },
        { new LocksLost(new StepPath("lend"), Other, "erin"), $"locks-lost erin:  {Other}" },
        { new RunReopened(new StepPath("lend"), "frank", "fixed"), "run-reopened frank: fixed" },
    };

    [Theory]
    [MemberData(nameof(Told))]
    public void What_people_and_other_runs_do_is_told_with_who_and_why(RunEvent happened, string said)
    {
        var all = new List<Intervention>();

        Intervention.Note(all, happened, At);

        var one = Assert.Single(all);
        Assert.Equal(At, one.At);
        Assert.Equal(said, $"{one.Kind} {one.By}: {one.Reason}{(one.Run is null ? "" : $" {one.Run}")}");
    }

    [Fact]
    public void What_the_runbook_itself_does_is_none_and_only_the_newest_are_kept()
    {
        var all = new List<Intervention>();

        Intervention.Note(all, new StepStarted(new StepPath("a")), At);
        Assert.Empty(all);
        for (var number = 0; number < 50; number++)
        {
            Intervention.Note(all, new RunPaused($"p{number}", null), At);
        }

        Assert.Equal(("p30", "p49", 20), (all[0].By, all[^1].By, all.Count));
    }
}
