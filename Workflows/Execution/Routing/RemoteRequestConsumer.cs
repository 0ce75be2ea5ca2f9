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
internal sealed partial class RemoteRequestConsumer(MessageBus bus, ClusterMap map, IRunRouter router, RunbookVersions runbooks, ILogger<RemoteRequestConsumer> logger)
{
    // Requests that are remembered: more than come while one is on its way.
    private const int MostReceived = 10_000;

    private readonly HashSet<(string Server, long Request)> received = [];
    private readonly Queue<(string Server, long Request)> receivedInOrder = new();

    /// <summary>Before the bus starts.</summary>
    public void Listen() => bus.Receive<RelayMessage>(Queues.Node(map.Self.Name), QueueKind.Passing, requests =>
    {
        foreach (var request in requests) _ = ReceiveAsync(request);
        return Task.CompletedTask;
    });

    private async Task ReceiveAsync(RelayMessage message)
    {
        try
        {
            if (message.Node.Length == 0 || IsNew((message.Node, message.Request))) await DecideAsync(message);
        }
        catch (Exception error)
        {
            // Whoever waits gives up after a while; what is between runs the recovery scan sends again.
            LogFailed(error, message.Run);
        }
    }

    private async Task DecideAsync(RelayMessage message)
    {
        switch (WorkflowJson.FromElement<RelayedMail>(message.Body))
        {
            case RelayedStart start:
                var runbook = await runbooks.FindAsync(start.Digest, CancellationToken.None)
                    ?? throw new InvalidDataException($"Run {message.Run} is to start on runbook {start.Digest}, which the journal does not have.");
                var input = new StartRun(start.Inputs, start.StartedBy, start.Lane, start.Parent, start.Labels);
                var starting = new StartMail(message.Run, input, runbook, start.Root, start.Answers) { Ancestors = start.Ancestors, Trace = start.Trace };
                router.Post(message.Run, starting);
                var started = await starting.Result;
                Answer(message, started.Refusal, !started.Created && started.Refusal is null);
                break;
            case RelayedRequest request:
                var asked = new RequestMail(request.Input) { Trace = request.Trace };
                router.Post(message.Run, asked);
                Answer(message, await asked.Result, existed: false);
                break;
            case RelayedMessage between:
                router.Post(message.Run, new RunMail(between.Input, between.Answers) { Trace = between.Trace });
                break;
            case RelayedNews news:
                router.Post(message.Run, new LockMail(news.News) { Trace = news.Trace });
                break;
        }
    }

    private void Answer(RelayMessage message, StepError? refusal, bool existed)
    {
        if (message.Node.Length > 0) bus.Outlet<AnswerMessage>(Queues.Node(message.Node), QueueKind.Passing).Post(new AnswerMessage(message.Request, existed, refusal));
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
