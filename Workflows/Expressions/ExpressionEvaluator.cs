using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Acornima.Ast;
using Jint;
using Jint.Runtime;
using Orchestrator.Workflows.Runbooks;

namespace Orchestrator.Workflows.Expressions;

/// <summary>
/// Evaluates templates. Thread-safe; expressions are parsed once and kept. An expression is pure JavaScript in an engine
/// of its own: no CLR, no clock, no chance, at most <see cref="MostStatements"/> statements, 64 calls deep and 16 MiB
/// allocated, on a thread of known stack size. The time limit is only a back-stop, so that a slow machine decides nothing.
/// Whatever an expression does, it gives a value or an <see cref="ExpressionError"/>: nothing is thrown, and the process lives.
/// </summary>
public sealed class ExpressionEvaluator
{
    public const int MostStatements = 100_000;

    /// <summary>The longest text that one template makes of its parts and expressions, in characters.</summary>
    public const int LongestText = TextBounds.Longest;

    /// <summary>The largest value of one template tree, such as the whole <c>with</c> of a step, in bytes of JSON.</summary>
    public const int LargestValue = JsonResult.LargestResult;

    private const int DeepestJson = 256;
    private const long MostMemory = 16 * 1024 * 1024;
    private static readonly TimeSpan LongestTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestMatch = TimeSpan.FromMilliseconds(500);

    private const int MostKept = 4096;
    private readonly ConcurrentDictionary<string, Expression> expressions = new(StringComparer.Ordinal);

    /// <summary>The template's value. An expression that gives undefined is an error; within an object that an expression makes, undefined leaves the member out.</summary>
    public Evaluation Evaluate(Template template, Scope scope)
    {
        var evaluation = EvaluateOrUndefined(template, scope);
        return evaluation.IsUndefined
            ? Evaluation.Failed(new ExpressionError("expression-undefined", $"{Quote(((ExpressionTemplate)template).Code)} gives nothing (undefined): is the name right, and has the step given it? Write `?? null` where that is meant", template.Place))
            : evaluation;
    }

    /// <summary>A condition (<c>when</c>, <c>if</c>, <c>until</c>): as <see cref="Evaluate"/>, but undefined is no error; see <see cref="Evaluation.IsTruthy"/>.</summary>
    public Evaluation EvaluateCondition(Template template, Scope scope) => EvaluateOrUndefined(template, scope);

    /// <summary>The template's value as text: texts as they are, anything else as JSON.</summary>
    public (string? Text, ExpressionError? Error) EvaluateText(Template template, Scope scope)
    {
        var evaluation = Evaluate(template, scope);
        return evaluation.Value is { } value ? (TextOf(value), null) : (null, evaluation.Error);
    }

    private Evaluation EvaluateOrUndefined(Template template, Scope scope)
    {
        switch (template)
        {
            case LiteralTemplate literal:
                return Evaluation.Of(literal.Value);
            case ExpressionTemplate expression:
                return Run(expression, scope);
        }

        try
        {
            return Evaluation.Of(Json(writer => Write(writer, template, scope)));
        }
        catch (EvaluationFailedException failure)
        {
            return Evaluation.Failed(failure.Error);
        }
        catch (Exception exception)
        {
            var (code, message) = Explain(exception);
            return Failed(template, code, $"the value as a whole {message}");
        }
    }

    private void Write(Utf8JsonWriter writer, Template template, Scope scope)
    {
        switch (template)
        {
            case TextTemplate text:
                writer.WriteStringValue(Text(text, scope));
                break;
            case ListTemplate list:
                writer.WriteStartArray();
                foreach (var item in list.Items)
                {
                    Write(writer, item, scope);
                    Bound(writer, item);
                }

                writer.WriteEndArray();
                break;
            case MapTemplate map:
                writer.WriteStartObject();
                foreach (var (name, member) in map.Entries)
                {
                    writer.WritePropertyName(name);
                    Write(writer, member, scope);
                    Bound(writer, member);
                }

                writer.WriteEndObject();
                break;
            default:
                Required(template, scope).WriteTo(writer);
                break;
        }
    }

    private string Text(TextTemplate template, Scope scope)
    {
        var text = new StringBuilder();
        foreach (var part in template.Parts)
        {
            var value = Required(part, scope);
            // Within a text a number is written as JavaScript writes it, whatever the digits of its source.
            var next = value.ValueKind == JsonValueKind.Number && !IsLarge(part) ? NumberText.Of(value.GetDouble()) : TextOf(value);
            if (text.Length + next.Length > LongestText)
            {
                throw new EvaluationFailedException(new ExpressionError(
                    "expression-too-large", $"the text becomes longer than {LongestText:N0} characters in all: give less of it, or keep it outside of the runbook", part.Place));
            }

            text.Append(next);
        }

        return text.ToString();
    }

    /// <summary>A whole number that an expression makes with <c>n</c> keeps all its digits.</summary>
    private bool IsLarge(Template part) => part is ExpressionTemplate { Code: var code } && Find(code, out _)?.Syntax is { } syntax && syntax is not (Identifier or MemberExpression or ChainExpression) && SyntaxBounds.HasLargeInteger(syntax);

    private static void Bound(Utf8JsonWriter writer, Template part)
    {
        if (writer.BytesCommitted + writer.BytesPending > LargestValue)
        {
            throw new EvaluationFailedException(new ExpressionError(
                "expression-too-large", $"the value becomes larger than {LargestValue / 1024 / 1024} MiB in all: give less of it, or keep it outside of the runbook", part.Place));
        }
    }

    private JsonElement Required(Template template, Scope scope)
    {
        var evaluation = Evaluate(template, scope);
        return evaluation.Value ?? throw new EvaluationFailedException(evaluation.Error!);
    }

    private Evaluation Run(ExpressionTemplate template, Scope scope)
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
                : EvaluationThread.Run(() => Execute(expression, scope));
        }
        catch (Exception exception)
        {
            // Whatever it was, it came of this expression: the engine's own errors and .NET's are no reason to fail otherwise.
            var (code, message) = Explain(exception);
            return Failed(template, code, $"{Quote(template.Code)} {message}");
        }
    }

    private static Evaluation Execute(Expression expression, Scope scope)
    {
        var engine = new Engine(Configure);
        TextBounds.Apply(engine);
        IteratorBounds.Apply(engine);
        foreach (var name in expression.Names)
        {
            if (scope.Find(name) is { } value)
            {
                engine.SetValue(name, ScopeValueInstance.Create(engine, value));
            }
        }

        if (expression.Names.Contains("Math") && scope.Find("Math") is null)
        {
            engine.GetValue("Math").AsObject().Set("random", new Jint.Runtime.Interop.ClrFunction(engine, "random", (_, _) => throw new NotReplayableException()));
        }

        var result = engine.Evaluate(expression.Script);
        return result.IsUndefined() ? Evaluation.Undefined : Evaluation.Of(Json(writer => JsonResult.Write(writer, result)));
    }

    private static void Configure(Options options)
    {
        options.Strict();
        options.DisableStringCompilation();
        options.MaxStatements(MostStatements);
        options.LimitRecursion(64);
        // Built-in functions that call each other without end.
        options.Constraints.StackOverflowGuard = true;
        options.Constraint(new StackConstraint());
        options.LimitMemory(MostMemory);
        options.TimeoutInterval(LongestTime);
        options.Constraints.MaxArraySize = 1_000_000;
        options.Constraints.RegexTimeout = LongestMatch;
        options.TimeSystem = FrozenTimeSystem.Instance;
    }

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
        JavaScriptException { Message: "Maximum call stack size exceeded" } => ("expression-endless", StackConstraint.Message),
        TimeoutException or RegexMatchTimeoutException => ("expression-endless", "does not end: stopped by the time limit"),
        MemoryLimitExceededException => ("expression-too-large", $"takes too much memory: more than {MostMemory / 1024 / 1024} MiB, or a list of more than 1,000,000 items"),
        OutOfMemoryException => ("expression-too-large", "takes more memory than there is"),
        InvalidOperationException => ("expression-too-large", $"gives a value that is no JSON or is nested deeper than {DeepestJson} levels"),
        JavaScriptException thrown => ("expression-failed", $"failed: {Cut(thrown.Message, 500)}"),
        _ => ("expression-failed", $"failed: {Cut(exception.Message, 500)}"),
    };

    private static string Cut(string text, int length) => text.Length > length ? $"{text[..length]}…" : text;

    private static JsonElement Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = WorkflowJson.Options.Encoder, MaxDepth = DeepestJson }))
        {
            write(writer);
        }

        return JsonElement.Parse(buffer.WrittenSpan, new JsonDocumentOptions { MaxDepth = DeepestJson });
    }

    private static string TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    private static Evaluation Failed(Template template, string code, string message) => Evaluation.Failed(new ExpressionError(code, message, template.Place));

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
