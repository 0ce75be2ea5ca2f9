using System.Collections.Concurrent;
using System.Collections.Immutable;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Runs;

/// <summary>How long a step is expected to take, and from where that is known.</summary>
/// <param name="Seconds">On the environment clock.</param>
/// <param name="StartsAfter">Seconds from the run's start to its own; null when only its length is known.</param>
/// <param name="From">earlier-runs: the middle of those that ended well; wait: what the step says it waits; timeout: at most so long.</param>
internal sealed record Estimate(double Seconds, double? StartsAfter, string From);

/// <summary>What is expected of a runbook's steps, by the address with <c>*</c> for iterations.</summary>
/// <param name="Runs">Earlier runs that it was learnt from, the newest first; empty: from the runbook alone.</param>
internal sealed record Expectation(ImmutableArray<RunId> Runs, ImmutableDictionary<string, Estimate> Steps, double? Seconds)
{
    public Estimate? Find(GraphNode node) => Steps.GetValueOrDefault(node.Path.Value) ?? Of(node.Step);

    /// <summary>What a step says of itself.</summary>
    private static Estimate? Of(Step? step) => step switch
    {
        WaitStep { For: LiteralTemplate { Value: var value } } when Duration.TryFrom(value, out var length) => new Estimate(length.TotalSeconds, null, "wait"),
        { Timeout: { } timeout } => new Estimate(timeout.TotalSeconds, null, "timeout"),
        _ => null,
    };
}

/// <summary>Learns from the last runs of the same runbook that ended well; each is read once.</summary>
internal sealed class Estimates(Engine engine, RunViews views)
{
    private const int Most = 3;
    private const int Kept = 256;

    private readonly ConcurrentDictionary<RunId, Task<ImmutableDictionary<string, (double Start, double Length)>>> _learnt = new();

    /// <param name="except">The run that is looked at: nobody learns from themselves.</param>
    public async Task<Expectation> OfAsync(string runbook, RunId except, CancellationToken cancellationToken)
    {
        var page = await engine.ListAsync(new RunQuery { Runbook = runbook, Statuses = [RunStatus.Done], Limit = Most + 1 }, cancellationToken);
        var runs = page.Runs.Where(run => run.Run != except).Take(Most).ToImmutableArray();
        if (runs.IsEmpty)
        {
            return new Expectation([], ImmutableDictionary<string, Estimate>.Empty, null);
        }

        if (_learnt.Count > Kept)
        {
            _learnt.Clear();
        }

        var all = new List<ImmutableDictionary<string, (double Start, double Length)>>();
        foreach (var run in runs)
        {
            all.Add(await _learnt.GetOrAdd(run.Run, _ => LearnAsync(run)).WaitAsync(cancellationToken));
        }

        var steps = all.SelectMany(times => times).GroupBy(times => times.Key, times => times.Value)
            .ToImmutableDictionary(group => group.Key, group => new Estimate(Middle(group.Select(time => time.Length)), Middle(group.Select(time => time.Start)), "earlier-runs"));
        return new Expectation([.. runs.Select(run => run.Run)], steps, Middle(runs.Select(run => (run.EndedAt!.Value - run.StartedAt).TotalSeconds)));
    }

    private async Task<ImmutableDictionary<string, (double Start, double Length)>> LearnAsync(RunSummary run)
    {
        Runbook? runbook;
        try
        {
            runbook = await engine.FindRunbookAsync(run.Digest);
        }
        catch (InvalidOperationException)
        {
            // A version that no longer reads teaches nothing.
            runbook = null;
        }

        return runbook is null ? ImmutableDictionary<string, (double, double)>.Empty : await views.ReadAsync(
            run.Run,
            view => GraphNode.Of(runbook, view).Flatten()
                .Where(node => node is { StartedAt: not null, EndedAt: not null, Status: StepStatus.Done })
                .ToImmutableDictionary(node => node.Path.Value, node => ((node.StartedAt!.Value - view.StartedAt).TotalSeconds, (node.EndedAt!.Value - node.StartedAt!.Value).TotalSeconds)),
            CancellationToken.None) ?? ImmutableDictionary<string, (double, double)>.Empty;
    }

    private static double Middle(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return Math.Round(sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2, 3);
    }
}
