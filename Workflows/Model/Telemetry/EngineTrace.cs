using System.Diagnostics;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.Telemetry;

/// <summary>
/// The engine's spans; add the source <see cref="SourceName"/> to OpenTelemetry to export them. A run is one tree whatever servers work on it:
/// the context of its first span stands in its journal, and that of a task's span travels with the task. A run that is not recorded makes no
/// spans at all.
/// </summary>
public static class EngineTrace
{
    public const string SourceName = "Orchestrator.Workflows";

    /// <summary>How the name of the first span of an outermost run begins; a sampler can tell it by that.</summary>
    public const string RunPrefix = "run ";

    private static readonly ActivitySource source = new(SourceName);

    /// <summary>Somebody listens.</summary>
    internal static bool IsOn => source.HasListeners();

    /// <summary>Context of the span at work here, as W3C's <c>traceparent</c>, whether it is recorded or not; null when there is none.</summary>
    internal static string? Current => Activity.Current is { IdFormat: ActivityIdFormat.W3C } span ? span.Id : null;

    /// <summary>The same; null also when the span is not recorded.</summary>
    internal static string? Recorded => Activity.Current is { Recorded: true } ? Current : null;

    /// <summary>The first decision on a run, from its start to its first tasks. All that follows in the run is below it.</summary>
    /// <param name="parent">Context of the request, or of the parent run's turn, that starts it; null: it begins a trace.</param>
    internal static Activity? Run(RunId run, bool outermost, string runbook, string? parent)
    {
        if (!IsOn) return null;

        // Whatever happens to be at work on this thread is not what asked for the run.
        Activity.Current = null;
        var span = source.StartActivity($"{(outermost ? "" : "child ")}{RunPrefix}{runbook}", ActivityKind.Internal, Parse(parent));
        // One that is not recorded only carries its context, and is begun for every run of a burst.
        return span is { IsAllDataRequested: true } ? span.SetTag("orchestrator.run.id", run.ToString()).SetTag("orchestrator.runbook", runbook) : span;
    }

    /// <summary>A later decision on a run, until it is written and dispatched.</summary>
    /// <param name="trace">The run's context.</param>
    /// <param name="input">What is decided on, the first of <paramref name="inputs"/>.</param>
    /// <param name="causes">Contexts of what it decides on: tasks, and requests of people.</param>
    internal static Activity? Turn(RunId run, string trace, string input, int inputs, IEnumerable<string> causes)
    {
        if (!IsOn) return null;
        return source.StartActivity("turn", ActivityKind.Internal, Parse(trace), tags: null, links: [.. causes.Select(cause => new ActivityLink(Parse(cause)))])
            ?.SetTag("orchestrator.run.id", run.ToString()).SetTag("orchestrator.turn.input", input).SetTag("orchestrator.turn.inputs", inputs);
    }

    /// <summary>Notes within the turn that what was decided is durable, and, when that ends the run, how it ended.</summary>
    /// <param name="outcome">Null: the run goes on.</param>
    /// <param name="error">Code of the run's error; null for none.</param>
    internal static void Appended(string? outcome, string? error)
    {
        if (Activity.Current is not { Recorded: true } span || span.Source != source) return;
        span.AddEvent(new ActivityEvent("appended"));
        if (outcome is null) return;
        span.SetTag("orchestrator.run.outcome", outcome);
        Fail(span, error);
    }

    /// <summary>A message on its way to a queue, from its turn until the transport has it. Whoever starts it ends it, on any thread.</summary>
    /// <param name="trace">Context of the turn; null: nothing is recorded.</param>
    internal static Activity? Send(string queue, string? trace)
    {
        if (trace is null || !IsOn) return null;

        var around = Activity.Current;
        var span = source.StartActivity("send", ActivityKind.Producer, Parse(trace))?.SetTag("messaging.operation.type", "send").SetTag("messaging.destination.name", queue);
        Activity.Current = around;
        return span;
    }

    /// <summary>Ends what <see cref="Send"/> began.</summary>
    internal static void Sent(Activity? span, bool taken)
    {
        if (span is null) return;

        var around = Activity.Current;
        Fail(span, taken ? null : "not-sent");
        span.Stop();
        Activity.Current = around;
    }

    /// <summary>An attempt at a task, as its worker has it: from its slot to its result.</summary>
    /// <param name="trace">As the task brings it; null: its run is not recorded.</param>
    internal static Activity? Task(RunId run, string? trace, StepPath step, int attempt, bool undo, string activity)
    {
        if (trace is null || !IsOn) return null;
        return source.StartActivity("task", ActivityKind.Consumer, Parse(trace))
            ?.SetTag("orchestrator.run.id", run.ToString()).SetTag("orchestrator.step", step.Value).SetTag("orchestrator.attempt", attempt)
            .SetTag("orchestrator.undo", undo).SetTag("orchestrator.activity", activity);
    }

    /// <summary>The activity's own code, within its task: what it asks of the outside world is below it.</summary>
    internal static Activity? Execute(string activity) => Activity.Current is { Recorded: true } && IsOn ? source.StartActivity(activity) : null;

    /// <param name="error">Code of the error; null: it is no failure.</param>
    internal static void Fail(Activity? span, string? error)
    {
        if (span is not null && error is not null) span.SetTag("error.type", error).SetStatus(ActivityStatusCode.Error, error);
    }

    /// <summary>What cannot be read begins a trace of its own: it may come from a header that anybody can send.</summary>
    private static ActivityContext Parse(string? trace) => ActivityContext.TryParse(trace, null, isRemote: true, out var context) ? context : default;
}
