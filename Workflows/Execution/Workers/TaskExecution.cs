using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution.Bus;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Telemetry;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Workers;

/// <summary>Executes one attempt of a task: finds its activity, and makes a result of whatever it gives or throws.</summary>
internal sealed partial class TaskExecution(
    ActivityRegistry registry, IServiceScopeFactory scopes, FactReporter facts, MessageBus bus, MembershipTracker map, IJournal journal, Clocks clocks, ILogger<TaskExecution> logger)
{
    /// <summary>Throws <see cref="OperationCanceledException"/> when the task is lost; nothing else.</summary>
    public async Task<ResultMessage> AttemptAsync(HeldTask task)
    {
        var message = task.Message;
        try
        {
            var activity = registry.Find(message.Activity) ?? throw new ActivityFailedException(
                "unknown-activity", $"This worker knows no activity '{message.Activity}'; run it with the version that does, or skip the step.", retryable: false);
            await using var scope = scopes.CreateAsyncScope();
            using var span = EngineTrace.Execute(message.Activity);
            var context = new WorkerTaskContext(task, facts, bus, map, journal, clocks);
            return new ResultMessage(task.TaskToken, await activity.ExecuteAsync(scope.ServiceProvider, message.Arguments, context, task.Lost), null);
        }
        catch (OperationCanceledException) when (task.Lost.IsCancellationRequested)
        {
            throw;
        }
        catch (ActivityFailedException failed)
        {
            return new ResultMessage(task.TaskToken, null, failed.Error);
        }
        catch (Exception error)
        {
            LogUnexpected(error, message.Activity, task.TaskToken.Run, task.TaskToken.Path);
            var detail = WorkflowJson.ToElement(new Dictionary<string, string> { ["exception"] = error.GetType().Name });
            return new ResultMessage(task.TaskToken, null, new StepError("unexpected", error.Message) { Detail = detail });
        }
    }

    [LoggerMessage(1122, LogLevel.Warning, "{Activity} failed unexpectedly in {Step} of run {RunId}")]
    private partial void LogUnexpected(Exception error, string activity, RunId runId, StepPath step);
}
