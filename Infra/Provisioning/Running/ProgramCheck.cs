using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Provisioning.State;
using Orchestrator.Text;

namespace Orchestrator.Infra.Provisioning.Running;

/// <summary>
/// Evaluates a whole program, outputs too, with what is known before anything is built: configuration, variables and the inputs of resources.
/// What would fail then fails before the first resource.
/// </summary>
internal static class ProgramCheck
{
    /// <exception cref="StackProgramException">Carries every problem with its place.</exception>
    public static void Run(StackProgram program, ImmutableDictionary<string, JsonNode?> config, Urns urns)
    {
        var diagnostics = new HashSet<Diagnostic>();
        var values = new ProgramValues(program, config, urns, new SecretTexts());
        foreach (var resource in program.Resources)
        {
            var inputs = Try(() => values.Evaluator.Evaluate(resource.Properties));
            values.Set(resource, new ResourceState { Urn = urns.Of(resource.Type, resource.Name), Type = resource.Type, Inputs = inputs as JsonObject ?? [] }, complete: false);
        }

        foreach (var (_, value) in program.Variables.Concat(program.Outputs))
        {
            Try(() => values.Evaluator.Evaluate(value));
        }

        if (diagnostics.Count > 0)
        {
            throw new StackProgramException([.. diagnostics.OrderBy(diagnostic => diagnostic.Position.Line).ThenBy(diagnostic => diagnostic.Position.Column).ThenBy(diagnostic => diagnostic.Message, StringComparer.Ordinal)]);
        }

        JsonNode? Try(Func<JsonNode?> evaluate)
        {
            try
            {
                return evaluate();
            }
            catch (EvaluationException e)
            {
                diagnostics.Add(new Diagnostic(program.File, e.Position, Severity.Error, "expression", e.Detail));
                return null;
            }
        }
    }
}
