using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Jint;
using Jint.Native;
using Jint.Runtime;
using Jint.Runtime.Interop;
using Orchestrator.Text;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Language.Expressions;

/// <summary>
/// Evaluates templates. Thread-safe; expressions are parsed once and kept. An expression is pure JavaScript in an engine
/// of its own: no CLR, no clock, no chance, at most <see cref="MostStatements"/> statements, 64 calls deep and 16 MiB
/// allocated. The time limit is only a back-stop, so that a slow machine decides nothing.
/// </summary>
public sealed class ExpressionEvaluator
{
    public const int MostStatements = 100_000;

    /// <summary>The largest value of all templates of one place together, as of a step's whole <c>with</c>, in bytes of JSON.</summary>
    public const int LargestValue = JsonResult.LargestResult;

    private const long MostMemory = 16 * 1024 * 1024;
    private const long MostMemoryOfBigInts = 2 * 1024 * 1024;
    private static readonly TimeSpan LongestMatch = TimeSpan.FromMilliseconds(500);

    /// <summary>Time on the clock for one expression. Longer only where a test asks for another bound on a busy machine. Default 2 s.</summary>
    internal TimeSpan LongestTime { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>False only where a test shows what happens without.</summary>
    internal bool GuardsStack { get; init; } = true;

    private const int MostKept = 4096;
    private readonly ConcurrentDictionary<string, Expression> expressions = new(StringComparer.Ordinal);

    /// <summary>The template's value. An expression that gives undefined is an error; within an object that an expression makes, undefined leaves the member out.</summary>
    /// <param name="budget">What a request may spend; null: only the bounds of each expression count.</param>
    public Evaluation Evaluate(Template template, Scope scope, EvaluationBudget? budget = null)
    {
        var evaluation = EvaluateOrUndefined(template, scope, budget);
        return evaluation.IsUndefined
            ? Evaluation.Failed(new ExpressionError("expression-undefined", $"{Quote(((ExpressionTemplate)template).Code)} gives nothing (undefined): is the name right, and has the step given it? Write `?? null` where that is meant", template.Position))
            : evaluation;
    }

    /// <summary>A condition (<c>when</c>, <c>if</c>, <c>until</c>): as <see cref="Evaluate"/>, but undefined is no error; see <see cref="Evaluation.IsTruthy"/>.</summary>
    public Evaluation EvaluateCondition(Template template, Scope scope, EvaluationBudget? budget = null) => EvaluateOrUndefined(template, scope, budget);

    /// <summary>The template's value as text: texts as they are, anything else as JSON.</summary>
    public (string? Text, ExpressionError? Error) EvaluateText(Template template, Scope scope)
    {
        var evaluation = Evaluate(template, scope);
        return evaluation.Value is { } value ? (TextOf(value), null) : (null, evaluation.Error);
    }

    private Evaluation EvaluateOrUndefined(Template template, Scope scope, EvaluationBudget? budget)
    {
        switch (template)
        {
            case LiteralTemplate literal:
                return Evaluation.Of(literal.Value);
            case ExpressionTemplate expression:
                return Run(expression, scope, budget);
        }

        try
        {
            return Evaluation.Of(Json(writer => Write(writer, template, template, scope, budget)));
        }
        catch (ResultRefusedException refused)
        {
            return Failed(template, refused.Code, $"the value {refused.Message}");
        }
        catch (EvaluationFailedException failure)
        {
            return Evaluation.Failed(failure.Error);
        }
    }

    private void Write(Utf8JsonWriter writer, Template template, Template whole, Scope scope, EvaluationBudget? budget)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        switch (template)
        {
            case TextTemplate text:
                writer.WriteStringValue(Text(text, scope, budget));
                break;
            case ListTemplate list:
                writer.WriteStartArray();
                foreach (var item in list.Items)
                {
                    Write(writer, item, whole, scope, budget);
                }

                writer.WriteEndArray();
                break;
            case MapTemplate map:
                writer.WriteStartObject();
                foreach (var (name, member) in map.Entries)
                {
                    writer.WritePropertyName(name);
                    Write(writer, member, whole, scope, budget);
                }

                writer.WriteEndObject();
                break;
            default:
                Required(template, scope, budget).WriteTo(writer);
                break;
        }

        if (writer.BytesCommitted + writer.BytesPending > LargestValue)
        {
            throw new EvaluationFailedException(new ExpressionError("expression-too-large", $"all values here together have more than {LargestValue / 1024 / 1024} MiB: pass a name or an address instead of the data itself", whole.Position));
        }
    }

    private string Text(TextTemplate text, Scope scope, EvaluationBudget? budget)
    {
        var whole = new StringBuilder();
        foreach (var part in text.Parts)
        {
            whole.Append(TextOf(Required(part, scope, budget)));
            if (whole.Length > TextBounds.Longest)
            {
                throw new EvaluationFailedException(new ExpressionError("expression-too-large", $"the whole text has more than {TextBounds.Longest:N0} characters", text.Position));
            }
        }

        return whole.ToString();
    }

    private JsonElement Required(Template template, Scope scope, EvaluationBudget? budget)
    {
        var evaluation = Evaluate(template, scope, budget);
        return evaluation.Value ?? throw new EvaluationFailedException(evaluation.Error!);
    }

    private Evaluation Run(ExpressionTemplate template, Scope scope, EvaluationBudget? budget)
    {
        budget?.ThrowIfCancelled();
        if (budget is { IsSpent: true })
        {
            budget.Refuse();
            return Failed(template, ExpressionError.BudgetSpent, budget.Reason);
        }

        var evaluation = RunBounded(template, scope, budget);
        if (evaluation.Error is not null && budget is { IsSpent: true }) budget.Refuse();
        budget?.Take(evaluation.Value is { } value ? SizeOf(value) : evaluation.Error?.Message.Length ?? 0);
        return evaluation;
    }

    /// <summary>Characters of a value as JSON; a text costs no copy.</summary>
    private static long SizeOf(JsonElement value) => System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(value).Length;

    private Evaluation RunBounded(ExpressionTemplate template, Scope scope, EvaluationBudget? budget)
    {
        if (Find(template.Code, out var error) is not { } expression)
        {
            return Failed(template, "expression-syntax", $"{Quote(template.Code)} is no expression: {error!.Message}");
        }

        try
        {
            if (PathReader.TryRead(expression.Syntax, scope, out var read))
            {
                return read switch
                {
                    null => Evaluation.Undefined,
                    JsonScopeValue { Value: var json } => Evaluation.Of(json),
                    _ => Evaluation.Of(Json(writer => ScopeValueJson.Write(writer, read))),
                };
            }

            return UnknownName(expression, scope) is { } unknown
                ? Failed(template, unknown.Code, $"{Quote(template.Code)} {unknown.Message}")
                : KnownStack.Run(expression.Needs.NeedsStack, () => Execute(expression, scope, budget));
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            var reason = Explain(exception);
            return Failed(template, reason.Code, $"{Quote(template.Code)} {reason.Message}");
        }
    }

    private Evaluation Execute(Expression expression, Scope scope, EvaluationBudget? budget)
    {
        var time = budget is { Left: var left } && left < LongestTime ? TimeSpan.FromMilliseconds(Math.Max(1, left.TotalMilliseconds)) : LongestTime;
        var memory = expression.Needs.HasBigInt ? MostMemoryOfBigInts : MostMemory;
        using var engine = new Engine(options => Configure(options, time, memory, budget?.Cancellation ?? default));
        var guard = new EvaluationGuard(time, memory, budget?.Cancellation ?? default);
        var bounds = new TextBounds(guard, expression.Needs);
        bounds.Apply(engine);
        if (expression.Needs.MayIterate)
        {
            IteratorBounds.Apply(engine, guard);
        }

        if (expression.Needs.TakesBuiltIns && GuardsStack)
        {
            BuiltInGuard.Apply(engine, guard, bounds);
        }

        foreach (var name in expression.Names)
        {
            if (scope.Find(name) is { } value)
            {
                engine.SetValue(name, ScopeValueInstance.Create(engine, value));
            }
        }

        if (expression.Names.Contains("Math") && scope.Find("Math") is null)
        {
            engine.GetValue("Math").AsObject().Set("random", new ClrFunction(engine, "random", (_, _) => throw new NotReplayableException()));
        }

        // Within the evaluation: what a result's accessors do counts for its bounds.
        var evaluation = Evaluation.Undefined;
        Set(SourceChecks.Result, arguments =>
        {
            var result = arguments.At(0);
            evaluation = result.IsUndefined() ? Evaluation.Undefined : Evaluation.Of(Json(writer => JsonResult.Write(writer, result, guard)));
            return result;
        });
        if (expression.HasChecks)
        {
            Set(SourceChecks.Check, arguments =>
            {
                guard.Check();
                return TextBounds.Bounded(arguments.At(0), 1);
            });
            Set(SourceChecks.Part, arguments => TextBounds.Bounded(arguments.At(0), (int)arguments.At(1).AsNumber()));
            Set(SourceChecks.Data, arguments => BuiltInGuard.IsBuiltIn(arguments.At(0)) && !expression.Needs.TakesBuiltIns
                ? throw new ResultRefusedException("expression-failed", "reads a built-in function by a computed name: write the name itself")
                : arguments.At(0));
            Set(SourceChecks.Callback, arguments => BuiltInGuard.Counted(engine, guard, (Jint.Native.Function.Function)arguments.At(0)));
        }

        engine.Evaluate(expression.Script);
        return evaluation;

        void Set(string name, Func<JsValue[], JsValue> function) => engine.SetValue(name, new ClrFunction(engine, "", (_, arguments) => function(arguments)));
    }

    private void Configure(Options options, TimeSpan time, long memory, CancellationToken cancellation)
    {
        options.Strict();
        options.DisableStringCompilation();
        options.MaxStatements(MostStatements);
        options.LimitRecursion(64);
        options.LimitMemory(memory);
        options.TimeoutInterval(time);
        options.Constraints.StackOverflowGuard = GuardsStack;
        if (GuardsStack)
        {
            options.Constraint(new StackConstraint());
        }

        options.Constraints.MaxArraySize = 1_000_000;
        options.Constraints.RegexTimeout = LongestMatch;
        options.TimeSystem = FrozenTimeSystem.Instance;
        if (cancellation.CanBeCanceled)
        {
            options.CancellationToken(cancellation);
        }
    }

    /// <summary>The expression as it was parsed and kept, or null where it is none.</summary>
    internal Expression? Parse(string code) => Find(code, out _);

    private Expression? Find(string code, out SyntaxError? error)
    {
        error = null;
        if (expressions.TryGetValue(code, out var expression))
        {
            return expression;
        }

        expression = Expression.Parse(code, out error);
        if (expression is not null)
        {
            if (expressions.Count >= MostKept)
            {
                expressions.Clear();
            }

            expressions[code] = expression;
        }

        return expression;
    }

    private static (string Code, string Message)? UnknownName(Expression expression, Scope scope)
    {
        foreach (var name in expression.Names)
        {
            if (scope.Find(name) is null && !Expression.Globals.Contains(name))
            {
                var known = scope.Names.Distinct().ToImmutableArray();
                return ("expression-unknown-name", $"uses {name}, which is not in scope{Suggest.Hint(name, known)}");
            }
        }

        return null;
    }

    private static (string Code, string Message) Explain(Exception exception) => exception switch
    {
        ResultRefusedException refused => (refused.Code, refused.Message),
        PathBrokenException broken => ("expression-failed", $"failed: {broken.Message}"),
        NotReplayableException => ("expression-not-replayable", "asks for the time or for chance: an expression must give the same on replay. Take times from run.startedAt, from inputs or from a step's result"),
        StatementsCountOverflowException => ("expression-endless", $"does not end: stopped after {MostStatements} statements"),
        RecursionDepthOverflowException or InsufficientExecutionStackException => ("expression-endless", "does not end: it calls itself more than 64 deep"),
        TimeoutException or RegexMatchTimeoutException => ("expression-endless", "does not end: stopped by the time limit"),
        MemoryLimitExceededException => ("expression-too-large", $"takes too much memory: more than {MostMemory / 1024 / 1024} MiB, or a list of more than 1,000,000 items"),
        OutOfMemoryException => ("expression-too-large", $"takes too much memory: more than {MostMemory / 1024 / 1024} MiB"),
        ExecutionCanceledException => throw new OperationCanceledException(),
        JavaScriptException thrown => ("expression-failed", $"failed: {Cut(thrown.Message)}"),
        JintException other => ("expression-failed", $"failed: {Cut(other.Message)}"),
        // Whatever else the engine has to say, it is this expression's fault and nobody else's.
        _ => ("expression-failed", $"failed: {Cut(exception.Message)}"),
    };

    /// <summary>A thrown text can be megabytes long.</summary>
    private static string Cut(string text) => text.Length > 500 ? $"{text[..500]}…" : text;

    private static JsonElement Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = WorkflowJson.Options.Encoder, MaxDepth = 256 }))
        {
            write(writer);
        }

        return JsonElement.Parse(buffer.WrittenSpan, new JsonDocumentOptions { MaxDepth = 256 });
    }

    private static string TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    private static Evaluation Failed(Template template, string code, string message) => Evaluation.Failed(new ExpressionError(code, message, template.Position));

    private static string Quote(string code)
    {
        var text = code.Trim();
        return text.Length > 120 ? $"${{ {text[..120]}… }}" : $"${{ {text} }}";
    }

    private sealed class EvaluationFailedException(ExpressionError error) : Exception(error.Message)
    {
        public ExpressionError Error { get; } = error;
    }
}
