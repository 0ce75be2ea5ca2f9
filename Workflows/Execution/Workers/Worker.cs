using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution.Bus;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Telemetry;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Workers;

/// <summary>
/// Executes tasks. It claims each in the journal before it acts, renews the lease while it works, and stops at once (the
/// task's token is cancelled) when the lease ends or the task is taken from it; then it reports nothing.
/// </summary>
internal sealed partial class Worker(
    ITaskSource source, TaskExecution execution, FactReporter facts, IJournal journal, MessageBus bus, MembershipTracker map, Clocks clocks, WorkflowOptions options, Executor executor,
    ILogger<Worker> logger)
    : IAsyncDisposable
{
    // Of a timer: what takes longer is left to the engine.
    private static readonly TimeSpan longestTimer = TimeSpan.FromDays(40);

    // Values of a metric's tag, boxed once.
    private static readonly object yes = true;
    private static readonly object no = false;

    private readonly ConcurrentDictionary<(RunId Run, TaskId Task), HeldTask> held = new();
    private readonly CancellationTokenSource stopping = new();
    private long taken;
    private Task renewing = Task.CompletedTask;

    /// <summary>In its queue or at work, in the order in which they came.</summary>
    public IEnumerable<HeldTask> Held => held.Values.OrderBy(task => task.Position);

    /// <summary>Before the bus starts.</summary>
    public void Listen()
    {
        Listen(Lane.Normal, new LaneSlots(options.NormalConcurrency, executor, ExecuteAsync));
        Listen(Lane.Emergency, new LaneSlots(options.EmergencyConcurrency, executor, ExecuteAsync));
        bus.Receive<TaskReplyMessage>(Queues.Server(map.Self.Name), QueueKind.Passing, HearAsync);
    }

    /// <summary>After the bus has started.</summary>
    public void Start() => renewing = RenewAsync(stopping.Token);

    /// <summary>Takes no new tasks, and returns when those it has are done or the time is up.</summary>
    public async Task DrainAsync(TimeSpan limit)
    {
        var since = clocks.SystemClock.GetTimestamp();
        using var time = new CancellationTokenSource(limit, clocks.SystemClock);
        try
        {
            await bus.StopReceivingAsync(QueueKind.Shared, time.Token);
        }
        catch (OperationCanceledException)
        {
            // An envelope still waits for room: it stays with the broker, for others.
        }

        while (!held.IsEmpty && clocks.SystemClock.GetElapsedTime(since) < limit) await Task.Delay(TimeSpan.FromMilliseconds(20), clocks.SystemClock, CancellationToken.None);
        if (!held.IsEmpty) LogNotDrained(held.Count);
    }

    public void LoseAll()
    {
        foreach (var task in Held) task.Lose();
    }

    public async ValueTask DisposeAsync()
    {
        stopping.Cancel();
        LoseAll();
        await renewing;
    }

    private void Listen(Lane lane, LaneSlots slots)
    {
        foreach (var queue in MembershipTracker.TaskQueues(lane, source.Tags))
            bus.Receive<TaskMessage>(queue, QueueKind.Shared, tasks => TakeAsync(tasks, slots));
    }

    private async Task TakeAsync(List<TaskMessage> messages, LaneSlots slots)
    {
        messages = await source.TakeAsync(messages, slots, stopping.Token);
        var mine = new List<HeldTask>(messages.Count);
        foreach (var message in messages)
        {
            var task = new HeldTask(message, Interlocked.Increment(ref taken));
            var key = (message.TaskToken.Run, message.TaskToken.Task);
            if (held.TryAdd(key, task))
            {
                mine.Add(task);
            }
            else if (held.TryGetValue(key, out var before) && before.TaskToken.Token < message.TaskToken.Token && held.TryUpdate(key, task, before))
            {
                // An earlier claim of the same task that is over, though its work is not yet.
                before.Lose();
                mine.Add(task);
            }
        }

        slots.Add(mine);
    }

    private async Task ExecuteAsync(HeldTask task)
    {
        var begun = clocks.SystemClock.GetTimestamp();
        var reported = false;
        try
        {
            if (stopping.IsCancellationRequested || !task.IsLeased(clocks.SystemClock.GetUtcNow())) return;
            await using var limit = TimeoutOf(task);
            if (task.Lost.IsCancellationRequested) return;

            using var span = EngineTrace.Task(task.TaskToken.Run, task.Message.Trace, task.TaskToken.Path, task.TaskToken.Attempt, task.TaskToken.Undo, task.Message.Activity);
            using var scope = logger.BeginScope(new TaskScope(task.TaskToken.Run, task.TaskToken.Path, task.TaskToken.Attempt));
            var result = await execution.AttemptAsync(task);
            EngineTrace.Fail(span, result.Error?.Code);
            if (!task.Lost.IsCancellationRequested)
            {
                reported = true;
                source.Report(task, span is { Recorded: true } ? result with { Cause = span.Id } : result, Release);
            }

            EngineMetrics.Tasks.Add(1, new("activity", task.Message.Activity), new("failed", result.Error is null ? no : yes));
            EngineMetrics.TaskSeconds.Record(clocks.SystemClock.GetElapsedTime(begun).TotalSeconds);
        }
        catch (OperationCanceledException) when (task.Lost.IsCancellationRequested)
        {
            LogLost(task.TaskToken.Run, task.TaskToken.Path, task.TaskToken.Attempt);
        }
        finally
        {
            if (!reported) Release(task);
        }
    }

    /// <summary>The attempt ends by itself when its time is up: its engine, which fails it then, may be out of reach.</summary>
    private ITimer? TimeoutOf(HeldTask task)
    {
        if (task.Message.TimeoutAt is not { } at) return null;
        var left = at - clocks.EnvironmentClock.GetUtcNow();
        if (left <= TimeSpan.Zero) task.Lose();
        return left <= TimeSpan.Zero || left > longestTimer ? null : clocks.EnvironmentClock.CreateTimer(static task => ((HeldTask)task!).Lose(), task, left, Timeout.InfiniteTimeSpan);
    }

    private void Release(HeldTask task)
    {
        held.TryRemove(new KeyValuePair<(RunId, TaskId), HeldTask>((task.TaskToken.Run, task.TaskToken.Task), task));
        task.Dispose();
    }

    private Task HearAsync(List<TaskReplyMessage> notes)
    {
        foreach (var note in notes)
        {
            if (note.Kind == TaskReplyKind.FactRecorded) facts.Confirm(note.Report);
            // The engine may know an earlier claim of the same attempt.
            else if (held.TryGetValue((note.TaskToken.Run, note.TaskToken.Task), out var task) && task.TaskToken.Attempt == note.TaskToken.Attempt && task.TaskToken.Token >= note.TaskToken.Token) task.Lose();
        }

        return Task.CompletedTask;
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        // Three times a lease: two may fail.
        using var timer = new PeriodicTimer(options.LeaseLength / 3, clocks.SystemClock);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                var now = clocks.SystemClock.GetUtcNow();
                foreach (var task in Held.Where(task => !task.IsLeased(now))) Lose(task);
                try
                {
                    await RenewAsync([.. Held.Where(task => task.IsLeased(now))], now + options.LeaseLength);
                }
                catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
                {
                    LogNotRenewed(error);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The worker stops.
        }
    }

    private async Task RenewAsync(ImmutableArray<HeldTask> tasks, DateTimeOffset until)
    {
        if (tasks.IsEmpty) return;

        var renewed = await journal.LeaseAsync(
            [.. tasks.Select(task => new LeaseChange(task.TaskToken.Run, task.TaskToken.Task, task.TaskToken.Token, task.Message.Owner, task.TaskToken.Token, until))]);
        for (var index = 0; index < tasks.Length; index++)
        {
            if (renewed[index]) tasks[index].Renew(until);
            else Lose(tasks[index]);
        }
    }

    private static void Lose(HeldTask task)
    {
        if (task.Lost.IsCancellationRequested) return;
        EngineMetrics.LeasesLost.Add(1);
        task.Lose();
    }

    [LoggerMessage(1121, LogLevel.Information, "Lease revoked: {Step} of run {RunId}, attempt {Attempt}, was stopped; it is no longer this worker's")]
    private partial void LogLost(RunId runId, StepPath step, int attempt);

    [LoggerMessage(1123, LogLevel.Warning, "Lease renewal failed; it is tried again before the leases of this worker's tasks end")]
    private partial void LogNotRenewed(Exception error);

    [LoggerMessage(1124, LogLevel.Warning, "{Count} tasks did not end in the time that a stop leaves them; another worker gets them")]
    private partial void LogNotDrained(int count);
}
