using System.Globalization;
using Orchestrator.Simulation;

namespace Orchestrator.Bench;

/// <summary>Any number of hostile expressions, or one of them. A process that dies leaves the number of its case in the file of <c>--last</c>.</summary>
internal static class Hostile
{
    public const string Usage = "bench hostile-expressions [--count N] [--seed S] [--from CASE] [--last FILE]";

    /// <summary>0: each gave a value or an error; 1: one did not; 2: the arguments make no sense.</summary>
    public static int Run(string[] args)
    {
        var (count, seed, from) = (100_000, 1, 0);
        string? last = null;
        for (var at = 0; at < args.Length; at += 2)
        {
            var value = at + 1 < args.Length ? args[at + 1] : "";
            var known = args[at] switch
            {
                "--count" => Number(value, out count),
                "--seed" => Number(value, out seed),
                "--from" => Number(value, out from),
                "--last" => (last = value).Length > 0,
                _ => false,
            };
            if (known) continue;
            Console.Error.WriteLine($"'{args[at]} {value}' makes no sense here. Usage: {Usage}");
            return 2;
        }

        if (count == 1) Console.WriteLine(HostileExpressions.Case(seed, from));
        return HostileExpressions.RunCommand(seed, from, count, last);
    }

    private static bool Number(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
