using System.Text.Json;
using Orchestrator.Text;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Activities.Rules;

/// <summary>What can be known of a step's arguments before anything runs.</summary>
internal static class StepArguments
{
    public static Template? Find(Template with, string name) =>
        with switch
        {
            MapTemplate map => map.Entries.Where(entry => entry.Key == name).Select(entry => entry.Value).FirstOrDefault(),
            LiteralTemplate { Value.ValueKind: JsonValueKind.Object } literal when literal.Value.TryGetProperty(name, out var value) =>
                new LiteralTemplate(value, literal.Position),
            _ => null,
        };

    /// <summary>The constant value of an argument; null when it is not given or not constant.</summary>
    public static JsonElement? Constant(Template with, string name) => Find(with, name) is { } template ? Constant(template) : null;

    /// <summary>The constant text of an argument; null when it is not given, not constant or no text.</summary>
    public static string? Text(Template with, string name) =>
        Constant(with, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    /// <summary>A constant as JSON, whether it was read as one literal or in parts; null when anything in it is an expression.</summary>
    public static JsonElement? Constant(Template template) => template switch
    {
        LiteralTemplate literal => literal.Value,
        ListTemplate { IsConstant: true } list => JsonSerializer.SerializeToElement(list.Items.Select(Constant)),
        MapTemplate { IsConstant: true } map => JsonSerializer.SerializeToElement(map.Entries.ToDictionary(entry => entry.Key, entry => Constant(entry.Value))),
        _ => null,
    };

    /// <summary>Every call of an activity, in steps and in their undo.</summary>
    public static IEnumerable<(Template With, Position Position)> Calls(IEnumerable<Step> steps, string activity)
    {
        foreach (var step in Runs(steps))
        {
            if (step.Activity == activity)
            {
                yield return (step.With, step.Position);
            }

            if (step.Undo is { } undo && undo.Activity == activity)
            {
                yield return (undo.With, undo.Position);
            }
        }
    }

    /// <summary>Every run step, at whatever depth, in the order of the file.</summary>
    public static IEnumerable<RunStep> Runs(IEnumerable<Step> steps) => steps.SelectMany(step => step switch
    {
        RunStep run => [run],
        SequenceStep sequence => Runs(sequence.Steps),
        ParallelStep parallel => parallel.Branches.SelectMany(branch => Runs(branch.Steps)),
        ForEachStep each => Runs(each.Steps),
        IfStep choice => Runs(choice.Then).Concat(Runs(choice.Else)),
        RepeatStep repeat => Runs(repeat.Steps),
        TryStep attempt => Runs(attempt.Steps).Concat(Runs(attempt.Catch)).Concat(Runs(attempt.Finally)),
        _ => Enumerable.Empty<RunStep>(),
    });
}
