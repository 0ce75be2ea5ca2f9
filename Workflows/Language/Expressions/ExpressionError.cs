using System.Text.Json;
using Orchestrator.Text;
using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Workflows.Language.Expressions;

/// <summary>Why an expression gave no value.</summary>
/// <param name="Code">
/// <c>expression-syntax</c>, <c>expression-unknown-name</c>, <c>expression-undefined</c>, <c>expression-failed</c>,
/// <c>expression-endless</c> (too many statements or too long), <c>expression-too-large</c> (memory, depth or size),
/// <c>expression-not-json</c> or <c>expression-not-replayable</c> (clock or chance).
/// </param>
/// <param name="Message">What is wrong and how to fix it, with the expression itself.</param>
/// <param name="Position">Where the expression stands in its runbook.</param>
public sealed record ExpressionError(string Code, string Message, Position Position)
{
    /// <summary>The code where a request has spent what it may spend on expressions.</summary>
    internal const string BudgetSpent = "expression-budget";

    /// <summary>The same as a step's error; trying again cannot help.</summary>
    public StepError ToStepError() => new(Code, $"{Message} (line {Position.Line}, column {Position.Column})") { Retryable = false };
}

/// <summary>What an evaluation gave: a value, nothing (undefined), or an error.</summary>
public readonly record struct Evaluation
{
    private Evaluation(JsonElement? value, ExpressionError? error)
    {
        Value = value;
        Error = error;
    }

    /// <summary>The value; null when it is undefined or there is an error.</summary>
    public JsonElement? Value { get; }

    public ExpressionError? Error { get; }

    /// <summary>No value and no error: only where the caller allowed it.</summary>
    public bool IsUndefined => Value is null && Error is null;

    public static Evaluation Undefined => default;

    public static Evaluation Of(JsonElement value) => new(value, null);

    public static Evaluation Failed(ExpressionError error) => new(null, error);

    /// <summary>Truthy as JavaScript has it: not undefined, null, false, 0 or the empty text.</summary>
    public bool IsTruthy => Value is { } value && value.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.Object or JsonValueKind.Array => true,
        JsonValueKind.String => value.GetString()!.Length > 0,
        JsonValueKind.Number => value.GetDouble() != 0,
        _ => false,
    };
}
