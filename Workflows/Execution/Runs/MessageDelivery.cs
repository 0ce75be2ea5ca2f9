using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Language.Inputs;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Telemetry;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>Brings messages between runs, and what becomes of their locks, to the run that they are for. Each is a row until that run has answered it.</summary>
internal sealed partial class MessageDelivery(IJournal journal, MembershipTracker map, IRunRouter router, RunbookVersions runbooks, ILogger<MessageDelivery> logger)
{
    /// <summary>A failure leaves it to the recovery scan.</summary>
    public async Task DeliverAsync(Message message)
    {
        try
        {
            switch (message.Command)
            {
                case StartChild start:
                    await StartChildAsync(message.Id, start);
                    break;
                case CancelChild cancel:
                    router.Post(cancel.Child, new RunMessageRequest(new CancelRun(By(message.Id), cancel.Reason), message.Id));
                    break;
                case UndoChild undo:
                    router.Post(undo.Child, new RunMessageRequest(new UndoRun(By(message.Id), undo.Reason), message.Id));
                    break;
                case TellParent tell:
                    router.Post(tell.Parent.Run, new RunMessageRequest(new EndChild(tell.Parent.Path, message.Id.From, tell.Outcome, tell.Error), message.Id));
                    break;
                default:
                    throw new UnreachableException(message.Command.GetType().Name);
            }
        }
        catch (Exception error)
        {
            LogUndelivered(error, message.Id.Kind, message.Id.From, message.Id.Path);
        }
    }

    public void Deliver(LockUpdate update) => router.Post(update.Run, new LockUpdateRequest(update));

    /// <summary>Once more what this server's runs have not answered, or not journaled.</summary>
    public async Task RedeliverAsync(CancellationToken cancellationToken)
    {
        foreach (var message in await journal.PendingMessagesAsync(cancellationToken))
        {
            if (map.Owns(message.Id.From)) _ = DeliverAsync(message);
        }

        foreach (var update in await journal.UntoldLocksAsync(cancellationToken))
        {
            if (map.Owns(update.Run)) Deliver(update);
        }
    }

    private async Task StartChildAsync(MessageId message, StartChild start)
    {
        var parent = await journal.FindAsync(message.From, CancellationToken.None)
            ?? throw new InvalidOperationException($"The journal has a message of run {message.From}, but not the run.");
        if (await runbooks.FindByNameAsync(start.Runbook, CancellationToken.None) is not { } runbook)
        {
            Refuse(new StepError("runbook-not-found", $"There is no runbook '{start.Runbook}'; publish it, then retry the step.") { Retryable = false });
            return;
        }

        // The step gives what it wants to give; the child's declarations say the rest, and what is allowed.
        var bound = InputBinder.Bind(runbook, start.Inputs);
        if (!bound.IsValid)
        {
            Refuse(new StepError(
                "bad-inputs", $"The inputs do not fit runbook '{start.Runbook}': {string.Join("; ", bound.Diagnostics.Select(diagnostic => diagnostic.Message))}") { Retryable = false });
            return;
        }

        await runbooks.PublishAsync(runbook);
        var step = new ParentStep(message.From, message.Path);
        var input = new StartRun(bound.Inputs, parent.StartedBy, parent.Lane == Lane.Emergency ? parent.Lane : runbook.Lane, step, parent.Labels);
        var request = new StartRunRequest(start.Child, input, runbook, parent.Root, message)
        {
            Ancestors = [step, .. await RunStore.FindAncestorsAsync(journal, parent.Parent)],
            // Sent again after a crash, it comes from no turn.
            Trace = EngineTrace.Current ?? (EngineTrace.IsOn ? await FindTraceAsync(message.From) : null),
        };
        router.Post(start.Child, request);
        if ((await request.Result).Refusal is { } refusal) Refuse(refusal);

        void Refuse(StepError error) =>
            router.Post(message.From, new RunMessageRequest(new EndChild(message.Path, start.Child, RunOutcome.Failed, error), message));
    }

    private async Task<string?> FindTraceAsync(RunId run)
    {
        await foreach (var entry in journal.ReadAsync(run, 0, CancellationToken.None)) return entry.Events.OfType<RunStarted>().FirstOrDefault()?.Trace;
        return null;
    }

    private static string By(MessageId message) => $"run {message.From}";

    [LoggerMessage(1043, LogLevel.Warning, "{Kind} of run {RunId}, step {Step}, could not be delivered; the recovery scan will try again")]
    private partial void LogUndelivered(Exception error, MessageKind kind, RunId runId, StepPath step);
}
