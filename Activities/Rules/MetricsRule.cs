using System.Text.Json;
using Orchestrator.Text;
using Orchestrator.Workflows.Model.Rules;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Activities.Rules;

/// <summary>Finds questions to the metrics that cannot be: both or neither of query and name, no bound, bounds or times that leave nothing.</summary>
internal sealed class MetricsRule : IRunbookRule
{
    public const string Code = "AC106";

    public IEnumerable<Diagnostic> Check(Runbook runbook, RuleContext context) =>
        StepArguments.Calls(runbook.Steps, "metrics.query").SelectMany(call => CheckQuery(call.With, call.Position))
            .Concat(StepArguments.Calls(runbook.Steps, "metrics.watch").SelectMany(call => CheckQuery(call.With, call.Position).Concat(CheckWatch(call.With, call.Position))))
            .Select(diagnostic => context.Error(diagnostic.Position, Code, diagnostic.Message));

    private static IEnumerable<(Position Position, string Message)> CheckQuery(Template with, Position position)
    {
        if (IsGiven(with, "query") == IsGiven(with, "name"))
        {
            yield return (position, "give either query, in PromQL, or name, of a query that the settings have");
        }
    }

    private static IEnumerable<(Position Position, string Message)> CheckWatch(Template with, Position position)
    {
        if (!IsGiven(with, "least") && !IsGiven(with, "most"))
        {
            yield return (position, "nothing can fail without a bound; give least, most or both");
        }

        if (Number(with, "least") is { } least && Number(with, "most") is { } most && least > most)
        {
            yield return (position, "least is above most; turn the bounds round");
        }

        var interval = IsGiven(with, "interval") ? Time(with, "interval") : TimeSpan.FromSeconds(30);
        var duration = IsGiven(with, "duration") ? Time(with, "duration") : TimeSpan.FromMinutes(5);
        if (interval < TimeSpan.FromSeconds(1))
        {
            yield return (position, "the interval is below 1 s; give a longer one");
        }
        else if (duration < interval)
        {
            yield return (position, "the duration is shorter than the interval, so that nothing would be watched; give a longer one");
        }
    }

    private static bool IsGiven(Template with, string name) => StepArguments.Find(with, name) is { } given && StepArguments.Constant(given) is not { ValueKind: JsonValueKind.Null };

    private static double? Number(Template with, string name) => StepArguments.Constant(with, name) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;

    /// <summary>Null: it is not constant, or no duration, which the schema says.</summary>
    private static TimeSpan? Time(Template with, string name) => StepArguments.Text(with, name) is { } text && Duration.TryParse(text, out var time) ? time : null;
}
