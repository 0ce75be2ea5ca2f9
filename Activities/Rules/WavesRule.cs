using System.Text.Json;
using Orchestrator.Fleet.Guarding;
using Orchestrator.Text;
using Orchestrator.Workflows.Model.Rules;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Activities.Rules;

/// <summary>Finds constants of a shift that cannot be: waves that do not rise to 100 %, a maxUnavailable that is neither number nor share, guards that do not exist or cannot be waived.</summary>
internal sealed class WavesRule : IRunbookRule
{
    public const string Code = "AC102";

    public IEnumerable<Diagnostic> Check(Runbook runbook, RuleContext context) =>
        StepArguments.Calls(runbook.Steps, "cluster.shift")
            .SelectMany(call => Waves(call.With).Concat(Unavailable(call.With)).Concat(Waivers(call.With)))
            .Select(diagnostic => context.Error(diagnostic.Position, Code, diagnostic.Message));

    private static IEnumerable<(Position Position, string Message)> Waves(Template with)
    {
        if (StepArguments.Find(with, "waves") is { } waves && StepArguments.Constant(waves) is { ValueKind: JsonValueKind.Array } shares
            && shares.EnumerateArray().All(share => share.ValueKind == JsonValueKind.String))
        {
            string? diagnostic = null;
            try
            {
                Fleet.Colocation.Waves.Parse([.. shares.EnumerateArray().Select(share => share.GetString()!)]);
            }
            catch (FormatException exception)
            {
                diagnostic = exception.Message;
            }

            if (diagnostic is not null)
            {
                yield return (waves.Position, diagnostic);
            }
        }
    }

    private static IEnumerable<(Position Position, string Message)> Unavailable(Template with)
    {
        if (StepArguments.Find(with, "maxUnavailable") is not { } template || StepArguments.Constant(template) is not { ValueKind: JsonValueKind.String } text)
        {
            yield break;
        }

        string? diagnostic = null;
        try
        {
            Fleet.Colocation.MaxUnavailable.Parse(text.GetString()!);
        }
        catch (FormatException exception)
        {
            diagnostic = exception.Message;
        }

        if (diagnostic is not null)
        {
            yield return (template.Position, diagnostic);
        }
    }

    private static IEnumerable<(Position Position, string Message)> Waivers(Template with)
    {
        if (StepArguments.Find(with, "waive") is not MapTemplate { Entries: var entries } waive)
        {
            return [];
        }

        // A reason that is an expression is taken to be one.
        var reasons = entries.ToDictionary(
            entry => entry.Key, entry => StepArguments.Constant(entry.Value) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "given at run time");
        return Guards.CheckWaivers(reasons).Select(diagnostic => (waive.Position, diagnostic));
    }
}
