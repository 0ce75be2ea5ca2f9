using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution.Bus;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Routing;

/// <summary>What goes to runs of other servers, and the answers that come back to whoever waits for them.</summary>
internal sealed partial class RemoteRequests(MessageBus bus, ClusterMap map, TimeProvider wall, ILogger<RemoteRequests> logger)
{
    // Longer than a dead server stays unnoticed, shorter than a person's patience.
    private static readonly TimeSpan timeout = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<long, (Mail Mail, long Since)> unanswered = new();

    // Not from 1: an answer to a process before this one must not be taken for one to this.
    private long lastRequest = wall.GetUtcNow().UtcTicks;

    private string Self => map.Self.Name;

    public static EngineUnavailableException Late() => new("No engine has answered; whether it was done is not known. Look at the run, and ask again.");

    /// <summary>Nobody waits for an answer for so long.</summary>
    public bool IsLate(long since) => wall.GetElapsedTime(since) > timeout;

    /// <summary>Before the bus starts.</summary>
    public void Listen() => bus.Receive<AnswerMessage>(Queues.Node(Self), QueueKind.Passing, answers =>
    {
        foreach (var answer in answers) Take(answer);
        return Task.CompletedTask;
    });

    /// <param name="since">When it was first sent: a timestamp of the system clock.</param>
    public void Send(string server, RunId run, Mail mail, long since)
    {
        var queue = Queues.Engine(server);
        switch (mail)
        {
            case ResultMail result:
                bus.Outlet<ResultMessage>(queue, QueueKind.Node).Post(result.Message, sent => Settle(result, sent));
                break;
            case FactMail fact:
                bus.Outlet<FactMessage>(queue, QueueKind.Node).Post(fact.Message);
                break;
            // In a queue that goes with its server: what its sender has given up must not come true an hour later.
            case { } other when other.ToRelayed() is { } relayed:
                var answered = other is StartMail or RequestMail;
                var request = answered ? Interlocked.Increment(ref lastRequest) : 0;
                if (answered) unanswered[request] = (other, since);
                bus.Outlet<RelayMessage>(Queues.Node(server), QueueKind.Passing).Post(new RelayMessage(run, answered ? Self : "", request, WorkflowJson.ToElement(relayed with { Trace = other.Trace })), sent =>
                {
                    if (!sent && unanswered.TryRemove(request, out _)) other.Fail(new EngineUnavailableException("The bus did not take the request, so nothing changed. Ask again."));
                });
                break;
            default:
                // A timer, or a task to dispatch again: its rows are read by the server that has the run.
                break;
        }
    }

    /// <summary>Tells those who have waited too long.</summary>
    public void Expire()
    {
        foreach (var (request, waiting) in unanswered)
        {
            if (IsLate(waiting.Since) && unanswered.TryRemove(request, out _)) waiting.Mail.Fail(Late());
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

    [LoggerMessage(1071, LogLevel.Debug, "The answer to request {Request} came too late")]
    private partial void LogLate(long request);
}
