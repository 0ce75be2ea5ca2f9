using System.Text;
using Orchestrator.Simulation.Machine;
using Orchestrator.Simulation.Messaging;
using Orchestrator.Simulation.Work;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Storage.Memory;

namespace Orchestrator.Simulation.Checks;

/// <summary>What must hold when all is mended and everything has come to rest.</summary>
internal static class EndCheck
{
    /// <summary>Nothing is left to do.</summary>
    public static bool Rests(MemoryStore store, Broker broker, Referee referee, People people, Watchers watchers, IReadOnlyList<Node> nodes) =>
        people.StartsLeft == 0 && referee.Runs.Values.All(run => run.State.IsEnded) && broker.Unhandled == 0
        && store.PendingMessages().Count == 0 && store.PendingTasks(DateTimeOffset.MaxValue).Count == 0 && store.PendingTimers().Count == 0
        && store.UntoldLocks().IsEmpty && nodes.All(node => node.IsOpen && watchers.Positions.GetValueOrDefault(node.Name) == store.Tail.Position);

    /// <summary>Says what keeps everything from its rest.</summary>
    public static void Accuse(History history, MemoryStore store, Broker broker, Referee referee, People people, Watchers watchers, Timeline timeline)
    {
        var text = new StringBuilder($"after {timeline.Now} and {timeline.Steps} steps: {people.StartsLeft} starts are left, {broker.Unhandled} parcels, watchers have seen {string.Join(", ", watchers.Positions)} of {store.Tail.Position}");
        foreach (var run in referee.Runs.Values.Where(run => !run.State.IsEnded))
        {
            text.Append($"\n  run {run.State.Id} ({run.State.Started?.Runbook}) v{run.Version} is {run.State.Status}:");
            foreach (var step in run.State.Steps.Values.Where(step => (step.IsOpen || step.UndoBegun) && step.Children.Count == 0)) text.Append($" {step.Path}={step.Status}");
        }

        foreach (var task in store.PendingTasks(DateTimeOffset.MaxValue)) text.Append($"\n  task {task.Id} of run {task.Run}, {(task.Owner.Length == 0 ? "nobody" : task.Owner)} has it");
        foreach (var timer in store.PendingTimers()) text.Append($"\n  timer {timer.Timer} of run {timer.Run}, due at {(timer.Due - Timeline.Epoch).TotalSeconds:0.000}");
        foreach (var message in store.PendingMessages()) text.Append($"\n  message {message.Id}");
        foreach (var news in store.UntoldLocks()) text.Append($"\n  news {news}");
        foreach (var row in store.Locks()) text.Append($"\n  lock {row}");
        history.Violate("rest", text.ToString());
    }

    public static void Judge(History history, MemoryStore store, Referee referee, OutsideWorld world)
    {
        foreach (var row in store.Locks()) history.Violate("locks-leak", $"every run has ended, but there is {row}");
        foreach (var (run, seen) in referee.Runs)
        {
            if (store.Find(run) is not { Ended: true } summary || summary.Status != seen.State.Status)
                history.Violate("summary", $"run {run} is {seen.State.Status}, its summary says {store.Find(run)?.Status}");
            foreach (var step in seen.State.Steps.Values.Where(step => step.Kind == StepKind.Task)) CheckEffect(history, world, seen.State, step);
        }
    }

    private static void CheckEffect(History history, OutsideWorld world, RunState run, StepState step)
    {
        var key = run.IdempotencyKey(step.Path, undo: false);
        var placed = world.Effects.TryGetValue(key, out var effect) && effect.Times > 0;
        if (effect is { Times: > 1 }) history.Violate("effect-once", $"{key} was done {effect.Times} times");
        var applies = step.Result is { } result && result.TryGetProperty("key", out _);
        switch (step.Status)
        {
            case StepStatus.Done when applies && !placed:
                history.Violate("effect", $"{key} is done, but without effect");
                break;
            case StepStatus.Done when applies && effect!.RevertedBy is { } by && !run.LeftInPlace.Contains(step.Path):
                history.Violate("effect", $"{key} is done, but {by} has taken it back");
                break;
            case StepStatus.Undone when applies && effect?.RevertedBy is null:
                history.Violate("undo", $"{key} is undone, but its effect is in place");
                break;
        }

        if (run.Outcome != RunOutcome.Undone) return;
        if (step is { Status: StepStatus.Done, UndoArguments: not null }) history.Violate("undo", $"run {run.Id} ended undone, but {step.Path} is done");
        // However it ended: what is recorded or can be taken back must not stand in a run that says it is undone.
        if (placed && effect!.RevertedBy is null && step.Status != StepStatus.Done && (step.UndoArguments is not null || step.Facts.Count > 0))
            history.Violate("undo", $"run {run.Id} ended undone, but the effect of {step.Path}, which is {step.Status}, is in place");
    }
}
