using System.Collections.Immutable;
using Orchestrator.Activities.Journaling;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Infra.Clusters;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Shift;

/// <summary>The keys of a hop's facts and effects. Hops and waves count from 1.</summary>
internal static class HopKeys
{
    public const string Found = "found";

    public static string Plan(int hop) => $"hop/{hop}/plan";

    public static bool IsPlan(string key) => key.StartsWith("hop/", StringComparison.Ordinal) && key.EndsWith("/plan", StringComparison.Ordinal);

    public static string Wave(int hop, int wave) => $"hop/{hop}/wave/{wave}";

    public static string Freeze(int hop) => $"hop/{hop}/freeze";

    public static string Thaw(int hop) => $"hop/{hop}/thaw";

    public static string Done(int hop) => $"hop/{hop}/done";
}

/// <summary>Makes one planned hop, wave after wave; each is confirmed by what the cluster shows, not by the writes having succeeded. A few nodes that are not ready may be left behind.</summary>
internal sealed class WaveMover(ProfileSet profiles)
{
    private const int Insistence = 2;
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(10);

    /// <summary>Takes up with the first wave that the journal does not show as confirmed.</summary>
    /// <param name="mayLeave">How many nodes that are not ready may be left behind. Nodes that are gone do not count.</param>
    /// <param name="refused">Gets the nodes whose label the API server has refused in this attempt: an undo goes on without them.</param>
    /// <returns>The nodes left behind and those that are gone, sorted.</returns>
    public async Task<(ImmutableArray<string> LeftBehind, ImmutableArray<string> Gone)> MoveAsync(
        ShiftClusterArguments arguments, ShiftPlanned plan, int hop, int mayLeave, HashSet<string> refused, ClusterDriver driver, ClusterLease lease, TaskContext context, CancellationToken cancellationToken)
    {
        await CheckProfileAsync(plan, driver, cancellationToken);
        var left = ImmutableSortedSet.CreateBuilder<string>(StringComparer.Ordinal);
        var gone = ImmutableSortedSet.CreateBuilder<string>(StringComparer.Ordinal);
        for (var wave = 1; wave <= plan.Waves.Length; wave++)
        {
            var confirmed = context.Recorded.TryGetValue(HopKeys.Wave(hop, wave), out var fact)
                ? (WaveConfirmed)FactRecording.Read(fact)
                : await MoveWaveAsync(arguments, plan, hop, wave, mayLeave - left.Count, refused, driver, lease, context, cancellationToken);
            left.UnionWith(confirmed.LeftBehind);
            gone.UnionWith(confirmed.Gone);
        }

        return ([.. left], [.. gone]);
    }

    private async Task<WaveConfirmed> MoveWaveAsync(
        ShiftClusterArguments arguments, ShiftPlanned plan, int hop, int wave, int mayLeave, HashSet<string> allRefused, ClusterDriver driver, ClusterLease lease, TaskContext context, CancellationToken cancellationToken)
    {
        var nodes = plan.Waves[wave - 1];
        var (before, total) = (plan.Waves.Take(wave - 1).Sum(earlier => earlier.Length), plan.Waves.Sum(one => one.Length));
        var shown = $"{plan.To.Id()}: wave {wave} of {plan.Waves.Length}";
        var labelled = await driver.LabelAsync(
            nodes,
            plan.To,
            lease,
            // A hop of its own in the key: a node that comes this way again, further along, is another effect.
            $"{context.IdempotencyKey}/{HopKeys.Wave(hop, wave)}",
            new Reporter(count => context.Progress((before + count) / (double)total, $"{shown}, {before + count} of {total} nodes")),
            cancellationToken);
        ImmutableArray<string> refused = [];
        if (context.Undo)
        {
            refused = await InsistAsync(labelled.Failed, plan, hop, wave, driver, lease, context, cancellationToken);
            allRefused.UnionWith(refused);
        }
        else
        {
            ThrowUnlessLeft(labelled.Failed, mayLeave, "nodes-not-labelled", $"{plan.Cluster}: {labelled.Failed.Length} of {nodes.Length} nodes of wave {wave} did not take their label");
        }

        context.Progress((before + nodes.Length) / (double)total, $"{shown}, reading {nodes.Length} nodes back");
        var confirmation = await driver.ConfirmAsync(nodes.RemoveRange(refused), plan.To, BatchTarget.For(profiles[plan.To]), arguments.ConfirmWithin, cancellationToken, mayLeave);
        ThrowUnlessLeft(confirmation.Unconverged, mayLeave, "wave-unconfirmed", $"{plan.Cluster}: {confirmation.Unconverged.Length} of {nodes.Length} nodes of wave {wave} do not show {plan.To.Id()}");
        var gone = confirmation.Unconverged.Where(node => node.Gone).Select(node => node.Node).ToImmutableArray();
        ImmutableArray<string> left = [.. confirmation.Unconverged.Where(node => !node.Gone).Select(node => node.Node).Concat(refused).Order(StringComparer.Ordinal)];
        if (!gone.IsEmpty || !left.IsEmpty)
        {
            context.Progress((before + nodes.Length) / (double)total, $"{shown}, going on without {Named(gone, "gone")}{(gone.IsEmpty || left.IsEmpty ? "" : " and ")}{Named(left, refused.IsEmpty ? "not ready" : "not ready, or their label refused")}");
        }

        return await context.RecordAsync(
            HopKeys.Wave(hop, wave),
            new WaveConfirmed(plan.Cluster, plan.From, plan.To, wave, nodes.RemoveRange(left).RemoveRange(gone)) { At = context.Clock.GetUtcNow(), LeftBehind = left, Gone = gone },
            cancellationToken);
    }

    /// <summary>
    /// On the way back a label that the API server refuses holds up no other node: it is tried again for a while, and then its node is left.
    /// </summary>
    /// <returns>The nodes that are ready and did not take their label.</returns>
    private static async Task<ImmutableArray<string>> InsistAsync(
        ImmutableArray<UnconvergedNode> failed, ShiftPlanned plan, int hop, int wave, ClusterDriver driver, ClusterLease lease, TaskContext context, CancellationToken cancellationToken)
    {
        for (var again = 1; Refused(failed) is { IsEmpty: false } refused; again++)
        {
            if (again > Insistence)
            {
                return refused;
            }

            await Task.Delay(BetweenTries, context.Clock, cancellationToken);
            failed = (await driver.LabelAsync(refused, plan.To, lease, $"{context.IdempotencyKey}/{HopKeys.Wave(hop, wave)}", null, cancellationToken)).Failed;
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

    /// <summary>Nodes that are not ready may stay behind when they are few; a ready one never. A node that is gone holds nothing up.</summary>
    private static void ThrowUnlessLeft(IReadOnlyCollection<UnconvergedNode> all, int mayLeave, string code, string what)
    {
        UnconvergedNode[] nodes = [.. all.Where(node => !node.Gone)];
        if (nodes.Length > mayLeave || nodes.Any(node => node.Ready))
        {
            var some = string.Join("; ", nodes.Take(5).Select(node => $"{node.Node}{(node.Ready ? "" : " (not ready)")}: {node.Reason}"));
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
