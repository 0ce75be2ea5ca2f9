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
internal sealed partial class RemoteRequests(MessageBus bus, MembershipTracker map, TimeProvider systemClock, ILogger<RemoteRequests> logger)
{
    // Longer than a dead server stays unnoticed, shorter than a person's timeout.
    private static readonly TimeSpan timeout = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<long, (RunRequest RunRequest, long Since)> unanswered = new();

    // Not from 1: an answer to a process before this one must not be taken for one to this.
    private long lastRequest = systemClock.GetUtcNow().UtcTicks;

    private string Self => map.Self.Name;

    public static EngineUnavailableException Late() => new("No engine has answered; whether it was done is not known. Look at the run, and ask again.");

    /// <summary>Nobody waits for an answer for so long.</summary>
    public bool IsLate(long since) => systemClock.GetElapsedTime(since) > timeout;

    /// <summary>Before the bus starts.</summary>
    public void Listen() => bus.Receive<ResponseMessage>(Queues.Server(Self), QueueKind.Passing, answers =>
    {
        foreach (var answer in answers) Take(answer);
        return Task.CompletedTask;
    });

    /// <param name="since">When it was first sent: a timestamp of the system clock.</param>
    public void Send(string server, RunId run, RunRequest runRequest, long since)
    {
        var queue = Queues.Engine(server);
        switch (runRequest)
        {
            case TaskResultRequest result:
                bus.Producer<ResultMessage>(queue, QueueKind.Server).Post(result.Message, sent => Settle(result, sent));
                break;
            case FactRequest fact:
                bus.Producer<FactMessage>(queue, QueueKind.Server).Post(fact.Message);
                break;
            // In a queue that goes with its server: what its sender has given up must not come true an hour later.
            case { } other when other.ToRouted() is { } routed:
                var answered = other is StartRunRequest or InputRequest;
                var request = answered ? Interlocked.Increment(ref lastRequest) : 0;
                if (answered) unanswered[request] = (other, since);
                bus.Producer<RoutedMessage>(Queues.Server(server), QueueKind.Passing).Post(new RoutedMessage(run, answered ? Self : "", request, WorkflowJson.ToElement(routed with { Trace = other.Trace })), sent =>
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
            if (IsLate(waiting.Since) && unanswered.TryRemove(request, out _)) waiting.RunRequest.Fail(Late());
        }
    }

    private void Take(ResponseMessage answer)
    {
        if (!unanswered.TryRemove(answer.Request, out var waiting))
        {
            LogLate(answer.Request);
            return;
        }

        if (waiting.RunRequest is StartRunRequest start) start.Existed = answer.Existed;
        waiting.RunRequest.Answer(answer.Refusal);
    }

    private static void Settle(TaskResultRequest result, bool sent)
    {
        if (sent) result.Answer(null);
        else result.Fail(Late());
    }

    [LoggerMessage(1071, LogLevel.Debug, "The answer to request {Request} came too late")]
    private partial void LogLate(long request);
}
