using System.Collections.Immutable;
using Orchestrator.Activities.Journaling;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Infra.Clusters;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Shift;

/// <summary>
/// Makes one planned hop, wave after wave; each is confirmed by what the cluster runs, not by the writes having succeeded, and watched for a while before the next. A few nodes that are
/// dead or cordoned may be left behind; they move after the waves when they are back.
/// </summary>
internal sealed class WaveMover(ProfileSet profiles, WaveSoak soak, HopReturn back, BatchKill kill)
{
    private const int Insistence = 2;
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(10);

    /// <summary>Takes up with the first wave that the journal does not show as confirmed.</summary>
    /// <param name="mayLeave">How many nodes that are not ready may be left behind, beside those of the plan. Nodes that are gone do not count.</param>
    /// <returns>The nodes left behind and those that are gone, sorted.</returns>
    public async Task<(ImmutableArray<string> LeftBehind, ImmutableArray<string> Gone)> MoveAsync(
        ShiftWork work, ShiftPlanned plan, int hop, int mayLeave, CancellationToken cancellationToken)
    {
        await CheckProfileAsync(plan, work.Driver, cancellationToken);
        var moved = new HashSet<string>(StringComparer.Ordinal);
        var left = new SortedSet<string>(StringComparer.Ordinal);
        var gone = new SortedSet<string>(StringComparer.Ordinal);
        WaveConfirmed? last = null;
        for (var wave = 1; wave <= plan.Waves.Length; wave++)
        {
            if (!work.Context.Recorded.TryGetValue(HopKeys.Wave(hop, wave), out var fact))
            {
                if (last is not null && !work.LeavesUnready
                    && await soak.SoakAsync(work, plan, hop, last, moved, mayLeave - left.Count, cancellationToken) is { IsEmpty: false } turned)
                {
                    await back.TurnAsync(work, plan, hop, wave - 1, turned, cancellationToken);
                }

                last = await MoveWaveAsync(work, plan, hop, wave, mayLeave - left.Count, cancellationToken);
            }
            else
            {
                last = (WaveConfirmed)FactRecording.Read(fact);
            }

            moved.UnionWith(last.Nodes);
            left.UnionWith(last.LeftBehind);
            gone.UnionWith(last.Gone);
        }

        if (!work.LeavesUnready)
        {
            await FollowUpAsync(work, plan, hop, moved, left, gone, cancellationToken);
            await DrainAsync(work, plan, hop, moved, mayLeave - left.Count, cancellationToken);
        }

        return ([.. left], [.. gone]);
    }

    private async Task<WaveConfirmed> MoveWaveAsync(ShiftWork work, ShiftPlanned plan, int hop, int wave, int mayLeave, CancellationToken cancellationToken)
    {
        var context = work.Context;
        var nodes = plan.Waves[wave - 1];
        var (before, total) = (plan.Waves.Take(wave - 1).Sum(earlier => earlier.Length), plan.Waves.Sum(one => one.Length));
        var shown = $"{plan.To.Id()}: wave {wave} of {plan.Waves.Length}";
        var labelled = await work.Driver.LabelAsync(
            nodes,
            plan.To,
            work.Lease,
            // A hop of its own in the key: a node that comes this way again, further along, is another effect.
            work.Key(HopKeys.Wave(hop, wave)),
            new Reporter(count => context.Progress((before + count) / (double)total, $"{shown}, {before + count} of {total} nodes")),
            cancellationToken);
        ImmutableArray<string> refused = [];
        if (context.Undo)
        {
            refused = await InsistAsync(labelled.Failed, plan, hop, wave, work, cancellationToken);
            work.Refused.UnionWith(refused);
        }
        else
        {
            ThrowUnlessLeft(labelled.Failed, mayLeave, "nodes-not-labelled", $"{plan.Cluster}: {labelled.Failed.Length} of {nodes.Length} nodes of wave {wave} did not take their label");
        }

        context.Progress((before + nodes.Length) / (double)total, $"{shown}, reading {nodes.Length} nodes back");
        var confirmation = await work.Driver.ConfirmAsync(nodes.RemoveRange(refused), plan.To, BatchTarget.For(profiles[plan.To]), work.Arguments.ConfirmWithin, cancellationToken, mayLeave);
        ThrowUnlessLeft(confirmation.Unconverged, mayLeave, "wave-unconfirmed", $"{plan.Cluster}: {confirmation.Unconverged.Length} of {nodes.Length} nodes of wave {wave} do not show {plan.To.Id()}");
        if (!work.LeavesUnready)
        {
            await kill.KillAsync(work, plan, confirmation.Confirmed, HopKeys.Wave(hop, wave), cancellationToken);
        }

        var gone = confirmation.Unconverged.Where(node => node.Gone).Select(node => node.Node).ToImmutableArray();
        ImmutableArray<string> left = [.. confirmation.Unconverged.Where(node => !node.Gone).Select(node => node.Node).Concat(refused).Order(StringComparer.Ordinal)];
        if (!gone.IsEmpty || !left.IsEmpty)
        {
            context.Progress((before + nodes.Length) / (double)total, $"{shown}, going on without {Named(gone, "gone")}{(gone.IsEmpty || left.IsEmpty ? "" : " and ")}{Named(left, refused.IsEmpty ? "silent" : "silent, or their label refused")}");
        }

        return await context.RecordAsync(
            HopKeys.Wave(hop, wave),
            new WaveConfirmed(plan.Cluster, plan.From, plan.To, wave, nodes.RemoveRange(left).RemoveRange(gone)) { At = context.Clock.GetUtcNow(), LeftBehind = left, Gone = gone },
            cancellationToken);
    }

    /// <summary>The nodes that were dead or cordoned when their wave went: those that are back by now move too, the others are left by name.</summary>
    private async Task FollowUpAsync(
        ShiftWork work, ShiftPlanned plan, int hop, HashSet<string> moved, SortedSet<string> left, SortedSet<string> gone, CancellationToken cancellationToken)
    {
        var context = work.Context;
        ImmutableArray<string> behind = [.. left.Union(plan.Unavailable).Order(StringComparer.Ordinal)];
        if (behind.IsEmpty)
        {
            return;
        }

        if (!context.Recorded.TryGetValue(HopKeys.Follow(hop), out var fact))
        {
            var nodes = await work.Driver.NodesAsync(behind, cancellationToken);
            ImmutableArray<string> returned = [.. behind.Where(node => nodes.GetValueOrDefault(node) is { Available: true })];
            if (!returned.IsEmpty)
            {
                context.Progress(null, $"{plan.To.Id()}: {Named(returned, "back again")} follow");
                var labelled = await work.Driver.LabelAsync(returned, plan.To, work.Lease, work.Key(HopKeys.Follow(hop)), null, cancellationToken);
                var confirmation = await work.Driver.ConfirmAsync(returned, plan.To, BatchTarget.For(profiles[plan.To]), work.Arguments.ConfirmWithin, cancellationToken, returned.Length);
                ThrowUnlessLeft(
                    [.. labelled.Failed.Concat(confirmation.Unconverged).DistinctBy(node => node.Node)], returned.Length, "wave-unconfirmed",
                    $"{plan.Cluster}: {confirmation.Unconverged.Length} of {returned.Length} nodes that are back do not show {plan.To.Id()}");
                returned = confirmation.Confirmed;
                await kill.KillAsync(work, plan, returned, HopKeys.Follow(hop), cancellationToken);
            }

            ImmutableArray<string> lost = [.. behind.Where(node => !nodes.ContainsKey(node))];
            var follow = new WaveConfirmed(plan.Cluster, plan.From, plan.To, plan.Waves.Length + 1, returned)
            {
                At = context.Clock.GetUtcNow(),
                LeftBehind = [.. behind.Except(returned).Except(lost)],
                Gone = lost,
            };
            await context.RecordAsync(HopKeys.Follow(hop), follow, cancellationToken);
            Take(follow);
            return;
        }

        Take((WaveConfirmed)FactRecording.Read(fact));

        void Take(WaveConfirmed follow)
        {
            moved.UnionWith(follow.Nodes);
            left.Clear();
            left.UnionWith(follow.LeftBehind);
            gone.UnionWith(follow.Gone);
        }
    }

    /// <summary>A degrade is done when batch runs no more than the state leaves it, on every node: its tasks have ended, or are killed.</summary>
    private async Task DrainAsync(ShiftWork work, ShiftPlanned plan, int hop, HashSet<string> moved, int mayLeave, CancellationToken cancellationToken)
    {
        var profile = profiles[plan.To];
        if (profile.Degrade is not (DegradePolicy.Drain or DegradePolicy.Kill) || work.Context.Recorded.ContainsKey(HopKeys.Done(hop)))
        {
            return;
        }

        work.Context.Progress(1, $"{plan.To.Id()}: waiting until batch uses no more than {profile.Split.Batch} % of each of {moved.Count} nodes");
        var drained = await work.Driver.ConfirmAsync(moved, plan.To, BatchTarget.Drained(profile), work.Arguments.ConfirmWithin, cancellationToken, mayLeave);
        ThrowUnlessLeft(drained.Unconverged, mayLeave, "batch-not-drained", $"{plan.Cluster}: batch has not given way on {drained.Unconverged.Length} of {moved.Count} nodes");
    }

    /// <summary>
    /// On the way back a label that the API server refuses holds up no other node: it is tried again for a while, and then its node is left.
    /// </summary>
    /// <returns>The nodes that are ready and did not take their label.</returns>
    private static async Task<ImmutableArray<string>> InsistAsync(
        ImmutableArray<UnconvergedNode> failed, ShiftPlanned plan, int hop, int wave, ShiftWork work, CancellationToken cancellationToken)
    {
        for (var again = 1; Refused(failed) is { IsEmpty: false } refused; again++)
        {
            if (again > Insistence)
            {
                return refused;
            }

            await Task.Delay(BetweenTries, work.Context.Clock, cancellationToken);
            failed = (await work.Driver.LabelAsync(refused, plan.To, work.Lease, work.Key(HopKeys.Wave(hop, wave)), null, cancellationToken)).Failed;
        }

        return [];
    }

    private static ImmutableArray<string> Refused(ImmutableArray<UnconvergedNode> failed) => [.. failed.Where(node => node is { Ready: true, Gone: false }).Select(node => node.Node)];

    private static async Task CheckProfileAsync(ShiftPlanned plan, ClusterDriver driver, CancellationToken cancellationToken)
    {
        if (await driver.ProfilesDigestAsync(cancellationToken) is var digest && digest != plan.ProfileDigest)
        {
            throw new ActivityFailedException(
                "profile-changed",
                $"{plan.Cluster}: the profiles in the cluster ({digest ?? "none"}) are not those the move was planned with ({plan.ProfileDigest}); put them back, or undo and plan again",
                retryable: false);
        }
    }

    private static string Named(ImmutableArray<string> nodes, string why) =>
        nodes.IsEmpty ? "" : $"{string.Join(", ", nodes.Take(5))}{(nodes.Length > 5 ? $" and {nodes.Length - 5} more" : "")} ({why})";

    /// <summary>Nodes that are not ready, or whose koordlet is silent, may stay behind when they are few; one that tells of itself never. A node that is gone holds nothing up.</summary>
    private static void ThrowUnlessLeft(IReadOnlyCollection<UnconvergedNode> all, int mayLeave, string code, string what)
    {
        UnconvergedNode[] nodes = [.. all.Where(node => !node.Gone)];
        if (nodes.Length > mayLeave || nodes.Any(node => node.Ready))
        {
            var some = string.Join("; ", nodes.Take(5).Select(node => $"{node.Node}{(node.Ready ? "" : " (silent)")}: {node.Reason}"));
            throw new ActivityFailedException(
                code, $"{what} ({some}{(nodes.Length > 5 ? "; …" : "")}). Fix or remove these nodes, then try again: those that moved stay as they are.");
        }
    }

    /// <summary>Unlike <see cref="Progress{T}"/>, calls back at once and in order.</summary>
    private sealed class Reporter(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }
}
