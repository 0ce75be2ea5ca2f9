using System.Collections.Concurrent;
using System.Diagnostics;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.Telemetry;

/// <summary>
/// The engine's spans; add the source <see cref="SourceName"/> to OpenTelemetry to export them. A run and the runs below it are one trace, whose
/// id is the id of the outermost run: servers need to tell each other nothing, and a trace is found by the run. On the server where a run began
/// its spans are children of the run's own; elsewhere, and after a restart, they are further roots of the same trace.
/// </summary>
public static class EngineTrace
{
    public const string SourceName = "Orchestrator.Workflows";

    private static readonly ActivitySource source = new(SourceName);

    // Spans of runs that began here and have not ended. Empty while nobody listens.
    private static readonly ConcurrentDictionary<RunId, Activity> runs = new();

    // The trace that this thread is about to begin.
    [ThreadStatic]
    private static ActivityTraceId? wanted;

    static EngineTrace()
    {
        var before = Activity.TraceIdGenerator;
        Activity.TraceIdGenerator = () => wanted ?? before?.Invoke() ?? ActivityTraceId.CreateRandom();
    }

    /// <summary>The trace of an outermost run: its id without hyphens.</summary>
    public static ActivityTraceId TraceOf(RunId root)
    {
        Span<byte> bytes = stackalloc byte[16];
        root.Value.TryWriteBytes(bytes, bigEndian: true, out _);
        return ActivityTraceId.CreateFromBytes(bytes);
    }

    /// <summary>The span of a run that is about to begin here; it ends with <see cref="EndRun"/>, or is dropped with <see cref="DropRun"/>.</summary>
    /// <param name="parent">The run whose step this one is; null for an outermost run.</param>
    internal static void BeginRun(RunId run, RunId root, RunId? parent, string runbook)
    {
        if (!source.HasListeners() || runs.ContainsKey(run)) return;

        var around = Activity.Current;
        if (Start($"run {runbook}", ActivityKind.Internal, root, parent ?? run) is { } span)
        {
            span.SetTag("orchestrator.run.id", run.ToString()).SetTag("orchestrator.runbook", runbook);
            runs.TryAdd(run, span);
        }

        // It outlives whatever begins it.
        Activity.Current = around;
    }

    /// <param name="outcome">As the run's summary says it.</param>
    /// <param name="error">Code of the error; null for none.</param>
    internal static void EndRun(RunId run, string outcome, string? error)
    {
        if (!runs.TryRemove(run, out var span)) return;

        Close(span, () =>
        {
            span.SetTag("orchestrator.run.outcome", outcome);
            Fail(span, error);
        });
    }

    /// <summary>Nothing came of its start.</summary>
    internal static void DropRun(RunId run)
    {
        if (runs.TryRemove(run, out var span)) Close(span, () => span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded);
    }

    /// <summary>Ends the spans of runs that go on elsewhere or later: this server stops.</summary>
    internal static void LeaveRuns()
    {
        foreach (var run in runs.Keys) EndRun(run, "goes on", null);
    }

    /// <summary>A decision on a run, until it is written and dispatched.</summary>
    /// <param name="input">What is decided on, the first of <paramref name="inputs"/>.</param>
    internal static Activity? Turn(RunId run, RunId root, string input, int inputs) =>
        Start("turn", ActivityKind.Internal, root, run)?
            .SetTag("orchestrator.run.id", run.ToString()).SetTag("orchestrator.turn.input", input).SetTag("orchestrator.turn.inputs", inputs);

    /// <summary>Notes within the turn that what was decided is durable.</summary>
    internal static void Appended()
    {
        if (Activity.Current is { } span && span.Source == source) span.AddEvent(new ActivityEvent("appended"));
    }

    /// <summary>An attempt at a task, as its worker has it: from its slot to its result.</summary>
    internal static Activity? Task(RunId run, RunId root, StepPath step, int attempt, bool undo, string activity) =>
        Start("task", ActivityKind.Consumer, root, run)?
            .SetTag("orchestrator.run.id", run.ToString()).SetTag("orchestrator.step", step.Value).SetTag("orchestrator.attempt", attempt)
            .SetTag("orchestrator.undo", undo).SetTag("orchestrator.activity", activity);

    /// <summary>The activity's own code, within its task: what it asks of the outside world is below it.</summary>
    internal static Activity? Execute(string activity) => source.HasListeners() ? source.StartActivity(activity) : null;

    /// <param name="error">Code of the error; null: it is no failure.</param>
    internal static void Fail(Activity? span, string? error)
    {
        if (span is not null && error is not null) span.SetTag("error.type", error).SetStatus(ActivityStatusCode.Error, error);
    }

    /// <summary>A span below the run's where it is open here; else a root of the same trace.</summary>
    private static Activity? Start(string name, ActivityKind kind, RunId root, RunId below)
    {
        if (!source.HasListeners()) return null;
        if (runs.TryGetValue(below, out var around)) return source.StartActivity(name, kind, around.Context);

        var outer = Activity.Current;
        Activity.Current = null;
        wanted = TraceOf(root);
        Activity? span = null;
        try
        {
            return span = source.StartActivity(name, kind, default(ActivityContext));
        }
        finally
        {
            wanted = null;
            if (span is null) Activity.Current = outer;
        }
    }

    /// <summary>Ends a span that is not the current one, and leaves that as it is.</summary>
    private static void Close(Activity span, Action prepare)
    {
        var around = Activity.Current;
        prepare();
        span.Stop();
        Activity.Current = around;
    }
}
