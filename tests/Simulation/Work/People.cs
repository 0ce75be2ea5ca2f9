using System.Text.Json;
using Orchestrator.Simulation.Checks;
using Orchestrator.Simulation.Faults;
using Orchestrator.Simulation.Machine;
using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Storage.Memory;

namespace Orchestrator.Simulation.Work;

/// <summary>
/// Those who start runs and answer what runs ask of people, each time at any server; while faults last, some of them also
/// do what nobody asked for.
/// </summary>
internal sealed class People(Life outside, MachineClock clock, IReadOnlyList<Server> servers, InvariantChecker checker, MemoryStore store, Random chance)
{
    // Longer than an engine takes to say that it does not know, after a stall or an unavailability.
    private static readonly TimeSpan longestAnswer = TimeSpan.FromSeconds(100);

    private static readonly TimeSpan despairs = FaultPlan.End + TimeSpan.FromMinutes(4);

    private readonly TimeProvider time = clock.For(outside);
    private readonly Dictionary<RunId, TimeSpan> waitsSince = [];
    private int orders;

    /// <summary>They only help.</summary>
    public bool AreCalm { get; set; }

    public int StartsLeft { get; private set; }

    private History History => outside.Timeline.History;

    public void Begin(IReadOnlyList<(Runbook Runbook, TimeSpan At)> starts)
    {
        StartsLeft = starts.Count;
        foreach (var (runbook, at) in starts) outside.Timeline.After(at, outside, () => _ = StartAsync(runbook));
        outside.Post(_ => _ = HelpAsync(), null);
        outside.Post(_ => _ = MeddleAsync(), null);
    }

    /// <summary>Asks again, here and there, until a server says that the run is there.</summary>
    private async Task StartAsync(Runbook runbook)
    {
        var bytes = new byte[16];
        chance.NextBytes(bytes);
        var run = new RunId(new Guid(bytes));
        while (true)
        {
            if (Anybody() is { } server)
            {
                var request = new StartRunRequest(run, new StartRun(JsonSerializer.SerializeToElement(new { }), "starter", runbook.Lane), runbook, run, answers: null);
                Say($"starts {InvariantChecker.Id(run)} ({runbook.Name}) at {server.Name}");
                var asked = AskAsync(server, $"start {run}", request.Result, async () =>
                {
                    await server.Engine!.Runbooks.PublishAsync(runbook);
                    server.Engine.Router.Post(run, request);
                });
                for (var waitLimit = chance.Next(20, 100); waitLimit > 0 && !asked.IsCompleted; waitLimit--) await Task.Delay(TimeSpan.FromMilliseconds(250), time);
                if (asked is { IsCompletedSuccessfully: true, Result: { } answer })
                {
                    if (answer.Refusal is { } refusal) History.Violate("start", $"run {run} was refused: {refusal.Message}");
                    if (!checker.Runs.ContainsKey(run)) History.Violate("durable", $"{server.Name} said that run {run} is there, but the journal does not have it");
                    break;
                }
            }

            await Task.Delay(TimeSpan.FromSeconds(1 + chance.NextDouble()), time);
        }

        StartsLeft--;
    }

    private async Task HelpAsync()
    {
        while (true)
        {
            await Task.Delay(TimeSpan.FromSeconds(1 + chance.NextDouble()), time);
            foreach (var run in checker.Runs.Values.Where(run => run.State is { Started: not null, IsEnded: false }).ToList())
            {
                if (chance.Next(AreCalm ? 2 : 4) == 0) Help(run.State);
            }

            if (AreCalm) Untie();
        }
    }

    private void Help(RunState run)
    {
        if (run.Paused is not null)
        {
            Request(run, new ResumeRun(Order()));
            return;
        }

        foreach (var incident in run.Incidents.Values.Where(incident => incident.Error.Code != ErrorCodes.LocksLost).ToList())
            Request(run, Fix(incident.Path));
        foreach (var step in run.Steps.Values)
        {
            if (step is { Status: StepStatus.WaitingForApproval, Approval: { } approval })
                Request(run, new DecideApproval(step.Path, Order(), [.. approval.Roles], AreCalm || chance.Next(6) > 0, null));
            else if (step is { Status: StepStatus.WaitingForSignal, Own: WaitState { For.Signal: { } signal } })
                Signal(run, signal);
        }
    }

    /// <summary>Mostly once more. What its time limit never lets through is passed over at last, or given up.</summary>
    private Input Fix(StepPath path) => chance.Next(8) switch
    {
        0 => new SkipStep(path, Order(), "enough"),
        1 or 2 when outside.Timeline.Now > despairs => new CancelRun(Order(), "it will never work"),
        _ => new RetryStep(path, Order(), null),
    };

    private void Signal(RunState run, string name)
    {
        var by = Order();
        Request(run, new ReceiveSignal(name, JsonSerializer.SerializeToElement(by), by));
    }

    /// <summary>Each order has a name of its own, so that the journal shows how often it was carried out.</summary>
    private string Order() => $"op-{++orders}";

    /// <summary>Runs that wait for each other in a circle, as an emergency may leave them: somebody has to give one up.</summary>
    private void Untie()
    {
        var waiting = store.Locks().Where(row => !row.Held).GroupBy(row => checker.RootOf(row.Run)).ToDictionary(rows => rows.Key, rows => rows.ToList());
        foreach (var (root, rows) in waiting)
        {
            if (!IsInCircle(root, waiting)) waitsSince.Remove(root);
            else if (!waitsSince.TryGetValue(root, out var since)) waitsSince[root] = outside.Timeline.Now;
            else if (outside.Timeline.Now - since > TimeSpan.FromSeconds(30) && checker.Runs.TryGetValue(root, out var run))
            {
                waitsSince.Clear();
                Request(run.State, new CancelRun(Order(), "it waits in a circle", Force: true));
                return;
            }
        }
    }

    private bool IsInCircle(RunId root, Dictionary<RunId, List<LockView>> waiting)
    {
        var seen = new HashSet<RunId>();
        var next = new Queue<RunId>([root]);
        while (next.TryDequeue(out var at))
        {
            foreach (var blocker in waiting.GetValueOrDefault(at)?.SelectMany(row => row.WaitsFor).Select(checker.RootOf) ?? [])
            {
                if (blocker == root) return true;
                if (seen.Add(blocker)) next.Enqueue(blocker);
            }
        }

        return false;
    }

    private async Task MeddleAsync()
    {
        while (!AreCalm)
        {
            await Task.Delay(TimeSpan.FromSeconds(6 * chance.NextDouble()), time);
            var open = checker.Runs.Values.Where(run => run.State.Started is not null && (!run.State.IsEnded || chance.Next(4) == 0)).ToList();
            if (open.Count == 0) continue;

            var run = open[chance.Next(open.Count)].State;
            var by = Order();
            Input? input = chance.Next(12) switch
            {
                0 => new CancelRun(by, null, Force: chance.Next(3) == 0),
                1 or 2 => new UndoRun(by, "enough"),
                3 or 4 => run.Steps.Values.Where(step => step.Parent is not null).ToList() is { Count: > 0 } steps ? new SkipStep(steps[chance.Next(steps.Count)].Path, by, "why not") : null,
                5 => new ReceiveSignal(chance.Next(2) == 0 ? "go" : "now", JsonSerializer.SerializeToElement(by), by),
                _ => new PauseRun(by, null),
            };
            if (input is not null) Request(run, input);
        }
    }

    private void Request(RunState run, Input input)
    {
        if (Anybody() is not { } server) return;
        var request = new InputRequest(input);
        Say($"asks {server.Name} for run {InvariantChecker.Id(run.Id)}: {input}");
        _ = CheckAsync();

        async Task CheckAsync()
        {
            try
            {
                var refusal = await AskAsync(server, $"{input} of run {run.Id}", request.Result, () =>
                {
                    server.Engine!.Router.Post(run.Id, request);
                    return Task.CompletedTask;
                });
                if (refusal is null && Mark(input) is { } mark && !checker.Runs[run.Id].Decided.Contains(mark))
                    History.Violate("durable", $"{server.Name} said that it is done, but the journal does not have it: {input}");
                Say($"was answered by {server.Name}: {(refusal is null ? "done" : refusal.Message)}: {input}");
            }
            catch (Exception error)
            {
                Say($"was not told by {server.Name} what became of {input}: {error.Message}");
            }
        }
    }

    private static string? Mark(Input input) => input switch
    {
        PauseRun pause => $"paused by {pause.By}",
        CancelRun cancel => $"cancelled by {cancel.By}",
        ReceiveSignal signal => $"signal {signal.Name} by {signal.By}",
        DecideApproval decide => $"decided {decide.Path} by {decide.By}",
        _ => null,
    };

    /// <summary>Each question must be answered, or fail, unless the process that was asked ends.</summary>
    private async Task<T> AskAsync<T>(Server server, string what, Task<T> answer, Func<Task> ask)
    {
        var life = server.Life!;
        var answered = new TaskCompletionSource<T>();
        life.Post(_ => _ = PutAsync(), null);
        _ = FollowAsync();
        outside.Timeline.After(longestAnswer, outside, () =>
        {
            if (life.IsAlive && !answered.Task.IsCompleted) History.Violate("answered", $"{server.Name} never answered: {what}");
        });
        return await answered.Task;

        async Task FollowAsync()
        {
            try
            {
                answered.TrySetResult(await answer);
            }
            catch (Exception error)
            {
                answered.TrySetException(error);
            }
        }

        async Task PutAsync()
        {
            try
            {
                await ask();
            }
            catch (Exception error)
            {
                answered.TrySetException(error);
            }
        }
    }

    private Server? Anybody() => servers.Where(server => server.IsOpen).ToList() is { Count: > 0 } open ? open[chance.Next(open.Count)] : null;

    private void Say(string what)
    {
        if (History.IsTraced) History.Say("people", what);
    }
}
