namespace Orchestrator.Simulator.Colocation;

/// <summary>How quick the controllers of one node are. Different from node to node, the same for the same seed.</summary>
/// <param name="Reaction">From a change of label or profile until koord-manager and koordlet act on it: 2 to 6 s.</param>
/// <param name="ReportPhase">Where in the report interval the node's reports fall, 0 to 1.</param>
/// <param name="Seed">For what else is different on the node.</param>
internal sealed record NodeRhythm(TimeSpan Reaction, double ReportPhase, int Seed)
{
    public static NodeRhythm Of(int seed, string node, double delays) =>
        new(TimeSpan.FromSeconds((2 + (StableRandom.Of(seed, node, "reaction") * 4)) * delays), StableRandom.Of(seed, node, "report"), seed);
}

/// <summary>Numbers that look random and are the same in every process.</summary>
internal static class StableRandom
{
    /// <summary>From 0 to below 1.</summary>
    public static double Of(int seed, string name, string what = "")
    {
        // FNV-1a with a final mix; string.GetHashCode differs from process to process.
        var hash = 14695981039346656037UL ^ (ulong)(uint)seed;
        foreach (var letter in name)
        {
            hash = (hash ^ letter) * 1099511628211UL;
        }

        foreach (var letter in what)
        {
            hash = (hash ^ letter) * 1099511628211UL;
        }

        hash ^= hash >> 33;
        hash *= 0xff51afd7ed558ccdUL;
        hash ^= hash >> 33;
        return (hash >> 11) / (double)(1UL << 53);
    }
}
