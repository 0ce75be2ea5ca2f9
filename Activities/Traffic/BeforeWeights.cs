using System.Collections.Immutable;
using Orchestrator.Activities.Journaling;
using Orchestrator.Fleet.Facts;
using Orchestrator.Infra.Traffic;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Activities.Traffic;

/// <summary>The weights from before, as the journal has them, and whether an undo has reached them.</summary>
internal sealed class BeforeWeights(FleetFacts facts)
{
    /// <summary>Of the fact that a shift records before it changes anything.</summary>
    public const string Key = "from";

    /// <summary>Those before this step's first change; null: it recorded none, so it changed nothing.</summary>
    public async Task<ImmutableDictionary<string, int>?> OfStepAsync(TaskContext context, CancellationToken cancellationToken) =>
        await BeforeAsync(recorded => recorded.Run == context.Run && recorded.Path == context.Path, cancellationToken);

    /// <summary>Those before the first change of this run, its parent and children, when this step made it, so that its undo is the last; null: another step did, and is still to be taken back.</summary>
    public async Task<ImmutableDictionary<string, int>?> OfRunAsync(TaskContext context, CancellationToken cancellationToken)
    {
        await foreach (var recorded in context.FactsAsync(cancellationToken))
        {
            if (FactRecording.Read(recorded.Fact) is TrafficShifted or WeightsFound)
            {
                return recorded.Run == context.Run && recorded.Path == context.Path ? await OfStepAsync(context, cancellationToken) : null;
            }
        }

        return null;
    }

    /// <summary>What of the traffic is not back, sorted by destination.</summary>
    /// <param name="now">As the router shows at the end of the undo.</param>
    /// <param name="target">Where the undo was to go.</param>
    /// <param name="original">Those before the run, where they are known to be due; null: they are not.</param>
    public static ImmutableArray<LeftInPlace> Missing(RoutedWeights now, ImmutableDictionary<string, int> target, ImmutableDictionary<string, int>? original)
    {
        var left = ImmutableArray.CreateBuilder<LeftInPlace>();
        foreach (var destination in now.ByDestination.Keys.Union(target.Keys).Union(original?.Keys ?? []).Order(StringComparer.Ordinal))
        {
            var (shown, due) = (now.ByDestination.GetValueOrDefault(destination), target.GetValueOrDefault(destination));
            if (shown != due)
            {
                left.Add(new LeftInPlace($"traffic to {destination}", $"{now.Source} shows {shown} % where {due} % was set: something else changes the weights"));
            }
            else if (original is not null && original.GetValueOrDefault(destination) is var before && before != shown)
            {
                left.Add(new LeftInPlace($"traffic to {destination}", $"it had {before} % before the run and has {shown} %, as the undo's own weights say; an undo with restore: true goes back to what was"));
            }
        }

        if (!now.InForce)
        {
            left.Add(new LeftInPlace("traffic", $"{now.Source} is asked for {Weights.Show(now.ByDestination)}, and it is not in force: {now.Pending}"));
        }

        return left.ToImmutable();
    }

    /// <summary>What the last fact before the first of some says; or that one itself, where it says what it found.</summary>
    private async Task<ImmutableDictionary<string, int>?> BeforeAsync(Func<JournaledFact, bool> own, CancellationToken cancellationToken)
    {
        var weights = ImmutableDictionary<string, int>.Empty.Add(Weights.Home, 100);
        await foreach (var recorded in facts.FactsAsync(cancellationToken))
        {
            switch (FactRecording.Read(recorded.Fact))
            {
                case WeightsFound found when own(recorded): return Weights.Normal(found.Weights);
                case TrafficShifted when own(recorded): return Weights.Normal(weights);
                case TrafficShifted shifted: weights = shifted.Weights; break;
            }
        }

        return null;
    }
}
