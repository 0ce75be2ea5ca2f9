using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Bus;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Journals;
using Orchestrator.Workflows.Runbooks;

namespace Orchestrator.Workflows.Tasks;

/// <summary>
/// Executes tasks. It holds each under a lease, says by heartbeats that it is alive, and stops at once (the task's token
/// is cancelled) when the lease ends or the task is taken from it; then it reports nothing.
/// </summary>
internal sealed partial class Worker(
    string name, ActivityRegistry registry, IServiceScopeFactory scopes, IJournal journal, Clocks clocks, WorkflowOptions options, ILogger<Worker> logger)
    : IAsyncDisposable
{
    private readonly ConcurrentDictionary<TaskStamp, HeldTask> held = new();
    private readonly CancellationTokenSource stopping = new();
    private Outlet<ResultMessage> results = null!;
    private Outlet<HeartbeatMessage> heartbeats = null!;
    private Outlet<ProgressMessage> progress = null!;
    private FactReporter facts = null!;
    private Task beating = Task.CompletedTask;

    /// <summary>In its queue or at work.</summary>
    public IEnumerable<HeldTask> Held => held.Values;

    /// <summary>Before the bus starts.</summary>
    public void Listen(MessageBus bus)
    {
        var normal = new LaneSlots(options.NormalConcurrency, ExecuteAsync);
        var emergency = new LaneSlots(options.EmergencyConcurrency, ExecuteAsync);
        bus.Receive<TaskMessage>(Queues.Tasks(Lane.Normal), tasks => TakeAsync(tasks, normal));
        bus.Receive<TaskMessage>(Queues.Tasks(Lane.Emergency), tasks => TakeAsync(tasks, emergency));
        bus.Receive<NoteMessage>(Queues.Notes(name), HearAsync);
    }

    /// <summary>After the bus has started.</summary>
    public async Task StartAsync(MessageBus bus)
    {
        results = await bus.OpenAsync<ResultMessage>(Queues.Results);
        heartbeats = await bus.OpenAsync<HeartbeatMessage>(Queues.Heartbeats);
        progress = await bus.OpenAsync<ProgressMessage>(Queues.Progress);
        facts = new FactReporter(name, await bus.OpenAsync<FactMessage>(Queues.Facts), clocks.Wall);
        beating = BeatAsync(stopping.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        foreach (var task in held.Values) task.Lose();
        await beating;
    }

    private Task TakeAsync(List<TaskMessage> messages, LaneSlots slots)
    {
        var taken = new List<HeldTask>(messages.Count);
        foreach (var message in messages)
        {
            var task = new HeldTask(message);
            if (held.TryAdd(message.Stamp, task)) taken.Add(task);
        }

        slots.Add(taken);
        return Task.CompletedTask;
    }

    private async Task ExecuteAsync(HeldTask task)
    {
        var begun = clocks.Wall.GetTimestamp();
        try
        {
            if (stopping.IsCancellationRequested || !task.IsLeased(clocks.Wall.GetUtcNow())) return;

            var result = await AttemptAsync(task);
            if (!task.Lost.IsCancellationRequested) results.Post(result);
            EngineMetrics.Tasks.Add(1, new("activity", task.Message.Activity), new("failed", result.Error is not null));
            EngineMetrics.TaskSeconds.Record(clocks.Wall.GetElapsedTime(begun).TotalSeconds);
        }
        catch (OperationCanceledException) when (task.Lost.IsCancellationRequested)
        {
            LogLost(task.Stamp.Run, task.Stamp.Path, task.Stamp.Attempt);
        }
        finally
        {
            held.TryRemove(task.Stamp, out _);
            task.Dispose();
        }
    }

    private async Task<ResultMessage> AttemptAsync(HeldTask task)
    {
        var message = task.Message;
        try
        {
            var activity = registry.Find(message.Activity) ?? throw new ActivityFailedException(
                "unknown-activity", $"This worker knows no activity '{message.Activity}'; run it with the version that does, or skip the step.", retryable: false);
            await using var scope = scopes.CreateAsyncScope();
            var context = new WorkerTaskContext(task, facts, progress, journal, clocks);
            return new ResultMessage(task.Stamp, await activity.ExecuteAsync(scope.ServiceProvider, message.Arguments, context, task.Lost), null);
        }
        catch (OperationCanceledException) when (task.Lost.IsCancellationRequested)
        {
            throw;
        }
        catch (ActivityFailedException failed)
        {
            return new ResultMessage(task.Stamp, null, failed.Error);
        }
        catch (Exception error)
        {
            LogUnexpected(error, message.Activity, task.Stamp.Run, task.Stamp.Path);
            var detail = WorkflowJson.ToElement(new Dictionary<string, string> { ["exception"] = error.GetType().Name });
            return new ResultMessage(task.Stamp, null, new StepError("unexpected", error.Message) { Detail = detail });
        }
    }

    private Task HearAsync(List<NoteMessage> notes)
    {
        foreach (var note in notes)
        {
            if (note.Kind == NoteKind.FactRecorded) facts.Confirm(note.Report);
            else if (!held.TryGetValue(note.Stamp, out var task)) continue;
            else if (note.Kind == NoteKind.LeaseRenewed) task.Renew(note.LeaseUntil);
            else task.Lose();
        }

        return Task.CompletedTask;
    }

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        // Three beats a lease: two may be lost.
        using var timer = new PeriodicTimer(options.LeaseLength / 3, clocks.Wall);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                var now = clocks.Wall.GetUtcNow();
                foreach (var (stamp, task) in held)
                {
                    if (task.IsLeased(now))
                    {
                        heartbeats.Post(new HeartbeatMessage(stamp, name));
                        continue;
                    }

                    EngineMetrics.LeasesLost.Add(1);
                    task.Lose();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The worker stops.
        }
    }

    [LoggerMessage(LogLevel.Information, "Stopped {Path} of run {Run}, attempt {Attempt}: it is no longer this worker's")]
    private partial void LogLost(RunId run, StepPath path, int attempt);

    [LoggerMessage(LogLevel.Warning, "{Activity} failed unexpectedly in {Path} of run {Run}")]
    private partial void LogUnexpected(Exception error, string activity, RunId run, StepPath path);
}
