using System.Text.Json;
using Orchestrator.Text;
using Orchestrator.Workflows.Model.Rules;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Activities.Rules;

/// <summary>Finds traffic weights that cannot be: constants that do not sum to 100, groups that take more than all of it.</summary>
internal sealed class WeightsRule : IRunbookRule
{
    public const string Code = "AC104";

    public IEnumerable<Diagnostic> Check(Runbook runbook, RuleContext context) =>
        Calls(runbook, "traffic.shift", "restore").Concat(Calls(runbook, "load.test", "stop")).Concat(Calls(runbook, "traffic.canary", "end"))
            .Select(diagnostic => context.Error(diagnostic.Position, Code, diagnostic.Message));

    /// <param name="back">The argument that stands for the way back, without weights.</param>
    private static IEnumerable<(Position Position, string Message)> Calls(Runbook runbook, string activity, string back) =>
        StepArguments.Calls(runbook.Steps, activity).SelectMany(call => Check(call.With, call.Position, back));

    private static IEnumerable<(Position Position, string Message)> Check(Template with, Position position, string back)
    {
        var (weights, spread) = (StepArguments.Find(with, "weights"), StepArguments.Find(with, "spread"));
        var restore = StepArguments.Find(with, back) is { } asked && StepArguments.Constant(asked) is not { ValueKind: JsonValueKind.False };
        if (new[] { weights is not null, spread is not null, restore }.Count(given => given) != 1)
        {
            yield return (position, $"give either weights (percent by destination) or spread (groups of units, home takes the rest); an undo may say {back}: true instead");
        }

        if (weights is not null && StepArguments.Constant(weights) is { ValueKind: JsonValueKind.Object } constant)
        {
            var percents = constant.EnumerateObject().Select(weight => weight.Value.ValueKind == JsonValueKind.Number ? weight.Value.GetDouble() : double.NaN).ToList();
            if (percents.Exists(percent => percent < 0))
            {
                yield return (weights.Position, "a traffic weight is below 0; give whole percents from 0 to 100");
            }
            else if (percents.TrueForAll(double.IsFinite) && percents.Sum() is var sum && sum != 100)
            {
                yield return (weights.Position, $"the traffic weights sum to {sum}, not to 100; give home the rest");
            }
        }

        if (spread is not null && StepArguments.Constant(spread) is { ValueKind: JsonValueKind.Array } groups)
        {
            var sum = groups.EnumerateArray()
                .Sum(group => group.ValueKind == JsonValueKind.Object && group.TryGetProperty("percent", out var percent) && percent.TryGetInt32(out var value) ? value : 0);
            if (sum > 100)
            {
                yield return (spread.Position, $"the groups take {sum} % together, more than all of the traffic");
            }
        }
    }
}
