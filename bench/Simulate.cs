using System.Diagnostics;
using System.Globalization;
using Orchestrator.Simulation;

namespace Orchestrator.Bench;

/// <summary>Any number of simulated seeds, or one of them with all that happens in it. See docs/simulation.md.</summary>
internal static class Simulate
{
    public const string Usage = "bench simulate [--seeds N] [--from SEED] [--at-once THREADS] [--histories], or bench simulate --seed SEED [--only FAULT,… | --only none] [--trace]";

    /// <summary>0: no rule was broken; 1: one was; 2: the arguments make no sense.</summary>
    public static int Run(string[] args)
    {
        var (seeds, from, atOnce, trace, histories) = (1_000, 1, Environment.ProcessorCount, false, false);
        int? seed = null;
        IReadOnlySet<int>? only = null;
        for (var at = 0; at < args.Length; at++)
        {
            var value = at + 1 < args.Length ? args[at + 1] : "";
            var known = args[at] switch
            {
                "--trace" => trace = true,
                "--histories" => histories = true,
                "--seeds" => Number(value, least: 1, out seeds) && ++at > 0,
                "--from" => Number(value, least: 0, out from) && ++at > 0,
                "--at-once" => Number(value, least: 1, out atOnce) && ++at > 0,
                "--seed" => Number(value, least: 0, out var one) && ++at > 0 && (seed = one) is not null,
                "--only" => Positions(value, out only) && ++at > 0,
                _ => false,
            };
            if (known) continue;
            Console.Error.WriteLine($"'{args[at]} {value}' makes no sense here. Usage: {Usage}");
            return 2;
        }

        return seed is { } wanted ? Show(wanted, only, trace) : Try(from, seeds, atOnce, histories);
    }

    private static int Show(int seed, IReadOnlySet<int>? only, bool trace)
    {
        var verdict = Campaign.Run(seed, new SimulationOptions { OnlyFaults = only, Trace = trace ? Console.WriteLine : null });
        for (var place = 0; place < verdict.Faults.Count; place++)
            Console.WriteLine($"fault {place}{(only?.Contains(place) == false ? " (left out)" : "")}: {verdict.Faults[place]}");
        foreach (var violation in verdict.Violations) Console.WriteLine($"BROKEN {violation}");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"seed {seed}: {verdict.Runs} runs, {verdict.Entries} journal entries, {verdict.Steps} steps, {verdict.Time.TotalSeconds:0.0} s of virtual time, history {verdict.Hash:x16}"));
        if (verdict.Violations.Count == 0) return 0;

        if (only is null && verdict.Faults.Count > 0) Console.WriteLine($"with the fewest faults: {Campaign.Replay(verdict, Campaign.Shrink(verdict))}");
        return 1;
    }

    private static int Try(int from, int seeds, int atOnce, bool histories)
    {
        var since = Stopwatch.GetTimestamp();
        var (done, steps) = (0, 0L);
        var failed = Campaign.Run(from, seeds, atOnce, ended: verdict =>
        {
            done++;
            steps += verdict.Steps;
            if (histories) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {verdict.Seed}: {verdict.Entries} journal entries, history {verdict.Hash:x16}"));
            if (verdict.Violations is [var first, ..]) Console.WriteLine($"seed {verdict.Seed}: {first}\n  see it: {Campaign.Replay(verdict)}");
            else if (!histories && done % 1_000 == 0) Console.WriteLine($"{done} of {seeds} seeds");
        });
        var took = Stopwatch.GetElapsedTime(since);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $$"""{"name":"simulate","seeds":{{done}},"failed":{{failed.Count}},"seconds":{{took.TotalSeconds:0.0}},"stepsPerSeed":{{steps / Math.Max(1, done)}}}"""));
        return failed.Count == 0 ? 0 : 1;
    }

    private static bool Number(string text, int least, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= least;

    private static bool Positions(string text, out IReadOnlySet<int>? places)
    {
        var parts = text == "none" ? [] : text.Split(',');
        places = parts.Where(part => Number(part, least: 0, out _)).Select(part => int.Parse(part, CultureInfo.InvariantCulture)).ToHashSet();
        return places.Count == parts.Length;
    }
}
