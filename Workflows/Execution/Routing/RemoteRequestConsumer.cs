using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution.Bus;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Routing;

/// <summary>Takes in what other servers send to runs of this one, and answers them.</summary>
internal sealed partial class RemoteRequestConsumer(MessageBus bus, MembershipTracker map, IRunRouter router, RunbookVersions runbooks, ILogger<RemoteRequestConsumer> logger)
{
    // Requests that are remembered: more than come while one is on its way.
    private const int MostReceived = 10_000;

    private readonly HashSet<(string Server, long Request)> received = [];
    private readonly Queue<(string Server, long Request)> receivedInOrder = new();

    /// <summary>Before the bus starts.</summary>
    public void Listen() => bus.Receive<RoutedMessage>(Queues.Server(map.Self.Name), QueueKind.Passing, requests =>
    {
        foreach (var request in requests) _ = ReceiveAsync(request);
        return Task.CompletedTask;
    });

    private async Task ReceiveAsync(RoutedMessage message)
    {
        try
        {
            if (message.Server.Length == 0 || IsNew((message.Server, message.Request))) await DecideAsync(message);
        }
        catch (Exception error)
        {
            // Whoever waits gives up after a while; what is between runs the recovery scan sends again.
            LogFailed(error, message.Run);
        }
    }

    private async Task DecideAsync(RoutedMessage message)
    {
        switch (WorkflowJson.FromElement<RoutedRequest>(message.Body))
        {
            case RoutedStart start:
                var runbook = await runbooks.FindAsync(start.Digest, CancellationToken.None)
                    ?? throw new InvalidDataException($"Run {message.Run} is to start on runbook {start.Digest}, which the journal does not have.");
                var input = new StartRun(start.Inputs, start.StartedBy, start.Lane, start.Parent, start.Labels);
                var starting = new StartRunRequest(message.Run, input, runbook, start.Root, start.Answers) { Ancestors = start.Ancestors, Trace = start.Trace };
                router.Post(message.Run, starting);
                var started = await starting.Result;
                Answer(message, started.Refusal, !started.Created && started.Refusal is null);
                break;
            case RoutedInput request:
                var asked = new InputRequest(request.Input) { Trace = request.Trace };
                router.Post(message.Run, asked);
                Answer(message, await asked.Result, existed: false);
                break;
            case RoutedRunMessage between:
                router.Post(message.Run, new RunMessageRequest(between.Input, between.Answers) { Trace = between.Trace });
                break;
            case RoutedLockUpdate update:
                router.Post(message.Run, new LockUpdateRequest(update.LockUpdates) { Trace = update.Trace });
                break;
        }
    }

    private void Answer(RoutedMessage message, StepError? refusal, bool existed)
    {
        if (message.Server.Length > 0) bus.Producer<ResponseMessage>(Queues.Server(message.Server), QueueKind.Passing).Post(new ResponseMessage(message.Request, existed, refusal));
    }

    /// <summary>A request may come twice, and must not be decided twice.</summary>
    private bool IsNew((string Server, long Request) request)
    {
        lock (received)
        {
            if (!received.Add(request)) return false;
            receivedInOrder.Enqueue(request);
            if (receivedInOrder.Count > MostReceived) received.Remove(receivedInOrder.Dequeue());
            return true;
        }
    }

    [LoggerMessage(1051, LogLevel.Warning, "A request for run {RunId} that another server sent could not be answered")]
    private partial void LogFailed(Exception error, RunId runId);
}
