using System.Collections.Immutable;
using Acornima;
using Acornima.Ast;
using Jint;

namespace Orchestrator.Workflows.Language.Expressions;

/// <summary>An expression's syntax: parsed once, checked, and ready to run on any engine. Immutable and thread-safe.</summary>
public sealed class Expression
{
    /// <summary>The longest expression that is read, in characters.</summary>
    public const int LongestCode = 16_384;

    private Expression(string code, ImmutableArray<Reference> references, Prepared<Script> script, Node syntax, SyntaxNeeds needs, bool hasChecks)
    {
        Code = code;
        References = references;
        Script = script;
        Syntax = syntax;
        Needs = needs;
        HasChecks = hasChecks;
        Names = [.. references.Select(reference => reference.Name).Distinct()];
    }

    public string Code { get; }

    /// <summary>What it takes from its scope, JavaScript's own globals included, in the order of the code.</summary>
    public ImmutableArray<Reference> References { get; }

    internal ImmutableArray<string> Names { get; }

    internal Prepared<Script> Script { get; }

    internal Node Syntax { get; }

    internal SyntaxNeeds Needs { get; }

    /// <summary>The script has checks that the code has not.</summary>
    internal bool HasChecks { get; }

    /// <summary>JavaScript's own names that expressions may use. What tells the time, chance or the world is not among them.</summary>
    public static ImmutableArray<string> Globals { get; } =
    [
        "Array", "Boolean", "Date", "Infinity", "JSON", "Map", "Math", "NaN", "Number", "Object", "RegExp", "Set", "String",
        "decodeURIComponent", "encodeURIComponent", "isFinite", "isNaN", "parseFloat", "parseInt", "undefined",
        "Error", "RangeError", "TypeError",
    ];

    /// <summary>Parses, where there is stack for it, the text between <c>${</c> and <c>}</c>; <paramref name="error"/> tells why it is no expression.</summary>
    public static Expression? Parse(string code, out SyntaxError? error)
    {
        error = null;
        if (string.IsNullOrWhiteSpace(code))
        {
            error = new SyntaxError("the expression is empty", 0);
            return null;
        }

        if (code.Length > LongestCode)
        {
            error = new SyntaxError($"the expression is longer than {LongestCode} characters", 0);
            return null;
        }

        var (expression, diagnostic) = KnownStack.Run(needsStack: code.Length > 200, () => (ParseHere(code, out var found), found));
        error = diagnostic;
        return expression;
    }

    private static Expression? ParseHere(string code, out SyntaxError? error)
    {
        try
        {
            // Parsed alone first: in brackets, `1) ; (2` would pass for two statements.
            var syntax = new Parser(new ParserOptions()).ParseExpression(code, strict: true);
            if ((error = SyntaxBounds.Check(syntax, out var needs)) is not null)
            {
                return null;
            }

            var source = SourceChecks.Write(code, syntax, needs, out var hasChecks);
            var script = Engine.PrepareScript(source, strict: true);
            return new Expression(code, ReferenceCollector.Collect(syntax), script, syntax, needs, hasChecks);
        }
        catch (ParseErrorException exception)
        {
            error = new SyntaxError(Decapitalise(exception.Error.Description), Math.Clamp(exception.Error.Index, 0, code.Length));
            return null;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            error = new SyntaxError(exception is InsufficientExecutionStackException ? "the expression is nested too deeply" : exception.InnerException?.Message ?? exception.Message, 0);
            return null;
        }
    }

    private static string Decapitalise(string text) => text.Length > 0 ? char.ToLowerInvariant(text[0]) + text[1..] : text;
}

/// <param name="Offset">In characters from the start of the code.</param>
public sealed record SyntaxError(string Message, int Offset)
{
    /// <summary>What is wrong. Cut: the parser quotes a whole pattern.</summary>
    public string Message { get; } = Message.Length > 500 ? $"{Message[..500]}…" : Message;
}
