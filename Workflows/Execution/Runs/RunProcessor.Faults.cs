using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

// A decision that an exception ended is tried again after a pause; after three times the run is held, and waits for an operator.
internal sealed partial class RunProcessor
{
    private async Task FailAsync(RunActivation activation, List<RunRequest> requests, Exception error)
    {
        // One that cannot be loaded cannot be loaded for any of them.
        var unknown = activation.Loaded is null;
        activation.Loaded = null;
        if (requests.Count == 1 && error is TurnFaultException fault)
        {
            await FailTurnAsync(activation, requests[0], fault.InnerException!);
            return;
        }

        if (requests.Count == 1 || (unknown && error is not TurnFaultException))
        {
            var count = (activation.Faults ??= new TurnFaults()).Count(Unreadable);
            if (count == 1) LogFailed(error, requests[0].GetType().Name, activation.Run);
            foreach (var request in requests)
            {
                // On the environment's clock, which may be a thousand times as fast, it would come again at once.
                if (request is TimerRequest) PostLater(activation.Run, request, TurnFaults.Pause(count));
                else request.Fail(error);
            }

            return;
        }

        // One of them is the culprit: let each stand or fall by itself.
        foreach (var request in requests) await ProcessAsync(activation, [request]);
    }

    private async Task FailTurnAsync(RunActivation activation, RunRequest request, Exception error)
    {
        EngineMetrics.TurnFaults.Add(1);
        var run = activation.Run;
        var count = (activation.Faults ??= new TurnFaults()).Count(request.Turn);
        if (count == 1) LogFault(error, request.Turn, run);

        var diagnostic = TurnFaults.Error(request, error);
        switch (request)
        {
            case HoldRequest or StartRunRequest { Hold: not null }:
                request.Fail(error);
                break;
            case StartRunRequest start:
                // Somebody waits for an answer, and the run is not there yet to be tried again.
                start.Hold = diagnostic;
                await ProcessAsync(activation, [request]);
                break;
            case InputRequest when count < TurnFaults.Most:
                request.Answer(diagnostic);
                break;
            case FactRequest when count < TurnFaults.Most:
                // A worker sends its fact again by itself.
                request.Fail(error);
                break;
            case var _ when count < TurnFaults.Most:
                PostLater(run, request, TurnFaults.Pause(count));
                break;
            case var _ when count % TurnFaults.Most == 0 && await HoldAsync(activation, request, diagnostic, count):
                // It waits with all the others now, or is refused.
                await ProcessAsync(activation, [request]);
                break;
            case InputRequest:
                request.Answer(diagnostic);
                break;
            default:
                PostLater(run, request, TurnFaults.Pause(count));
                break;
        }
    }

    /// <summary>False: not even that could be done now.</summary>
    private async Task<bool> HoldAsync(RunActivation activation, RunRequest request, StepError diagnostic, int count)
    {
        LogHeld(activation.Run, count, request.Turn);
        await ProcessAsync(activation, [new HoldRequest(diagnostic)]);
        return activation.Loaded?.State.Held is not null;
    }

    private async void PostLater(RunId run, RunRequest request, TimeSpan pause)
    {
        await Task.Delay(pause, clocks.SystemClock);
        router.Post(run, request);
    }

    /// <summary>They were decided on, and what followed is durable.</summary>
    private static void ForgetFaults(RunActivation activation, List<RunRequest> requests)
    {
        if (activation.Faults is not { } faults) return;

        faults.Forget(Unreadable);
        foreach (var request in requests) faults.Forget(request.Turn);
        if (faults.IsEmpty) activation.Faults = null;
    }

    [LoggerMessage(1092, LogLevel.Error, "{Request} for run {RunId} could not be decided or written; nothing changed")]
    private partial void LogFailed(Exception error, string request, RunId runId);

    [LoggerMessage(1081, LogLevel.Error, "Deciding on {Turn} of run {RunId} failed; nothing changed, and it is tried again")]
    private partial void LogFault(Exception error, string turn, RunId runId);

    [LoggerMessage(1083, LogLevel.Error, "Run {RunId} is held: deciding on {Turn} failed {Count} times; retry or cancel the run")]
    private partial void LogHeld(RunId runId, int count, string turn);
}
