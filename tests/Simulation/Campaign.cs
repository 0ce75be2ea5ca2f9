using System.Collections.Concurrent;

namespace Orchestrator.Simulation;

/// <summary>Many seeds, each in a thread of its own, as many at once as are wanted.</summary>
internal static class Campaign
{
    // Deep chains of steps that end at once must not meet the end of a small stack.
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
    /// <param name="ended">Called after each, from several threads.</param>
    public static IReadOnlyList<Verdict> Run(int from, int count, int atOnce, SimulationOptions? options = null, Action<Verdict>? ended = null, int mostFailures = int.MaxValue)
    {
        var failed = new ConcurrentBag<Verdict>();
        var next = from - 1;
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
                ended?.Invoke(verdict);
            }
        }
    }
}
