using System.Text.Json;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Tests.Interpretation;

/// <summary>
/// A simulated world around one run. What it answers depends on step and attempt only; when, how often and in which order
/// depends on its own seed.
/// </summary>
internal sealed class World
{
    private const int MostTurns = 20_000;

    private readonly Random order;
    private readonly bool wild;
    private readonly int failures;
    private readonly List<Input> given = [];
    private readonly Dictionary<string, string> keys = [];

    /// <param name="fate">Decides what tasks answer; the same fate gives the same answers.</param>
    /// <param name="wild">Operators interfere, gates say no, undos fail, locks are lost.</param>
    public World(Runbook runbook, int fate, int order, bool wild, int failures = 25)
    {
        this.order = new Random(order);
        this.wild = wild;
        this.failures = failures;
        Fate = fate;
        EnvironmentClock = new Driver(runbook);
        After();
    }

    public Driver EnvironmentClock { get; }

    public int Fate { get; }

    /// <summary>The state after each journal entry.</summary>
    public List<byte[]> Snapshots { get; } = [];

    public World Run()
    {
        for (var turn = 0; !EnvironmentClock.Run.IsEnded; turn++)
        {
            if (turn > MostTurns)
            {
                throw new InvalidOperationException($"The run does not end: it is {EnvironmentClock.Run.Status}, open are {string.Join(", ", EnvironmentClock.Run.Steps.Values.Where(step => step.IsOpen).Select(step => $"{step.Path}={step.Status}"))}; tasks {string.Join(", ", EnvironmentClock.Commands)}; timers {string.Join(", ", EnvironmentClock.Timers.Keys)}");
            }

            Turn();
        }

        return this;
    }

    private void Turn()
    {
        if (given.Count > 0 && order.Next(4) == 0)
        {
            // Delivered twice, or late: inputs of the engine only, since a person's second click may mean a second thing.
            Give(given[order.Next(given.Count)], remember: false);
        }

        if (order.Next(20) == 0)
        {
            EnvironmentClock.Reload();
        }

        if (wild && order.Next(60) == 0 && !EnvironmentClock.Run.IsEnded)
        {
            Interfere();
        }

        if (EnvironmentClock.Run.IsEnded)
        {
            return;
        }

        var choices = Choices().ToList();
        if (choices.Count == 0)
        {
            throw new InvalidOperationException($"Nothing moves the run: it is {EnvironmentClock.Run.Status}, open are {string.Join(", ", EnvironmentClock.Run.Steps.Values.Where(step => step.IsOpen || step.UndoBegun).Select(step => $"{step.Path}={step.Status}/{step.Lock}"))}\n{string.Join("\n", EnvironmentClock.Events)}");
        }

        choices[order.Next(choices.Count)]();
    }

    private IEnumerable<Action> Choices()
    {
        foreach (var command in EnvironmentClock.Commands.Where(command => command is not TellParent))
        {
            yield return () => Answer(command);
        }

        if (EnvironmentClock.Run.Paused is not null)
        {
            yield return () => Give(new ResumeRun("op"), remember: false);
        }
        else if (EnvironmentClock.Timers.Count > 0)
        {
            yield return () =>
            {
                EnvironmentClock.FireNext();
                After();
            };
        }

        foreach (var step in EnvironmentClock.Run.Steps.Values.Where(step => step.Status == StepStatus.WaitingForApproval))
        {
            yield return () => Decide(step);
        }

        if (EnvironmentClock.Run.Steps.Values.Any(step => step.Status == StepStatus.WaitingForSignal))
        {
            yield return () => Give(new ReceiveSignal("go", null, "op"), remember: true);
        }

        foreach (var incident in EnvironmentClock.Run.Incidents.Values.Where(incident => incident.Error.Code != ErrorCodes.LocksLost))
        {
            yield return () => Give(wild && order.Next(4) == 0 ? new SkipStep(incident.Path, "op", "enough") : new RetryStep(incident.Path, "op", null), remember: false);
        }
    }

    private void Answer(Command command)
    {
        switch (command)
        {
            case ExecuteTask task:
                if (wild && order.Next(5) == 0)
                {
                    Give(new ReportFact(task.Path, task.Attempt, task.Undo, $"k{order.Next(3)}", JsonSerializer.SerializeToElement(1)), remember: true);
                }

                var chance = Chance(task.Path, task.Attempt, task.Undo);
                // Everything succeeds in the end, as after an operator fixed what was broken.
                var fails = chance < failures && task.Attempt <= 5 && (!task.Undo || wild);
                Give(fails
                    ? new FailTask(task.Path, task.Attempt, task.Undo, new StepError("broken", "It broke.") { Retryable = chance % 3 != 0 })
                    : new CompleteTask(task.Path, task.Attempt, task.Undo, JsonSerializer.SerializeToElement(chance)), remember: true);
                break;
            case RequestLocks request:
                Give(new GrantLocks(request.Path, given.Count + 1), remember: true);
                break;
            case StartChild child:
                Give(EndOf(child), remember: true);
                break;
            case CancelChild child:
                Give(new EndChild(child.Path, child.Child, RunOutcome.Cancelled, null), remember: true);
                break;
            case UndoChild child:
                Give(new EndChild(child.Path, child.Child, RunOutcome.Undone, null), remember: true);
                break;
        }
    }

    private EndChild EndOf(StartChild child)
    {
        var attempt = EnvironmentClock.Run.Find(child.Path)!.Attempt;
        var chance = Chance(child.Path, attempt, undo: false);
        var outcome = chance >= failures || attempt > 5 ? RunOutcome.Done
            : wild && chance % 4 == 0 ? RunOutcome.Rejected
            : wild && chance % 4 == 1 ? RunOutcome.Undone
            : RunOutcome.Failed;
        return new EndChild(child.Path, child.Child, outcome, null);
    }

    private void Decide(StepState step)
    {
        var approval = step.Approval!;
        var approved = !wild || Chance(step.Path, 1, undo: false) >= failures / 2;
        Give(new DecideApproval(step.Path, $"person-{approval.Decisions.Length}", [approval.Roles[0]], approved, null), remember: false);
    }

    private void Interfere() => Give(
        order.Next(9) switch
        {
            0 => new CancelRun("op", null, Force: order.Next(2) == 0),
            1 => new UndoRun("op", "enough"),
            2 or 3 when EnvironmentClock.Run.Locks.Count > 0 => new LoseLocks(EnvironmentClock.Run.Locks.Keys.First(), EnvironmentClock.Run.Id, "emergency"),
            4 or 5 when EnvironmentClock.Run.Steps.Values.Where(step => step.Parent is not null).ToList() is { Count: > 0 } steps => new SkipStep(steps[order.Next(steps.Count)].Path, "op", "why not"),
            6 => new ResumeRun("op"),
            _ => new PauseRun("op", null),
        },
        remember: false);

    /// <summary>0 to 99, by fate.</summary>
    private int Chance(StepPath path, int attempt, bool undo) => (int)(StableHash.Of($"{Fate}/{path}#{attempt}{undo}") % 100);

    private void Give(Input input, bool remember)
    {
        EnvironmentClock.Give(input);
        if (remember)
        {
            given.Add(input);
        }

        After();
    }

    private void After()
    {
        while (Snapshots.Count < EnvironmentClock.Journal.Count)
        {
            Snapshots.Add(EnvironmentClock.Run.ToSnapshot());
        }

        foreach (var task in EnvironmentClock.Last.Commands.OfType<ExecuteTask>())
        {
            var name = $"{task.Path}{task.Undo}";
            Assert.Equal(keys.TryGetValue(name, out var known) ? known : keys[name] = task.IdempotencyKey, task.IdempotencyKey);
        }

        Same(Names(EnvironmentClock.Commands), Names(EnvironmentClock.Run.PendingCommands()));
        Same(
            [.. EnvironmentClock.Timers.OrderBy(timer => timer.Key.ToString(), StringComparer.Ordinal).Select(timer => $"{timer.Key} {timer.Value:O}")],
            [.. EnvironmentClock.Run.PendingTimers().Where(timer => EnvironmentClock.Timers.ContainsKey(timer.Timer) || timer.Due > EnvironmentClock.Now).OrderBy(timer => timer.Timer.ToString(), StringComparer.Ordinal).Select(timer => $"{timer.Timer} {timer.Due:O}")]);
    }

    private void Same(string[] issued, string[] derived)
    {
        if (!issued.SequenceEqual(derived))
        {
            throw new InvalidOperationException($"Issued and unanswered:\n  {string.Join("\n  ", issued)}\nDerived:\n  {string.Join("\n  ", derived)}\nNow {EnvironmentClock.Now:O}\n{string.Join("\n", EnvironmentClock.Journal.TakeLast(12).SelectMany(entry => entry.Events.Select(one => $"{entry.At:O} {one}")))}");
        }
    }

    private static string[] Names(IEnumerable<Command> commands) => [.. commands.Select(command => command switch
    {
        ExecuteTask task => $"execute {task.Path} {task.Attempt} {task.Undo} {task.Arguments.GetRawText()} {task.IdempotencyKey}",
        RequestLocks locks => $"locks {locks.Path} {string.Join(",", locks.Resources)}",
        StartChild child => $"start {child.Path} {child.Child}",
        CancelChild child => $"cancel {child.Path} {child.Child}",
        UndoChild child => $"undo {child.Path} {child.Child}",
        _ => command.GetType().Name,
    }).Order(StringComparer.Ordinal)];
}
