using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions.Turns;

/// <summary>How a person is told that something cannot be done now.</summary>
internal static class Refusals
{
    public static StepError Refuse(string code, string message) => new(code, message) { Retryable = false };

    public static StepError Ended(RunState run) => Refuse("run-ended", $"The run has ended: it is {Json.Kebab(run.Status)}. Start it anew, retry a failed step, or undo it.");

    public static string Name(StepPath path) => path.IsRoot ? "The run" : path.Value;

    public static string List(List<StepPath> paths) =>
        string.Join(", ", paths.Take(20)) + (paths.Count > 20 ? $" and {paths.Count - 20} more" : "");
}
