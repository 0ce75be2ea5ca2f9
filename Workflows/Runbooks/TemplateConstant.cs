using System.Text.Json;
using Orchestrator.Workflows.Expressions;

namespace Orchestrator.Workflows.Runbooks;

/// <summary>The value of a template that holds no expression.</summary>
public static class TemplateConstant
{
    private static readonly ExpressionEvaluator Evaluator = new();

    /// <summary>Null when it is not constant.</summary>
    public static JsonElement? Of(Template template) => template.IsConstant ? Evaluator.Evaluate(template, Scope.Empty).Value : null;
}
