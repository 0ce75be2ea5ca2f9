using System.Collections.Immutable;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Server.Approvals;
using Orchestrator.Server.Emergency;
using Orchestrator.Server.FleetViews;
using Orchestrator.Server.Environments;
using Orchestrator.Server.Runs;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Decisions;

/// <summary>What a rejection would do to a run and to those around it, by the rules that the engine follows when it comes.</summary>
internal sealed class RejectionForecast(Engine engine, RunViews views, ActivityCatalog catalog, FleetViewer viewer, ProfileSet profiles, PromotionEnvironment environment)
{
    /// <summary>Runs that wait for the locks, and steps in place, that one answer names.</summary>
    private const int Most = 50;

    public async Task<RejectionResponse> OfAsync(OpenApproval approval, Runbook runbook, CancellationToken cancellationToken)
    {
        var asked = StepsTo(runbook, approval.Path) is [.., ApprovalStep step] ? step : null;
        var (outcome, ends) = await EndAsync(approval.Run, runbook, approval.Path, cancellationToken);
        var ended = ends.Keys.ToImmutableHashSet();
        var locks = await engine.LocksAsync(cancellationToken);
        var released = locks.Where(view => view.Held && ended.Contains(view.Run)).SelectMany(view => view.Resources).Distinct().Order(StringComparer.Ordinal).ToList();
        var queued = new List<QueuedRun>();
        foreach (var waiting in locks.Where(view => !view.Held && !ended.Contains(view.Run) && view.WaitsFor.Any(ended.Contains)).Take(Most))
        {
            if (await engine.FindAsync(waiting.Run, cancellationToken) is { } run)
            {
                queued.Add(new QueuedRun(run.Run.ToString(), run.Runbook, run.StartedBy, waiting.Resources, waiting.At));
            }
        }

        var inPlace = outcome == "goes-on" ? [] : await InPlaceAsync(ends, cancellationToken);
        var fleet = outcome == "rejected" && inPlace.Count > 0 ? await AwayAsync(cancellationToken) : null;
        // Escalated once, other roles are asked; the next deadline rejects.
        var escalates = asked is { EscalateTo.IsEmpty: false } && !asked.EscalateTo.ToHashSet().SetEquals(approval.Approval.Roles);
        return new RejectionResponse(
            outcome, [.. ended.Select(run => run.ToString())], released, queued, [.. inPlace.Take(Most)], fleet?.Lines ?? [], fleet?.Saves.CostPerHour ?? 0, fleet?.Currency,
            approval.Approval.Deadline is null ? "none" : escalates ? "escalates" : "rejects", escalates ? asked!.EscalateTo : []);
    }

    private Task<EmergencyPlan> AwayAsync(CancellationToken cancellationToken) =>
        viewer.ReadAsync((projection, position) => EmergencyPlan.Of(projection, position, EmergencyScope.All, environment.Fleet.Fleet, profiles, "", ""), cancellationToken);

    /// <summary>How a rejection at a step ends, and how each run that it ends does: the run, and its parents as far as none of them handles it. A child that is taken back rejects its parent's step all the same.</summary>
    private async Task<(string Outcome, ImmutableDictionary<RunId, string> Ends)> EndAsync(RunId run, Runbook runbook, StepPath path, CancellationToken cancellationToken)
    {
        var ended = ImmutableDictionary<RunId, string>.Empty;
        while (true)
        {
            var outcome = Outcome(runbook, path);
            if (outcome == "goes-on")
            {
                return (outcome, ended);
            }

            ended = ended.SetItem(run, outcome);
            var parent = (await engine.FindAsync(run, cancellationToken))?.Parent;
            if (parent is null || await engine.FindAsync(parent.Run, cancellationToken) is not { } above
                || await engine.FindRunbookAsync(above.Digest, cancellationToken) is not { } text)
            {
                return (outcome, ended);
            }

            (run, runbook, path) = (above.Run, text, parent.Path);
        }
    }

    /// <summary>rejected, undone, or goes-on where a catch takes it.</summary>
    internal static string Outcome(Runbook runbook, StepPath path)
    {
        var steps = StepsTo(runbook, path);
        if (steps.IsEmpty)
        {
            return "rejected";
        }

        var policy = steps[^1].OnFailure;
        for (var at = steps.Length - 2; at >= 0; at--)
        {
            if (steps[at] is TryStep attempt && !attempt.Catch.IsEmpty && attempt.Steps.Contains(steps[at + 1]))
            {
                return "goes-on";
            }

            policy ??= steps[at].OnFailure;
        }

        return (policy ?? runbook.OnFailure) == FailurePolicy.Undo ? "undone" : "rejected";
    }

    /// <summary>The steps along a path of a run, the outermost first; empty when it leads to none.</summary>
    private static ImmutableArray<Step> StepsTo(Runbook runbook, StepPath path)
    {
        var found = ImmutableArray.CreateBuilder<Step>();
        var within = runbook.Steps.AsEnumerable();
        // An iteration, a round or a branch has a part of the path that is no step's id.
        foreach (var part in path.Value.Split('/'))
        {
            if (within.FirstOrDefault(step => step.Id == part) is { } step)
            {
                found.Add(step);
                within = StepTree.BlocksOf(step).SelectMany(block => block);
            }
        }

        return found.Count > 0 && found[^1].Id == path.Value.Split('/')[^1] ? found.ToImmutable() : [];
    }

    /// <summary>Steps that have changed something and are not taken back by the end: all, or those that cannot be.</summary>
    private async Task<List<StepInPlace>> InPlaceAsync(ImmutableDictionary<RunId, string> ended, CancellationToken cancellationToken)
    {
        var left = new List<StepInPlace>();
        foreach (var (run, outcome) in ended)
        {
            var digest = (await engine.FindAsync(run, cancellationToken))?.Digest;
            var runbook = digest is null ? null : await engine.FindRunbookAsync(digest, cancellationToken);
            left.AddRange(await views.ReadAsync(
                run,
                view => view.InOrder
                    .Where(step => step is { IsBlock: false, Status: StepStatus.Done, Activity: { } activity } && catalog.Activities.GetValueOrDefault(activity) is { Effect: not Effect.None })
                    .Where(step => outcome != "undone" || runbook is null || StepsTo(runbook, step.Path) is not [.., RunStep { Undo: not null }])
                    .Select(step => new StepInPlace(run.ToString(), step.Path.Value, step.Activity!)).ToList(),
                cancellationToken) ?? []);
        }

        return left;
    }
}
