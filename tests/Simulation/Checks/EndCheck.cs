using System.Text;
using System.Text.Json;
using Orchestrator.Simulation.Machine;
using Orchestrator.Simulation.Messaging;
using Orchestrator.Simulation.Work;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Storage.Memory;

namespace Orchestrator.Simulation.Checks;

/// <summary>What must hold when all is fixed and everything has come to rest.</summary>
internal static class EndCheck
{
    /// <summary>Nothing is left to do.</summary>
    public static bool Rests(MemoryStore store, Broker broker, InvariantChecker checker, People people, Watchers watchers, IReadOnlyList<Server> servers) =>
        people.StartsLeft == 0 && checker.Runs.Values.All(run => run.State.IsEnded) && broker.Unhandled == 0
        && store.PendingMessages().Count == 0 && store.PendingTasks(DateTimeOffset.MaxValue).Count == 0 && store.PendingTimers().Count == 0
        && store.UntoldLocks().IsEmpty && servers.All(server => server.IsOpen && watchers.Positions.GetValueOrDefault(server.Name) == store.Tail.Position);

    /// <summary>Says what keeps everything from its rest.</summary>
    public static void Accuse(History history, MemoryStore store, Broker broker, InvariantChecker checker, People people, Watchers watchers, Timeline timeline)
    {
        var text = new StringBuilder($"after {timeline.Now} and {timeline.Steps} steps: {people.StartsLeft} starts are left, {broker.Unhandled} envelopes, watchers have seen {string.Join(", ", watchers.Positions)} of {store.Tail.Position}");
        foreach (var run in checker.Runs.Values.Where(run => !run.State.IsEnded))
        {
            text.Append($"\n  run {run.State.Id} ({run.State.Started?.Runbook}) v{run.Version} is {run.State.Status}:");
            foreach (var step in run.State.Steps.Values.Where(step => (step.IsOpen || step.UndoBegun) && step.Children.Count == 0)) text.Append($" {step.Path}={step.Status}");
        }

        foreach (var task in store.PendingTasks(DateTimeOffset.MaxValue)) text.Append($"\n  task {task.Id} of run {task.Run}, {(task.Owner.Length == 0 ? "nobody" : task.Owner)} has it");
        foreach (var timer in store.PendingTimers()) text.Append($"\n  timer {timer.Timer} of run {timer.Run}, due at {(timer.Due - Timeline.Epoch).TotalSeconds:0.000}");
        foreach (var message in store.PendingMessages()) text.Append($"\n  message {message.Id}");
        foreach (var update in store.UntoldLocks()) text.Append($"\n  news {update}");
        foreach (var row in store.Locks()) text.Append($"\n  lock {row}");
        history.Violate("rest", text.ToString());
    }

    public static void Judge(History history, MemoryStore store, InvariantChecker checker, OutsideWorld world)
    {
        foreach (var row in store.Locks()) history.Violate("locks-leak", $"every run has ended, but there is {row}");
        foreach (var (run, seen) in checker.Runs)
        {
            if (store.Find(run) is not { Ended: true } summary || summary.Status != seen.State.Status)
                history.Violate("summary", $"run {run} is {seen.State.Status}, its summary says {store.Find(run)?.Status}");
            foreach (var step in seen.State.Steps.Values.Where(step => step.Kind == StepKind.Task)) CheckEffect(history, world, seen.State, step);
            CheckUndo(history, world, seen.State);
        }
    }

    /// <summary>Undone: nothing stands that an undo was to take back. Not all undone: whatever stands is named, by its name where the undo said one.</summary>
    private static void CheckUndo(History history, OutsideWorld world, RunState run)
    {
        if (run.Outcome == RunOutcome.Undone)
        {
            foreach (var step in run.Steps.Values.Where(step => step.Status == StepStatus.UndoFailed || step.UndoLeft > 0 && step.IsLeaf))
                history.Violate("undo", $"run {run.Id} ended undone, but {step.Path} is {step.Status}");
            foreach (var (key, _) in Kept(world, run)) history.Violate("undo", $"run {run.Id} ended undone, but {key} stands");
        }

        if (run.Outcome != RunOutcome.UndoIncomplete) return;
        var left = run.Error!.Detail!.Value.GetProperty("left").EnumerateArray().ToList();
        if (left.Count == 0) history.Violate("undo", $"run {run.Id} ended undo-incomplete, and names nothing that stands");
        foreach (var one in left.Where(one => one.GetProperty("reason").GetString() is not { Length: > 0 }))
            history.Violate("undo", $"run {run.Id} ended undo-incomplete, and does not say why {one} stands");
        foreach (var (key, _) in Kept(world, run).Where(kept => !left.Exists(one => Names(run, one, kept.Key))))
            history.Violate("undo", $"run {run.Id} ended undo-incomplete, and does not name {key}, which stands");
    }

    private static bool Names(RunState run, JsonElement one, string key) =>
        one.TryGetProperty("name", out var name) ? name.GetString() == key : run.IdempotencyKey(new StepPath(one.GetProperty("step").GetString()!), undo: false) == key;

    private static IEnumerable<KeyValuePair<string, PlacedEffect>> Kept(OutsideWorld world, RunState run) =>
        world.Effects.Where(effect => effect.Value is { IsKept: true, Stands: true } && effect.Key.StartsWith($"{run.Id}/", StringComparison.Ordinal));

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
