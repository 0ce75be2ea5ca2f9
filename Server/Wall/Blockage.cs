using Orchestrator.Server.Api;
using Orchestrator.Server.Runs;
using Orchestrator.Server.Work;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Wall;

/// <summary>What does not go on by itself, over all runs under way, and on whom it waits.</summary>
internal sealed class Blockage(Engine engine, OpenWork openWork)
{
    /// <summary>Most that a wall shows; more nobody reads there.</summary>
    private const int Most = 200;

    public async Task<List<BlockedResponse>> ListAsync(CancellationToken cancellationToken)
    {
        var blocked = await openWork.ReadAsync(runs => runs.SelectMany(run => Together(Of(run))).OrderBy(one => Rank(one.Kind)).ThenBy(one => one.Since).Take(Most).ToList(), cancellationToken);
        var holders = new Dictionary<RunId, HolderResponse?>();
        foreach (var waiting in (await engine.LocksAsync(cancellationToken)).Where(view => !view.Held).Take(Most))
        {
            var asking = await engine.FindAsync(waiting.Run, cancellationToken);
            var inTheWay = new List<HolderResponse>();
            foreach (var run in waiting.WaitsFor)
            {
                if (!holders.TryGetValue(run, out var holder))
                {
                    holders[run] = holder = await engine.FindAsync(run, cancellationToken) is { } found
                        ? new HolderResponse(found.Run.ToString(), found.Runbook, found.StartedBy, Words.Of(found.Status)) : null;
                }

                inTheWay.AddRange(holder is null ? [] : [holder]);
            }

            blocked.Add(new BlockedResponse(
                "lock", waiting.Run.ToString(), asking?.Runbook ?? "", waiting.Path.IsRoot ? null : waiting.Path.Value, waiting.At,
                new WaitReason.LocksWait(waiting.Resources), null, null, inTheWay, 0));
        }

        return [.. blocked.OrderBy(one => Rank(one.Kind)).ThenBy(one => one.Since).Take(Most)];
    }

    /// <summary>A loop's ten thousand steps that wait for one thing are one line. Each approval is a decision of its own.</summary>
    private static IEnumerable<BlockedResponse> Together(IEnumerable<BlockedResponse> ofRun) =>
        ofRun.GroupBy(one => (one.Kind, one.Kind == "approval" ? one.Path : null, one.Error?.Code ?? one.On.ToString()))
            .Select(alike => alike.MinBy(one => one.Since)! with { Deadline = alike.Min(one => one.Deadline), Alike = alike.Count() - 1 });

    private static IEnumerable<BlockedResponse> Of(OpenRun run)
    {
        if (run.Paused is { } paused)
        {
            yield return Answer("paused", null, paused.At, new WaitReason.PausedWait(paused.By.By, paused.By.Reason));
        }

        foreach (var (path, (error, at)) in run.Incidents)
        {
            yield return Answer("incident", path, at, new WaitReason.OperatorWait(RunState.IsHold(error))) with { Error = ErrorResponse.Of(error) };
        }

        foreach (var (path, approval) in run.Approvals)
        {
            yield return Answer("approval", path, approval.RequestedAt, new WaitReason.ApprovalWait(approval.Quorum, approval.Roles)) with { Deadline = approval.Deadline };
        }

        foreach (var (path, (name, at, deadline)) in run.Signals)
        {
            yield return Answer("signal", path, at, new WaitReason.SignalWait(name)) with { Deadline = deadline };
        }

        BlockedResponse Answer(string kind, StepPath? path, DateTimeOffset since, WaitReason on) => new(
            kind, run.Run.ToString(), run.Started.Runbook, path is { IsRoot: false } step ? step.Value : null, since, on, null, null, [], 0);
    }

    private static int Rank(string kind) => kind switch { "incident" => 0, "approval" => 1, "lock" => 2, "paused" => 3, _ => 4 };
}
