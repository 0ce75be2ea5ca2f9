using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Activities.Journaling;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Infra.Clusters;

namespace Orchestrator.Activities.Shift;

/// <summary>
/// Kills batch tasks where a state's profile says so, in the order of <see cref="KillOrder"/>. Koordinator would do it only behind gates of koordlet that are off by default,
/// so the shift does it itself; the checkpoint list is durable before the first task goes.
/// </summary>
internal sealed class BatchKill(ProfileSet profiles)
{
    /// <summary>Tasks that were admitted just before a node took its new state are found in a later round.</summary>
    private const int Rounds = 5;
    private static readonly TimeSpan BetweenRounds = TimeSpan.FromSeconds(5);

    /// <summary>What the move would take from batch as it stands; null where it kills nothing.</summary>
    public async Task<KillCost?> CostAsync(ShiftWork work, ColocationState to, ImmutableArray<SurveyedNode> nodes, CancellationToken cancellationToken)
    {
        if (profiles[to].Degrade != DegradePolicy.Kill)
        {
            return null;
        }

        var (chosen, at) = await ChooseAsync(work, to, nodes, cancellationToken);
        return Cost([.. chosen.Select(task => Killed(task, at))]);
    }

    /// <summary>Kills what runs beyond the state's share on these nodes; a repeat goes on with what is left.</summary>
    /// <param name="wave">The wave's key.</param>
    public async Task KillAsync(ShiftWork work, ShiftPlanned plan, IReadOnlyCollection<string> nodes, string wave, CancellationToken cancellationToken)
    {
        if (profiles[plan.To].Degrade != DegradePolicy.Kill)
        {
            return;
        }

        var known = (await work.Driver.NodesAsync(nodes, cancellationToken)).Values.ToImmutableArray();
        for (var round = 1; round <= Rounds; round++)
        {
            var (chosen, at) = await ChooseAsync(work, plan.To, known, cancellationToken);
            if (chosen.IsEmpty)
            {
                return;
            }

            var listed = Recorded(work, wave).SelectMany(killed => killed.Tasks).Select(task => task.Task).ToHashSet(StringComparer.Ordinal);
            var more = chosen.RemoveAll(task => listed.Contains(task.Name)).Select(task => Killed(task, at)).ToImmutableArray();
            if (!more.IsEmpty)
            {
                work.Context.Progress(null, $"{plan.To.Id()}: killing {Tell(Cost(more))}");
                await work.Context.RecordAsync(HopKeys.Kill(wave, FreeRound(work, wave)), new BatchKilled(plan.Cluster, more) { At = work.Context.Clock.GetUtcNow() }, cancellationToken);
            }

            await work.Driver.KillAsync(chosen.Select(task => (task.Name, task.Uid)), work.Lease, cancellationToken);
            await Task.Delay(BetweenRounds, work.Context.Clock, cancellationToken);
        }
    }

    /// <summary>What all attempts of this shift have killed so far; null: nothing.</summary>
    public static KillCost? Total(ShiftWork work)
    {
        var tasks = work.Context.Recorded.Where(fact => fact.Key.Contains("/kill/", StringComparison.Ordinal))
            .SelectMany(fact => ((BatchKilled)FactRecording.Read(fact.Value)).Tasks).ToImmutableArray();
        return tasks.IsEmpty ? null : Cost(tasks);
    }

    /// <summary>For people.</summary>
    public static string Tell(KillCost cost) => string.Create(
        CultureInfo.InvariantCulture, $"{cost.Tasks} batch tasks, {cost.LostCpuHours:0.#} core-hours of work since their checkpoints lost{(cost.WithoutCheckpoint > 0 ? $", {cost.WithoutCheckpoint} of them without a checkpoint" : "")}{(cost.WithoutController > 0 ? $", {cost.WithoutController} that nothing requeues" : "")}");

    /// <summary>What has become of the tasks that lossy degrades of this tree of runs have killed on the cluster; null: none was killed.</summary>
    public static async Task<RequeueState?> RequeuedAsync(ShiftWork work, CancellationToken cancellationToken)
    {
        var killed = new Dictionary<string, KilledTask>(StringComparer.Ordinal);
        await foreach (var recorded in work.Context.FactsAsync(cancellationToken))
        {
            if (FactRecording.Read(recorded.Fact) is BatchKilled fact && fact.Cluster == work.Arguments.Cluster)
            {
                foreach (var task in fact.Tasks)
                {
                    killed[task.Task] = task;
                }
            }
        }

        if (killed.Count == 0)
        {
            return null;
        }

        var (waiting, running) = await work.Driver.BatchAsync(cancellationToken);
        return new RequeueState
        {
            Killed = killed.Count, Waiting = waiting, Running = running,
            Lost = [.. killed.Values.Where(task => task.Controller is null).Select(task => task.Task).Order(StringComparer.Ordinal)],
        };
    }

    private async Task<(ImmutableArray<BatchTask> Tasks, DateTimeOffset At)> ChooseAsync(ShiftWork work, ColocationState to, ImmutableArray<SurveyedNode> nodes, CancellationToken cancellationToken)
    {
        var (running, at) = await work.Driver.BatchTasksAsync([.. nodes.Select(node => node.Name)], cancellationToken);
        var mayStay = nodes.ToDictionary(node => node.Name, node => node.CpuMilli * profiles[to].Split.Batch / 100, StringComparer.Ordinal);
        return (KillOrder.Choose(running, node => mayStay.GetValueOrDefault(node), at), at);
    }

    private static IEnumerable<BatchKilled> Recorded(ShiftWork work, string wave)
    {
        for (var round = 1; work.Context.Recorded.TryGetValue(HopKeys.Kill(wave, round), out var fact); round++)
        {
            yield return (BatchKilled)FactRecording.Read(fact);
        }
    }

    private static int FreeRound(ShiftWork work, string wave) => Recorded(work, wave).Count() + 1;

    private static KilledTask Killed(BatchTask task, DateTimeOffset at) => new(task.Name, task.Node, task.Priority, task.Checkpoint, Math.Round(task.LostCpuSeconds(at), 1)) { Controller = task.Controller };

    private static KillCost Cost(ImmutableArray<KilledTask> tasks) =>
        new(tasks.Length, Math.Round(tasks.Sum(task => task.LostCpuSeconds) / 3600, 2), tasks.Count(task => task.Checkpoint is null)) { WithoutController = tasks.Count(task => task.Controller is null) };
}
