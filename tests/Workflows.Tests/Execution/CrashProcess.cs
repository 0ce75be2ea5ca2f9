using System.Globalization;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Tests.Execution;

/// <summary>The process that <see cref="RecoveryTests"/> kills: it runs a folder's runs and says each step on its output.</summary>
internal static class CrashProcess
{
    public const string Argument = "--crash-process";

    public const int Steps = 20;

    public const string Runbook = """
        runbook: crashing
        inputs: { group: { type: integer } }
        locks: [ "shared/${ inputs.group }" ]
        steps:
          - id: many
            forEach: "${ Array.from({ length: 20 }, (_, i) => i) }"
            atMost: 2
            steps:
              - { id: say, run: test.echo, with: { text: x } }
              - { id: rest, wait: { for: 1ms } }
        """;

    /// <summary>The same in every process.</summary>
    public static IEnumerable<RunId> RunIds(int count) => Enumerable.Range(1, count).Select(number => new RunId(new Guid(number, 0, 0, new byte[8])));

    /// <summary>Four runs wait for each other's lock in turn.</summary>
    public static Task<RunId> StartAsync(EngineHarness harness, RunId run) => harness.StartAsync(Runbook, new { group = run.Value.ToByteArray()[0] % 3 }, run);

    public static async Task RunAsync(string folder, string runs)
    {
        var control = new ActivityControl();
        await using var harness = await EngineHarness.OpenAsync(folder, control, configure: options => options.Marks = options.DataDirectory);
        var ids = RunIds(int.Parse(runs, CultureInfo.InvariantCulture)).ToList();
        foreach (var run in ids) await StartAsync(harness, run);
        var ended = Task.WhenAll(ids.Select(run => harness.Engine.WhenEndedAsync(run)));
        while (!ended.IsCompleted)
        {
            var next = control.NextAsync();
            await Task.WhenAny(next, ended);
            if (next.IsCompletedSuccessfully) Console.WriteLine((await next).Key);
        }
    }
}
