using System.Runtime.CompilerServices;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Tests.Execution;

/// <summary>The process of <see cref="QuarantineTests"/>: one of its runs ends it whenever the result of a step is decided on; the others are as all are.</summary>
internal static class KillerProcess
{
    public const string Argument = "--killer-process";

    public const string Held = "held";

    public static RunId Victim { get; } = new(new Guid(1, 0, 0, new byte[8]));

    public static IEnumerable<RunId> Others { get; } = [.. Enumerable.Range(2, 5).Select(number => new RunId(new Guid(number, 0, 0, new byte[8])))];

    public const string Runbook = """
        runbook: killing
        steps:
          - { id: a, run: test.echo, with: { text: x } }
          - { id: w, wait: { for: 1ms } }
          - { id: b, run: test.echo, with: { text: y } }
        """;

    /// <param name="way">How the turn ends the process: <c>fail-fast</c> or <c>overflow</c>.</param>
    /// <param name="first">What is done first: <c>retry</c> tries the held run again, <c>alone</c> starts no other run; else nothing.</param>
    public static async Task RunAsync(string home, string marks, string way, string first)
    {
        await using var harness = await OpenAsync(home, marks, options => options.Deciding = (run, turn) =>
        {
            if (run != Victim || turn != "result a") return;
            if (way == "overflow") Console.WriteLine(Overflow(1));
            Environment.FailFast("The test ends the process within a turn.");
        });
        await StartAsync(harness, Victim);
        if (first == "alone") await harness.EndOf(Victim);
        foreach (var run in Others) await StartAsync(harness, run);
        if (first == "retry") await harness.Engine.RequestAsync(Victim, new RetryStep(StepPath.Root, "op", null));
        foreach (var run in Others) await harness.EndOf(run);
        // Tried again it was held before, and takes the process with it now: it never ends.
        if (first == "retry") await harness.EndOf(Victim);
        await harness.UntilHeldAsync(Victim);
        Console.WriteLine(Held);
    }

    /// <summary>Asked again while the server that died before still counts as the run's.</summary>
    private static async Task StartAsync(EngineHarness harness, RunId run)
    {
        while (true)
        {
            try
            {
                await harness.StartAsync(Runbook, id: run);
                return;
            }
            catch (EngineUnavailableException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, CancellationToken.None);
            }
        }
    }

    public static Task<EngineHarness> OpenAsync(string home, string marks, Action<WorkflowOptions>? configure = null) =>
        EngineHarness.OpenAsync(home, configure: options =>
        {
            options.Marks = marks;
            options.ServerName = Path.GetFileName(marks);
            options.HeartbeatInterval = TimeSpan.FromMilliseconds(200);
            configure?.Invoke(options);
        });

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long Overflow(long depth) => depth + Overflow(depth + 1) % 7;
}
