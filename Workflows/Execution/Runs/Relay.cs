using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution.Bus;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>
/// The way of mail to a run that another node decides, and back to whoever waits for the answer. Mail for a run that no
/// node has at the moment waits here for one that takes it.
/// </summary>
internal sealed partial class Relay(RunDirectory directory, MessageBus bus, ILogger<Relay> logger)
{
    // Longer than a dead node stays unnoticed, shorter than a person's patience.
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(15);

    // Requests that are remembered: more than come while one is on its way.
    private const int MostReceived = 10_000;

    private readonly HashSet<(string Node, long Request)> received = [];
    private readonly Queue<(string Node, long Request)> receivedInOrder = new();
    private readonly ConcurrentDictionary<long, (Mail Mail, long Since)> unanswered = new();
    private readonly ConcurrentQueue<(RunId Run, Mail Mail, long Since)> homeless = new();

    // Not from 1: an answer to a process before this one must not be taken for one to this.
    private long lastRequest = directory.Clocks.Wall.GetUtcNow().UtcTicks;

    private TimeProvider Wall => directory.Clocks.Wall;

    private string Self => directory.Map.Self.Name;

    /// <summary>Before the bus starts.</summary>
    public void Listen()
    {
        bus.Receive<AnswerMessage>(Queues.Node(Self), QueueKind.Passing, answers =>
        {
            foreach (var answer in answers) Take(answer);
            return Task.CompletedTask;
        });
        directory.Map.Changed += Retry;
    }

    public void Send(RunId run, Mail mail) => Send(run, mail, Wall.GetTimestamp());

    /// <summary>Mail of this node for a run of its own that another node has sent.</summary>
    public async Task ReceiveAsync(RelayMessage message)
    {
        if (message.Node.Length > 0 && !IsNew((message.Node, message.Request))) return;

        Action<StepError?, bool> answer = message.Node.Length == 0 ? (_, _) => { } : (refusal, existed) =>
            bus.Outlet<AnswerMessage>(Queues.Node(message.Node), QueueKind.Passing).Post(new AnswerMessage(message.Request, existed, refusal));
        switch (WorkflowJson.FromElement<RelayedMail>(message.Body))
        {
            case RelayedStart start:
                var runbook = await directory.Runbooks.FindAsync(start.Digest, CancellationToken.None)
                    ?? throw new InvalidDataException($"Run {message.Run} is to start on runbook {start.Digest}, which the journal does not have.");
                var input = new Workflows.Model.State.StartRun(start.Inputs, start.StartedBy, start.Lane, start.Parent, start.Labels);
                var starting = new StartMail(message.Run, input, runbook, start.Root, start.Answers) { Ancestors = start.Ancestors };
                directory.Post(message.Run, starting);
                var started = await starting.Result;
                answer(started.Refusal, !started.Created && started.Refusal is null);
                break;
            case RelayedRequest request:
                var asked = new RequestMail(request.Input);
                directory.Post(message.Run, asked);
                answer(await asked.Result, false);
                break;
            case RelayedMessage between:
                directory.Post(message.Run, new RunMail(between.Input, between.Answers));
                break;
            case RelayedNews news:
                directory.Post(message.Run, new LockMail(news.News));
                break;
        }
    }

    /// <summary>Gives up on what has waited too long. Called by the sweep.</summary>
    public void Expire()
    {
        Retry();
        foreach (var (request, waiting) in unanswered)
        {
            if (Wall.GetElapsedTime(waiting.Since) > patience && unanswered.TryRemove(request, out _)) waiting.Mail.Fail(Late());
        }
    }

    private void Send(RunId run, Mail mail, long since)
    {
        if (directory.Map.EngineOf(run) is not { } node || node == Self)
        {
            // Nobody's for the moment, or this node's as soon as it has opened it.
            if (Wall.GetElapsedTime(since) > patience) mail.Fail(Late());
            else homeless.Enqueue((run, mail, since));
            return;
        }

        var queue = Queues.Engine(node);
        switch (mail)
        {
            case ResultMail result:
                bus.Outlet<ResultMessage>(queue, QueueKind.Node).Post(result.Message, sent => Settle(result, sent));
                break;
            case FactMail fact:
                bus.Outlet<FactMessage>(queue, QueueKind.Node).Post(fact.Message);
                break;
            // In a queue that goes with its node: what its sender has given up must not come true an hour later.
            case { } other when other.ToRelayed() is { } relayed:
                var answered = other is StartMail or RequestMail;
                var request = answered ? Interlocked.Increment(ref lastRequest) : 0;
                if (answered) unanswered[request] = (other, since);
                bus.Outlet<RelayMessage>(Queues.Node(node), QueueKind.Passing).Post(new RelayMessage(run, answered ? Self : "", request, WorkflowJson.ToElement(relayed)), sent =>
                {
                    if (!sent && unanswered.TryRemove(request, out _)) other.Fail(new EngineUnavailableException("The bus did not take the request, so nothing changed. Ask again."));
                });
                break;
            default:
                // A timer, or a task to hand out again: its rows are read by the node that has the run.
                break;
        }
    }

    /// <summary>A request may come twice, and must not be decided twice.</summary>
    private bool IsNew((string Node, long Request) request)
    {
        lock (received)
        {
            if (!received.Add(request)) return false;
            receivedInOrder.Enqueue(request);
            if (receivedInOrder.Count > MostReceived) received.Remove(receivedInOrder.Dequeue());
            return true;
        }
    }

    private void Retry()
    {
        for (var left = homeless.Count; left > 0 && homeless.TryDequeue(out var waiting); left--)
        {
            if (directory.Map.Owns(waiting.Run)) directory.Post(waiting.Run, waiting.Mail);
            else Send(waiting.Run, waiting.Mail, waiting.Since);
        }
    }

    private void Take(AnswerMessage answer)
    {
        if (!unanswered.TryRemove(answer.Request, out var waiting))
        {
            LogLate(answer.Request);
            return;
        }

        if (waiting.Mail is StartMail start) start.Existed = answer.Existed;
        waiting.Mail.Answer(answer.Refusal);
    }

    private static void Settle(ResultMail result, bool sent)
    {
        if (sent) result.Answer(null);
        else result.Fail(Late());
    }

    private static EngineUnavailableException Late() => new("No engine has answered; whether it was done is not known. Look at the run, and ask again.");

    [LoggerMessage(1071, LogLevel.Debug, "The answer to request {Request} came too late")]
    private partial void LogLate(long request);
}
