using Orchestrator.Simulation.Faults;
using Orchestrator.Simulation.Machine;

namespace Orchestrator.Simulation.Work;

/// <summary>
/// What the activities act on: it keeps each effect by its idempotency key, refuses a fencing token older than one it has
/// seen, and goes on with what it was asked for when whoever asked is dead.
/// </summary>
internal sealed class OutsideWorld(Timeline timeline, Life outside, Random chance, Mutation? mutation)
{
    private readonly Dictionary<string, PlacedEffect> effects = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, ClusterShare> clusters = new(StringComparer.Ordinal);

    /// <summary>Nothing fails any more.</summary>
    public bool IsCalm { get; set; }

    public IReadOnlyDictionary<string, PlacedEffect> Effects => effects;

    public bool Happens(double share) => !IsCalm && chance.NextDouble() < share;

    public TimeSpan Takes(double most) => TimeSpan.FromSeconds(most * chance.NextDouble());

    /// <summary>Asks the world for something: it happens a while later, and the answer comes a while after that, or is lost.</summary>
    public Task<T> AskAsync<T>(Func<T> effect)
    {
        var caller = (Life)SynchronizationContext.Current!;
        var answer = new TaskCompletionSource<T>();
        timeline.After(Takes(0.3), outside, () =>
        {
            T result;
            try
            {
                result = effect();
            }
            catch (RefusedException refused)
            {
                timeline.After(Takes(0.1), caller, () => answer.SetException(refused));
                return;
            }

            if (Happens(0.05)) timeline.After(Takes(2), caller, () => answer.SetException(new IOException("The answer of the world was lost.")));
            else timeline.After(Takes(0.1), caller, () => answer.SetResult(result));
        });
        return answer.Task;
    }

    /// <summary>Once by its key.</summary>
    public string Apply(string key)
    {
        if (!effects.TryGetValue(key, out var effect)) effects[key] = effect = new PlacedEffect();
        else if (mutation != Mutation.WorldIgnoresKeys || effect.RevertedBy is not null) return key;
        effect.Times++;
        return key;
    }

    /// <summary>Its effects stay where an undo cannot take them back, and nobody is told.</summary>
    public bool KeepsSilently => mutation == Mutation.WorldKeepsSilently;

    /// <summary>The effect cannot be taken back now: why. Null when there is none, or none any more.</summary>
    public string? Keep(string of)
    {
        if (!effects.TryGetValue(of, out var effect) || effect.Times == 0 || effect.RevertedBy is not null) return null;
        effect.IsKept = true;
        return "it is stuck";
    }

    /// <summary>Takes back what a step may have done; from then on its key is refused, so that nothing of it comes late.</summary>
    public bool RevertIfDone(string of, string key)
    {
        if (!effects.TryGetValue(of, out var effect)) effects[of] = effect = new PlacedEffect();
        effect.RevertedBy ??= key;
        return true;
    }

    /// <summary>Once by its key: the effect of another key is taken back.</summary>
    public bool Revert(string of, string key)
    {
        if (!effects.TryGetValue(of, out var effect))
        {
            timeline.History.Violate("undo-of-nothing", $"{key} takes back {of}, which was never done");
            return false;
        }

        effect.RevertedBy ??= key;
        if (effect.RevertedBy != key) timeline.History.Violate("undo-once", $"{of} was taken back by {effect.RevertedBy} and by {key}");
        return true;
    }

    /// <summary>How a cluster is shared now. Whoever looks with a token shuts out all with an older one.</summary>
    public ClusterShare Look(string cluster, long token)
    {
        var known = Fenced(cluster, token, "looks at");
        return known with { };
    }

    /// <summary>Sets one of the two shares.</summary>
    public ClusterShare Set(string cluster, long token, int? guaranteed, int? reserved)
    {
        var known = Fenced(cluster, token, "changes");
        known.Guaranteed = guaranteed ?? known.Guaranteed;
        known.Reserved = reserved ?? known.Reserved;
        if (known.Guaranteed + known.Reserved > 100)
            timeline.History.Violate("capacity", $"of {cluster} {known.Guaranteed} % are guaranteed and {known.Reserved} % reserved");
        return known with { };
    }

    private ClusterShare Fenced(string cluster, long token, string does)
    {
        if (token == 0) timeline.History.Violate("token", $"a step that holds a lock {does} {cluster} without a token");
        if (!clusters.TryGetValue(cluster, out var known)) clusters[cluster] = known = new ClusterShare();
        if (mutation != Mutation.WorldIgnoresTokens && token < known.Token) throw new RefusedException($"{cluster} has seen token {known.Token}, {token} is older");
        known.Token = Math.Max(known.Token, token);
        return known;
    }
}

internal sealed class PlacedEffect
{
    public string? RevertedBy { get; set; }

    public int Times { get; set; }

    /// <summary>An undo has been told that it cannot be taken back; another attempt may have done so since.</summary>
    public bool IsKept { get; set; }

    /// <summary>In place.</summary>
    public bool Stands => Times > 0 && RevertedBy is null;
}

/// <summary>How a cluster is shared, in percent.</summary>
internal sealed record ClusterShare
{
    public int Guaranteed { get; set; } = 50;

    public int Reserved { get; set; } = 50;

    /// <summary>The newest fencing token seen.</summary>
    public long Token { get; set; }
}

/// <summary>The world has seen a newer token.</summary>
internal sealed class RefusedException(string message) : Exception(message);
