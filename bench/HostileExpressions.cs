using System.Globalization;
using Orchestrator.Workflows.Tests.Expressions.Hostile;

namespace Orchestrator.Bench;

/// <summary>Any number of hostile expressions, or one of them to read. The last number said is the one that ended the process, if one did.</summary>
internal static class HostileExpressions
{
    public const string Usage = "bench hostile-expressions [--count N] [--seed SEED], or bench hostile-expressions --show NUMBER [--seed SEED]";

    /// <summary>0: each gave a value or a located error; 1: one did not; 2: the arguments make no sense.</summary>
    public static int Run(string[] args)
    {
        var (count, seed, show) = (1_000_000, 1, -1);
        for (var at = 0; at < args.Length; at += 2)
        {
            if (at + 1 == args.Length || !int.TryParse(args[at + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return Refuse(args[at]);
            switch (args[at])
            {
                case "--count": count = number; break;
                case "--seed": seed = number; break;
                case "--show": show = number; break;
                default: return Refuse(args[at]);
            }
        }

        if (show < 0) return HostileProcess.Run(Console.Out, count, seed, guarded: true);
        Console.WriteLine(HostileGrammar.Expression(seed, show));
        return 0;
    }

    private static int Refuse(string what)
    {
        Console.Error.WriteLine($"'{what}' makes no sense here. Usage: {Usage}");
        return 2;
    }
}
