using System.Collections.Immutable;
using Orchestrator.Activities.Journaling;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Guarding;
using Orchestrator.Infra.Clusters;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Activities.Shift;

/// <summary>What follows when a guard turns between two waves: the step fails, and where the runbook says so, what the hop has moved goes back first.</summary>
internal sealed class HopReturn(ProfileSet profiles)
{
    public const string Code = "guard-turned";

    /// <summary>Never returns.</summary>
    public async Task TurnAsync(ShiftWork work, ShiftPlanned plan, int hop, int wave, ImmutableArray<GuardResult> turned, CancellationToken cancellationToken)
    {
        var told = turned.Select(guard => guard.ToString()).ToImmutableArray();
        var what = $"{plan.Cluster}: after wave {wave} of {plan.Waves.Length} to {plan.To.Id()}: {string.Join("; ", told)}";
        if (work.Arguments.OnTurn == OnTurn.Stop || !Moves.IsLegal(plan.To, plan.From))
        {
            throw Failure($"{what}. The nodes that moved stay in {plan.To.Id()}: try again to go on, or undo", turned);
        }

        var fact = await work.Context.RecordAsync(
            HopKeys.Turned(hop), new WaveTurned(plan.Cluster, plan.From, plan.To, wave, told) { At = work.Context.Clock.GetUtcNow() }, cancellationToken);
        var left = await FinishAsync(work, hop, fact, cancellationToken);
        throw Failure($"{what}. What had moved is back in {plan.From.Id()}{(left.IsEmpty ? "" : $", but for {string.Join(", ", left)}")}: try again to begin anew", turned);
    }

    /// <summary>Takes a hop that turned back, from where an earlier attempt left off. Nothing happens when it is back already.</summary>
    /// <returns>The nodes that are not back.</returns>
    public async Task<ImmutableArray<string>> FinishAsync(ShiftWork work, int hop, WaveTurned turned, CancellationToken cancellationToken)
    {
        var context = work.Context;
        if (context.Recorded.ContainsKey(HopKeys.Back(hop, "done")))
        {
            return [];
        }

        ImmutableArray<string> moved = [.. Enumerable.Range(1, turned.Wave)
            .Select(wave => (WaveConfirmed)FactRecording.Read(context.Recorded[HopKeys.Wave(hop, wave)]))
            .SelectMany(wave => wave.Nodes.Concat(wave.LeftBehind))];
        context.Progress(null, $"{turned.From.Id()}: {moved.Length} nodes go back");
        var digest = await work.Driver.ProfilesDigestAsync(cancellationToken) ?? "";
        await context.RecordAsync(
            HopKeys.Back(hop, "plan"), new ShiftPlanned(turned.Cluster, turned.To, turned.From, digest, [moved]) { At = context.Clock.GetUtcNow() }, cancellationToken);
        var labelled = await work.Driver.LabelAsync(moved, turned.From, work.Lease, work.Key(HopKeys.Back(hop, "wave")), null, cancellationToken);
        var confirmation = await work.Driver.ConfirmAsync(moved, turned.From, BatchTarget.For(profiles[turned.From]), work.Arguments.ConfirmWithin, cancellationToken, int.MaxValue);
        var gone = confirmation.Unconverged.Concat(labelled.Failed).Where(node => node.Gone).Select(node => node.Node).Distinct().Order(StringComparer.Ordinal).ToImmutableArray();
        ImmutableArray<string> left = [.. confirmation.Unconverged.Where(node => !node.Gone).Select(node => node.Node)];
        if (ShiftWork.IsPeak(turned.To) && !ShiftWork.IsPeak(turned.From))
        {
            await work.Driver.ThawBatchAsync(work.Lease, work.Key(HopKeys.Back(hop, "thaw")), cancellationToken);
        }

        await context.RecordAsync(
            HopKeys.Back(hop, "wave"),
            new WaveConfirmed(turned.Cluster, turned.To, turned.From, 1, confirmation.Confirmed) { At = context.Clock.GetUtcNow(), LeftBehind = left, Gone = gone },
            cancellationToken);
        await context.RecordAsync(
            HopKeys.Back(hop, "done"), new ClusterShifted(turned.Cluster, turned.To, turned.From, confirmation.Confirmed.Length) { At = context.Clock.GetUtcNow() }, cancellationToken);
        return left;
    }

    public static ActivityFailedException Failure(string message, ImmutableArray<GuardResult> turned) =>
        new(new StepError(Code, message) { Retryable = false, Detail = WorkflowJson.ToElement(turned) });
}
