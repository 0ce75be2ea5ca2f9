using System.Collections.Concurrent;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Routing;

/// <summary>
/// Routes to this server's own runs and to those of other servers. What is for a run that no server has at the moment waits here for one
/// that takes it.
/// </summary>
/// <param name="activations">This server's own runs. Asked for when something is posted, since they send to other runs by this router.</param>
/// <param name="closing">Cancelled: nothing more is taken in.</param>
internal sealed class RunRouter(MembershipTracker map, RemoteRequests remote, Clocks clocks, Func<ActivationRegistry> activations, CancellationToken closing) : IRunRouter
{
    private readonly ConcurrentQueue<(RunId Run, RunRequest RunRequest, long Since)> unowned = new();

    private string Self => map.Self.Name;

    /// <summary>Before the bus starts.</summary>
    public void Listen()
    {
        remote.Listen();
        map.Changed += Retry;
    }

    /// <inheritdoc/>
    public void Post(RunId run, RunRequest request)
    {
        if (closing.IsCancellationRequested)
            request.Fail(new ObjectDisposedException("Engine", "The engine is closing; what it has not answered, ask again when it is open."));
        else if (map.Owns(run))
            activations().Post(run, request);
        else
            Forward(run, request);
    }

    /// <inheritdoc/>
    public void Forward(RunId run, RunRequest request) => Forward(run, request, clocks.SystemClock.GetTimestamp());

    /// <summary>An id for a run that this server will decide, so that its start need not travel.</summary>
    public RunId NewRun()
    {
        var now = clocks.EnvironmentClock.GetUtcNow();
        var run = RunId.New(now);
        while (map.OwnsAny && !map.Owns(run)) run = RunId.New(now);
        return run;
    }

    /// <summary>Gives up on what has waited too long. Called by the recovery scan.</summary>
    public void Expire()
    {
        Retry();
        remote.Expire();
    }

    private void Forward(RunId run, RunRequest request, long since)
    {
        if (map.EngineOf(run) is { } server && server != Self) remote.Send(server, run, request, since);
        // No server's for the moment, or this server's as soon as it has opened the shard.
        else if (remote.IsLate(since)) request.Fail(RemoteRequests.Late());
        else unowned.Enqueue((run, request, since));
    }

    private void Retry()
    {
        for (var left = unowned.Count; left > 0 && unowned.TryDequeue(out var waiting); left--)
        {
            if (map.Owns(waiting.Run)) Post(waiting.Run, waiting.RunRequest);
            else Forward(waiting.Run, waiting.RunRequest, waiting.Since);
        }
    }
}
