using Orchestrator.Activities.Journaling;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Infra.Clusters;
using Orchestrator.Workflows.Tasks;

namespace Orchestrator.Activities.Shift;

/// <summary>The keys of a hop's facts. Hops and waves count from 1.</summary>
internal static class HopKeys
{
    public static string Plan(int hop) => $"hop/{hop}/plan";

    public static string Wave(int hop, int wave) => $"hop/{hop}/wave/{wave}";

    public static string Done(int hop) => $"hop/{hop}/done";
}

/// <summary>Makes one planned hop, wave after wave; each is confirmed by what the cluster shows, not by the writes having succeeded.</summary>
internal sealed class WaveMover(ProfileSet profiles)
{
    /// <summary>Takes up with the first wave that the journal does not show as confirmed.</summary>
    public async Task MoveAsync(
        ShiftClusterArguments arguments, ShiftPlanned plan, int hop, ClusterDriver driver, ClusterLease lease, TaskContext context, CancellationToken cancellationToken)
    {
        await CheckProfileAsync(plan, driver, cancellationToken);
        var strategy = profiles[plan.To].Colocation;
        var target = new BatchTarget(strategy.BatchCpuThresholdPercent, strategy.CpuReclaimThresholdPercent);
        var (total, done) = (plan.Waves.Sum(wave => wave.Length), 0);
        for (var wave = 1; wave <= plan.Waves.Length; wave++)
        {
            var nodes = plan.Waves[wave - 1];
            if (!context.Recorded.ContainsKey(HopKeys.Wave(hop, wave)))
            {
                var (before, shown) = (done, $"{plan.To.Id()}: wave {wave} of {plan.Waves.Length}");
                var labelled = await driver.LabelAsync(
                    nodes,
                    plan.To,
                    lease,
                    // A hop of its own in the key: a node that comes this way again, further along, is another effect.
                    $"{context.IdempotencyKey}/{HopKeys.Wave(hop, wave)}",
                    new Reporter(count => context.Progress((before + count) / (double)total, $"{shown}, {before + count} of {total} nodes")),
                    cancellationToken);
                ThrowWhenAny(labelled.Failed, "nodes-not-labelled", $"{plan.Cluster}: {labelled.Failed.Length} of {nodes.Length} nodes of wave {wave} did not take their label");
                context.Progress((done + nodes.Length) / (double)total, $"{shown}, reading {nodes.Length} nodes back");
                var confirmation = await driver.ConfirmAsync(nodes, plan.To, target, arguments.ConfirmWithin, cancellationToken);
                ThrowWhenAny(confirmation.Unconverged, "wave-unconfirmed", $"{plan.Cluster}: {confirmation.Unconverged.Length} of {nodes.Length} nodes of wave {wave} do not show {plan.To.Id()}");
                await context.RecordAsync(
                    HopKeys.Wave(hop, wave),
                    new WaveConfirmed(plan.Cluster, plan.From, plan.To, wave, nodes) { At = context.Clock.GetUtcNow() },
                    cancellationToken);
            }

            done += nodes.Length;
        }
    }

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

    private static void ThrowWhenAny(IReadOnlyCollection<UnconvergedNode> nodes, string code, string what)
    {
        if (nodes.Count > 0)
        {
            var some = string.Join("; ", nodes.Take(5).Select(node => $"{node.Node}: {node.Reason}"));
            throw new ActivityFailedException(
                code, $"{what} ({some}{(nodes.Count > 5 ? "; …" : "")}). Mend or remove these nodes, then try again: those that moved stay as they are.");
        }
    }

    /// <summary>Unlike <see cref="Progress{T}"/>, calls back at once and in order.</summary>
    private sealed class Reporter(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }
}
