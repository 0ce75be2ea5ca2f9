using System.Text.Json;
using Orchestrator.Simulation.Machine;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Storage.Memory;

namespace Orchestrator.Simulation.Checks;

/// <summary>Sees every transition at the moment of its commit, folds it, and says which rule it breaks.</summary>
internal sealed class InvariantChecker(History history, MemoryStore store)
{
    private readonly Dictionary<RunId, SeenRun> runs = [];
    private readonly Dictionary<string, string> keys = new(StringComparer.Ordinal);
    private readonly HashSet<long> tokens = [];
    private long position;
    private long lastToken;

    /// <summary>The journal has a new entry.</summary>
    public Action Committed { get; set; } = static () => { };

    public IReadOnlyDictionary<RunId, SeenRun> Runs => runs;

    public void Appended(string server, string? instance, Transition transition, AppendResult appended, bool late)
    {
        if (!runs.TryGetValue(transition.Run, out var run)) runs[transition.Run] = run = new SeenRun(RunState.New(transition.Run), transition.Root);
        if (history.IsTraced) Trace(server, transition, late);

        if (!transition.Events.IsEmpty)
        {
            if (transition.Expected != run.Version) history.Violate("versions", $"version {transition.Expected + 1} of run {transition.Run} follows {run.Version}");
            run.Version = transition.Expected + 1;
            if (appended.Position != position + 1) history.Violate("positions", $"position {appended.Position} follows {position}");
            position = appended.Position;
            history.Mix(position, transition.At.Ticks, Hash(transition));
            var owner = store.Members.View().OwnerOf(transition.Run);
            if (!late && owner != instance)
                history.Violate("one-decider", $"{server} ({instance}) decided run {transition.Run}, whose shard {Shards.Of(transition.Run)} is {owner ?? "nobody"}'s");
        }

        foreach (var happened in transition.Events)
        {
            Once(run, happened);
            if (run.State.Held is not null && happened is not (FactReported or RunPaused or RunResumed or IncidentOpened { Path.IsRoot: true } or IncidentClosed { Path.IsRoot: true }))
                history.Violate("held", $"run {transition.Run} is held, and yet: {happened}");
            run.State.Apply(happened, transition.At);
        }

        foreach (var task in transition.TasksAdded) CheckKey(task);
        if (!transition.Locks.IsEmpty || transition.Ends) CheckLocks();
        if (!transition.Events.IsEmpty) Committed();
    }

    /// <summary>Of all that was decided, as it is journaled: what changes a decision changes the history.</summary>
    private static long Hash(Transition transition) => (long)StableHash.Of(string.Concat(
        JsonSerializer.Serialize(transition.Events, WorkflowJson.Options),
        string.Join(' ', transition.TasksAdded.Select(task => task.Task)),
        string.Join(' ', transition.TimersSet),
        string.Join(' ', transition.TimersCleared),
        string.Join(' ', transition.MessagesAdded),
        string.Join(' ', transition.Locks)));

    /// <summary>What a decision gives must not be given twice.</summary>
    private void Once(SeenRun run, RunEvent happened)
    {
        var what = happened switch
        {
            RunStarted => "started",
            TaskScheduled task => $"scheduled {task.Path}#{task.Attempt}{(task.Undo ? " undo" : "")}",
            AttemptFailed failed => $"failed {failed.Path}#{failed.Attempt}{(failed.Undo ? " undo" : "")}",
            StepCompleted done => $"completed {done.Path}",
            StepUndone undone => $"undone {undone.Path}",
            FactReported fact => $"fact {fact.Path} {fact.Key}{(fact.Undo ? " undo" : "")}",
            ChildRequested child => $"child {child.Child}",
            LocksGranted granted => $"granted {granted.Token}",
            ApprovalDecided decided => $"decided {decided.Path} by {decided.By}",
            SignalReceived signal => $"signal {signal.Name} by {signal.By}",
            RunPaused paused => $"paused by {paused.By}",
            RunResumed resumed when resumed.By.StartsWith("op-", StringComparison.Ordinal) => $"resumed by {resumed.By}",
            CancelRequested cancel when cancel.By.StartsWith("op-", StringComparison.Ordinal) => $"cancelled by {cancel.By}",
            StepSkipped { By: { } skipper } => $"skipped by {skipper}",
            _ => null,
        };
        if (what is not null && !run.Decided.Add(what)) history.Violate("once", $"run {run.State.Id}: {what}, twice");
    }

    private void CheckKey(PendingTask task)
    {
        var (key, step) = (task.Task.IdempotencyKey, $"{task.Run} {task.Task.Path}{(task.Task.Undo ? " undo" : "")}");
        if (keys.TryAdd(key, step) || keys[key] == step) return;
        history.Violate("keys", $"{step} and {keys[key]} have the key {key}");
    }

    private void CheckLocks()
    {
        var held = store.Locks().Where(row => row.Held).OrderBy(row => row.Token).ToList();
        for (var one = 0; one < held.Count; one++)
        {
            if (tokens.Add(held[one].Token))
            {
                if (held[one].Token <= lastToken) history.Violate("tokens", $"token {held[one].Token} was given after {lastToken}");
                lastToken = held[one].Token;
            }

            for (var other = one + 1; other < held.Count; other++)
            {
                if (RootOf(held[one].Run) != RootOf(held[other].Run) && held[one].Resources.Any(mine => held[other].Resources.Any(theirs => LockView.Overlap(mine, theirs))))
                    history.Violate("locks", $"{held[one]} and {held[other]} are held at once");
            }
        }
    }

    public RunId RootOf(RunId run) => runs.TryGetValue(run, out var seen) ? seen.Root : run;

    private void Trace(string server, Transition transition, bool late)
    {
        var events = string.Join(", ", transition.Events.Select(Short));
        var rows = string.Concat(
            transition.TasksRemoved.IsEmpty ? "" : $" -tasks {string.Join(",", transition.TasksRemoved)}",
            transition.TimersSet.IsEmpty ? "" : $" +timers {string.Join(",", transition.TimersSet.Select(timer => $"{timer.Timer.Purpose} {timer.Timer.Path} {(timer.Due - Timeline.Epoch).TotalSeconds:0.000}"))}",
            transition.MessagesAdded.IsEmpty ? "" : $" +messages {string.Join(",", transition.MessagesAdded.Select(message => $"{message.Id.Kind} {message.Id.Path} #{message.Id.Number}"))}",
            transition.MessagesDone.IsEmpty ? "" : $" -messages {string.Join(",", transition.MessagesDone.Select(message => $"{message.Kind} {message.Path} #{message.Number}"))}",
            transition.Locks.IsEmpty ? "" : $" locks {string.Join(",", transition.Locks.Select(change => $"{change.GetType().Name} {change.Path}"))}");
        history.Say(server, $"run {Id(transition.Run)} v{transition.Expected + 1}{(late ? " (late)" : "")}: {events}{rows}");
    }

    /// <summary>The end of a run's id, which tells it from the others.</summary>
    public static string Id(RunId run) => run.ToString()[^4..];

    private static string Short(RunEvent happened)
    {
        var text = happened.ToString()!;
        return text.Length > 160 ? $"{text[..160]}…" : text;
    }
}

/// <summary>A run as the journal has it.</summary>
internal sealed class SeenRun(RunState state, RunId root)
{
    public RunState State => state;

    public RunId Root => root;

    public long Version { get; set; }

    /// <summary>What was decided and must not be decided again.</summary>
    public HashSet<string> Decided { get; } = new(StringComparer.Ordinal);
}
