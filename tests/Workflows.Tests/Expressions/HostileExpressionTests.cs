using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;

using Orchestrator.Simulation;

namespace Orchestrator.Workflows.Tests.Expressions;

public sealed class HostileExpressionTests
{
    public const string Argument = "--hostile-expressions";

    private const int Cases = 100_000;

    [Fact]
    public async Task No_expression_ends_the_process()
    {
        const int Seed = 1;
        var last = Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (var argument in new[] { Argument, Seed.ToString(CultureInfo.InvariantCulture), Cases.ToString(CultureInfo.InvariantCulture), last }) start.ArgumentList.Add(argument);
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);

            var number = BinaryPrimitives.ReadInt32LittleEndian(await File.ReadAllBytesAsync(last, TestContext.Current.CancellationToken));
            Assert.True(process.ExitCode == 0, $"seed {Seed}, case {number}: exit code {process.ExitCode}. {output}\n{HostileExpressions.Case(Seed, number)}\n{(await errors).Split('\n')[0]}");
            Assert.Contains($"\"cases\":{Cases}", output, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(last);
        }
    }
}
