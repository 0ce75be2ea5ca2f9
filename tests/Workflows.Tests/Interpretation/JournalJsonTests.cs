using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Tests.Interpretation;

public sealed class JournalJsonTests
{
    private static readonly StepPath Path = new("lend/hz/shift");
    private static readonly DateTimeOffset At = new(2026, 11, 10, 20, 0, 0, TimeSpan.FromHours(8));
    private static readonly RunId Child = new(new Guid("0193c0de-0000-7000-8000-000000000002"));
    private static readonly StepError Broken = new("broken", "It broke.") { Retryable = false, Detail = Json("""{"node":"n1"}""") };

    /// <summary>What stands in journals: never change a line, only add.</summary>
    private static readonly (string Text, RunEvent Event)[] Pinned =
    [
        ("""{"event":"run-started","parent":{"run":"0193c0de-0000-7000-8000-000000000002","path":"lend/hz/shift"},"labels":{"night":"11-11"},"runbook":"double-11","digest":"d","inputs":{"a":1},"startedBy":"alice","lane":"emergency"}""",
            new RunStarted("double-11", "d", Json("""{"a":1}"""), "alice", Lane.Emergency) { Parent = new ParentStep(Child, Path), Labels = ImmutableDictionary<string, string>.Empty.Add("night", "11-11") }),
        ("""{"event":"locks-requested","resources":["cluster/*"],"path":"lend/hz/shift"}""", new LocksRequested(Path, ["cluster/*"])),
        ("""{"event":"locks-granted","token":7,"path":"lend/hz/shift"}""", new LocksGranted(Path, 7)),
        ("""{"event":"locks-released","path":"lend/hz/shift"}""", new LocksReleased(Path)),
        ("""{"event":"locks-lost","takenBy":"0193c0de-0000-7000-8000-000000000002","by":"carol","path":"lend/hz/shift"}""", new LocksLost(Path, Child, "carol")),
        ("""{"event":"run-paused","by":"op","reason":"why"}""", new RunPaused("op", "why")),
        ("""{"event":"run-resumed","by":"op"}""", new RunResumed("op")),
        ("""{"event":"incident-opened","error":{"retryable":false,"detail":{"node":"n1"},"code":"broken","message":"It broke."},"path":"lend/hz/shift"}""", new IncidentOpened(Path, Broken)),
        ("""{"event":"incident-closed","resolution":"retry","by":"op","path":"lend/hz/shift"}""", new IncidentClosed(Path, IncidentResolution.Retry, "op", null)),
        ("""{"event":"cancel-requested","force":true,"by":"op","reason":"why"}""", new CancelRequested("op", "why") { Force = true }),
        ("""{"event":"undo-started","reason":"why","path":""}""", new UndoStarted(StepPath.Root, "why")),
        ("""{"event":"stop-started","error":{"retryable":false,"detail":{"node":"n1"},"code":"broken","message":"It broke."},"path":""}""", new StopStarted(StepPath.Root, Broken)),
        ("""{"event":"run-ended","outcome":"done"}""", new RunEnded(RunOutcome.Done, null)),
        ("""{"event":"run-reopened","by":"op","path":"lend/hz/shift"}""", new RunReopened(Path, "op", null)),
        ("""{"event":"step-started","path":"lend/hz/shift"}""", new StepStarted(Path)),
        ("""{"event":"timeout-set","timeoutAt":"2026-11-10T20:00:00+08:00","path":"lend/hz/shift"}""", new TimeoutSet(Path, At)),
        ("""{"event":"task-scheduled","attempt":2,"activity":"cluster.shift","arguments":{"to":"transitional"},"timeoutAt":"2026-11-10T20:00:00+08:00","undo":false,"path":"lend/hz/shift"}""", new TaskScheduled(Path, 2, "cluster.shift", Json("""{"to":"transitional"}"""), At, false)),
        ("""{"event":"attempt-failed","attempt":2,"error":{"retryable":false,"detail":{"node":"n1"},"code":"broken","message":"It broke."},"retryAt":"2026-11-10T20:00:00+08:00","undo":true,"path":"lend/hz/shift"}""", new AttemptFailed(Path, 2, Broken, At, true)),
        ("""{"event":"fact-reported","attempt":1,"key":"wave-1","fact":{"nodes":3},"undo":false,"path":"lend/hz/shift"}""", new FactReported(Path, 1, "wave-1", Json("""{"nodes":3}"""), false)),
        ("""{"event":"loop-started","items":[{"key":"hz","value":"hz"}],"path":"lend/hz/shift"}""", new LoopStarted(Path, [new LoopItem("hz", Json("\"hz\""))])),
        ("""{"event":"block-started","block":"catch","path":"lend/hz/shift"}""", new BlockStarted(Path, "catch")),
        ("""{"event":"branch-chosen","then":true,"path":"lend/hz/shift"}""", new BranchChosen(Path, true)),
        ("""{"event":"approval-requested","question":"Go?","evidence":{"peak":0.8},"roles":["commander"],"quorum":2,"deadline":"2026-11-10T20:00:00+08:00","path":"lend/hz/shift"}""", new ApprovalRequested(Path, "Go?", Json("""{"peak":0.8}"""), ["commander"], 2, At)),
        ("""{"event":"approval-decided","by":"alice","role":"commander","approved":true,"comment":"go","onBehalfOf":"bob","path":"lend/hz/shift"}""", new ApprovalDecided(Path, "alice", "commander", true, "go", "bob")),
        ("""{"event":"approval-escalated","roles":["chief"],"path":"lend/hz/shift"}""", new ApprovalEscalated(Path, ["chief"], null)),
        ("""{"event":"wait-started","signal":"go","deadline":"2026-11-10T20:00:00+08:00","path":"lend/hz/shift"}""", new WaitStarted(Path, null, "go", At)),
        ("""{"event":"signal-received","name":"go","payload":1,"by":"op"}""", new SignalReceived("go", Json("1"), "op")),
        ("""{"event":"child-requested","child":"0193c0de-0000-7000-8000-000000000002","runbook":"give-back","inputs":{},"path":"lend/hz/shift"}""", new ChildRequested(Path, Child, "give-back", Json("{}"))),
        ("""{"event":"child-cancel-requested","child":"0193c0de-0000-7000-8000-000000000002","reason":"why","path":"lend/hz/shift"}""", new ChildCancelRequested(Path, Child, "why")),
        ("""{"event":"child-undo-requested","child":"0193c0de-0000-7000-8000-000000000002","reason":"why","path":"lend/hz/shift"}""", new ChildUndoRequested(Path, Child, "why")),
        ("""{"event":"step-completed","undoArguments":{"to":"offline-only"},"result":{"moved":3},"path":"lend/hz/shift"}""", new StepCompleted(Path, Json("""{"moved":3}""")) { UndoArguments = Json("""{"to":"offline-only"}""") }),
        ("""{"event":"step-failed","cause":"lend/hz/shift/a","tolerated":true,"error":{"retryable":false,"detail":{"node":"n1"},"code":"broken","message":"It broke."},"path":"lend/hz/shift"}""", new StepFailed(Path, Broken) { Cause = Path.Child("a"), Tolerated = true }),
        ("""{"event":"step-skipped","by":"op","reason":"why","path":"lend/hz/shift"}""", new StepSkipped(Path, "op", "why")),
        ("""{"event":"step-cancelled","path":"lend/hz/shift"}""", new StepCancelled(Path)),
        ("""{"event":"step-undone","path":"lend/hz/shift"}""", new StepUndone(Path)),
        ("""{"event":"undo-failed","error":{"retryable":false,"detail":{"node":"n1"},"code":"broken","message":"It broke."},"path":"lend/hz/shift"}""", new UndoFailed(Path, Broken)),
    ];

    public static TheoryData<string> Names => [.. Pinned.Select(pinned => pinned.Event.GetType().Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Reads_what_was_once_written_and_writes_it_the_same(string name)
    {
        var (text, happened) = Pinned.Single(pinned => pinned.Event.GetType().Name == name);

        var written = JsonSerializer.Serialize(happened, JournalJson.Instance.RunEvent);
        var read = JsonSerializer.Deserialize(text, JournalJson.Instance.RunEvent)!;

        Assert.True(JsonElement.DeepEquals(Json(text), Json(written)), $"{written}\nis not\n{text}");
        Assert.Equal(written, JsonSerializer.Serialize(read, JournalJson.Instance.RunEvent));
        Assert.Equal(happened.GetType(), read.GetType());
    }

    [Fact]
    public void Pins_every_event_of_the_family()
    {
        var family = typeof(RunEvent).GetCustomAttributes<JsonDerivedTypeAttribute>().Select(derived => derived.DerivedType);

        Assert.Equal(family.Select(type => type.Name).Order(), Pinned.Select(pinned => pinned.Event.GetType().Name).Order());
    }

    /// <summary>Members that events were given later are missing in older journals, and there stands what was written then.</summary>
    [Fact]
    public void Keeps_who_asked_for_an_undo()
    {
        const string text = """{"event":"undo-started","reason":"why","by":"carol","path":""}""";

        var read = JsonSerializer.Deserialize(text, JournalJson.Instance.RunEvent)!;

        Assert.Equal(new UndoStarted(StepPath.Root, "why", "carol"), read);
        Assert.True(JsonElement.DeepEquals(Json(text), Json(JsonSerializer.Serialize(read, JournalJson.Instance.RunEvent))));
    }

    [Fact]
    public void Keeps_how_a_run_ended_that_was_taken_back_only_in_part()
    {
        const string text = """{"event":"run-ended","outcome":"undo-incomplete"}""";

        Assert.Equal(new RunEnded(RunOutcome.UndoIncomplete, null), JsonSerializer.Deserialize(text, JournalJson.Instance.RunEvent));
        Assert.Equal(text, JsonSerializer.Serialize<RunEvent>(new RunEnded(RunOutcome.UndoIncomplete, null), JournalJson.Instance.RunEvent));
    }

    [Fact]
    public void Reads_a_discriminator_that_does_not_come_first() =>
        Assert.Equal(new StepStarted(Path), JsonSerializer.Deserialize("""{"path":"lend/hz/shift","event":"step-started"}""", JournalJson.Instance.RunEvent));

    private static JsonElement Json(string text) => JsonElement.Parse(text);
}
