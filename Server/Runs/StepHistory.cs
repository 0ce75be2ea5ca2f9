using System.Text.Json;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Runs;

/// <summary>Reads attempts, facts and the log out of a step's events.</summary>
internal static class StepHistory
{
    private const int MostFacts = 200;
    private const int MostLines = 500;

    public static IReadOnlyList<AttemptResponse> Attempts(StepView step)
    {
        var attempts = new List<AttemptResponse>();
        foreach (var (_, at, happened) in step.History)
        {
            switch (happened)
            {
                case TaskScheduled task:
                    attempts.Add(new AttemptResponse(task.Attempt, task.Undo, at, null, null, "running", null, null, task.TimeoutAt));
                    break;
                case AttemptFailed failed:
                    End("failed", at, failed.Error, failed.RetryAt);
                    break;
                case StepCompleted or StepUndone:
                    End("done", at);
                    break;
                case StepFailed or UndoFailed or StepSkipped or StepCancelled:
                    End("given-up", at);
                    break;
            }
        }

        return attempts;

        void End(string outcome, DateTimeOffset at, StepError? error = null, DateTimeOffset? retryAt = null)
        {
            if (attempts is [.., { EndedAt: null } last])
            {
                attempts[^1] = last with { Outcome = outcome, EndedAt = at, Seconds = Math.Round((at - last.At).TotalSeconds, 3), Error = ErrorResponse.Of(error), RetryAt = retryAt };
            }
        }
    }

    public static IReadOnlyList<FactResponse> Facts(StepView step) =>
    [
        .. step.History.Where(mark => mark.Event is FactReported).TakeLast(MostFacts)
            .Select(mark => (mark, Fact: (FactReported)mark.Event))
            .Select(pair => new FactResponse(pair.mark.Version, pair.mark.At, pair.Fact.Attempt, pair.Fact.Key, pair.Fact.Fact)),
    ];

    public static IReadOnlyList<LogLine> Log(StepView step) =>
        [.. step.History.TakeLast(MostLines).Select(mark => new LogLine(mark.Version, mark.At, WorkflowJson.ToElement<RunEvent>(mark.Event)))];

    public static JsonElement? Inputs(StepView step) =>
        step.Arguments ?? step.History.Select(mark => (mark.Event as ChildRequested)?.Inputs).LastOrDefault(inputs => inputs is not null);

    public static JsonElement? UndoArguments(StepView step) =>
        step.History.Select(mark => mark.Event switch
        {
            TaskScheduled { Undo: true } task => (JsonElement?)task.Arguments,
            StepCompleted { UndoArguments: { } arguments } => arguments,
            _ => null,
        }).LastOrDefault(arguments => arguments is not null);

    public static IEnumerable<LoopItem> Items(StepView step) =>
        step.History.Select(mark => mark.Event).OfType<LoopStarted>().LastOrDefault()?.Items ?? [];
}
