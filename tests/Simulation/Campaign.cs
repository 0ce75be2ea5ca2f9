using System.Collections.Concurrent;

namespace Orchestrator.Simulation;

/// <summary>Many seeds, each in a thread of its own, as many at once as are wanted.</summary>
internal static class Campaign
{
    // Long chains of steps that end at once must not meet the end of a small stack.
    private const int StackSize = 4 << 20;

    /// <summary>One seed.</summary>
    public static Verdict Run(int seed, SimulationOptions? options = null)
    {
        Verdict? verdict = null;
        var thread = new Thread(() => verdict = new Simulation(seed, options ?? new SimulationOptions()).Run(), StackSize);
        thread.Start();
        thread.Join();
        return verdict!;
    }

    /// <summary>Seeds from one on. Gives the verdicts of those that broke a rule, the least seed first.</summary>
    /// <param name="ended">Called after each, one at a time.</param>
    /// <param name="mostFailures">So many are enough to end it.</param>
    public static IReadOnlyList<Verdict> Run(
        int from, int count, int atOnce, SimulationOptions? options = null, Action<Verdict>? ended = null, int mostFailures = int.MaxValue)
    {
        var failed = new ConcurrentBag<Verdict>();
        var next = from - 1;
        var gate = new Lock();
        var threads = Enumerable.Range(0, atOnce).Select(_ => new Thread(Work, StackSize)).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return [.. failed.OrderBy(verdict => verdict.Seed)];

        void Work()
        {
            while (failed.Count < mostFailures && Interlocked.Increment(ref next) is var seed && seed < from + count)
            {
                var verdict = new Simulation(seed, options ?? new SimulationOptions()).Run();
                if (verdict.Violations.Count > 0) failed.Add(verdict);
                lock (gate) ended?.Invoke(verdict);
            }
        }
    }

    /// <summary>The fewest of a failing seed's faults, by their places, that still break the same rule: halves are left out, then single ones.</summary>
    public static IReadOnlySet<int> Shrink(Verdict failing, SimulationOptions? options = null)
    {
        options ??= new SimulationOptions();
        var rule = failing.Violations[0].Rule;
        var kept = Enumerable.Range(0, failing.Faults.Count).ToList();
        for (var chunk = Math.Max(1, kept.Count / 2); ; chunk = Math.Max(1, chunk / 2))
        {
            for (var at = 0; at < kept.Count;)
            {
                var fewer = kept.Where((_, place) => place < at || place >= at + chunk).ToList();
                if (Run(failing.Seed, options with { OnlyFaults = fewer.ToHashSet() }).Violations is [var first, ..] && first.Rule == rule) kept = fewer;
                else at += chunk;
            }

            if (chunk == 1) return kept.ToHashSet();
        }
    }

    /// <summary>The one command that shows a failing seed again.</summary>
    public static string Replay(Verdict failing, IReadOnlySet<int>? only = null) =>
        $"dotnet run -c Release --project bench -- simulate --seed {failing.Seed}{(only is null || only.Count == failing.Faults.Count ? "" : $" --only {(only.Count == 0 ? "none" : string.Join(',', only.Order()))}")} --trace";
}
