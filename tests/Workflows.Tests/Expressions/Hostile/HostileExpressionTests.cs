using System.Diagnostics;
using System.Globalization;

namespace Orchestrator.Workflows.Tests.Expressions.Hostile;

public sealed class HostileExpressionTests
{
    private const int Count = 100_000;
    private const int Seed = 20261111;

    [Fact]
    public async Task The_process_lives_whatever_an_expression_does()
    {
        var (exit, last, number) = await RunAsync(Count, Seed);

        Assert.True(exit == 0, exit == 1 ? last : $"the process died (exit {exit}) of expression {number}: {HostileGrammar.Expression(Seed, number)}");
        Assert.Equal(Count - 1, number);
        foreach (var kind in (string[])["value", "expression-syntax", "expression-failed", "expression-endless", "expression-too-large", "expression-not-json"])
        {
            Assert.Contains(kind, last, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Without_the_stack_guard_the_same_expressions_end_the_process()
    {
        var (exit, last, number) = await RunAsync(2_000, Seed, HostileProcess.Unguarded);

        Assert.True(exit is not (0 or 1), $"it went on to {number}: {last}");
    }

    private static async Task<(int Exit, string Last, int Number)> RunAsync(int count, int seed, params string[] more)
    {
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!)
        {
            ArgumentList = { HostileProcess.Argument, count.ToString(CultureInfo.InvariantCulture), seed.ToString(CultureInfo.InvariantCulture), more is [var one] ? one : "guarded" },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_DbgEnableMiniDump"] = "0", ["DOTNET_gcServer"] = "0", ["DOTNET_GCHeapHardLimit"] = "0x30000000" },
        })!;
        var errors = process.StandardError.BaseStream.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken);
        var (last, number) = ("", -1);
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            last = line;
            number = int.TryParse(line, CultureInfo.InvariantCulture, out var said) ? said : number;
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        await errors;
        return (process.ExitCode, last, number);
    }
}
