using System.Net;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Server.Runs;
using Orchestrator.Server.Terminal;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Tests;

/// <summary>Whatever kind of event a journal holds, the run that has it can be shown.</summary>
public sealed class EveryEventTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static readonly DateTimeOffset at = new(2026, 11, 11, 0, 0, 0, TimeSpan.Zero);

    private static readonly Dictionary<string, RunEvent> written = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Journals", "events.jsonl"))
        .Select(line => JsonElement.Parse(line))
        .ToDictionary(line => line.GetProperty("event").GetString()!, WorkflowJson.FromElement<RunEvent>);

    public static TheoryData<string> Kinds =>
        [.. typeof(RunEvent).GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false).Select(kind => (string)kind.TypeDiscriminator!)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Each_kind_of_event_is_shown_by_a_run_its_steps_and_the_terminal(string kind)
    {
        var run = RunId.New(at);
        var family = new RunFamily(run);
        using var output = new StringWriter();
        var lines = new PlainLines(output);

        JournalEntry[] entries = [new(1, run, 1, at, [written["run-started"]]), new(2, run, 2, at, [written[kind]]), new(3, run, 3, at, [written["step-completed"]])];
        foreach (var entry in entries)
        {
            Assert.True(family.Apply(entry));
            lines.Show(family, entry);
        }

        Assert.Equal(3, family.Root.Version);
        foreach (var step in family.Root.InOrder)
        {
            // Blocks that no event names have no log of their own.
            Assert.Equal(step.History.Count, StepHistory.Log(step).Count);
            StepHistory.Attempts(step);
            StepHistory.Facts(step);
        }

        var ended = family.Root.Find(((StepEvent)written["step-completed"]).Path);
        Assert.Equal("step-completed", StepHistory.Log(ended!)[^1].Event.GetProperty("event").GetString());
    }

    /// <summary>A block with a timeout, a child that is cancelled with its parent, and an undo of an ended run: each page of theirs answers.</summary>
    [Theory]
    [InlineData("""
        runbook: timeout-of-a-block
        steps:
          - id: block
            timeout: 1h
            steps:
              - { id: hold, wait: { signal: never } }
        """, "cancel")]
    [InlineData("""
        runbook: block-that-runs-out
        onFailure: continue
        steps:
          - id: block
            timeout: 1s
            steps:
              - { id: hold, wait: { signal: never } }
        """, null)]
    public async Task Runs_with_limits_can_be_shown_on_every_page(string source, string? ask)
    {
        var run = await server.StartAsync(source);
        await server.UntilAsync(run, "wait-started");
        if (ask is not null) await server.CancelAsync(run);
        await server.UntilAsync(run, "run-ended");

        foreach (var page in new[] { "", "/steps", "/steps/block", "/graph", "/journal" })
        {
            using var answer = await server.Client.GetAsync($"/api/runs/{run}{page}");
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{page}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        }
    }
}
