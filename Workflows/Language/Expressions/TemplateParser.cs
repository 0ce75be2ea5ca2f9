using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Orchestrator.Text;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Language.Expressions;

/// <summary>Cuts a text into constants and <c>${ … }</c>. <c>$${</c> stands for a literal <c>${</c>.</summary>
public static class TemplateParser
{
    /// <summary>
    /// The template of a text. <paramref name="positionOf"/> gives the place of the character at an offset;
    /// <paramref name="unclosed"/> hears of each <c>${</c> without its <c>}</c>, which then stays text;
    /// <paramref name="found"/> of each expression with the offset of its code.
    /// </summary>
    public static Template Parse(string text, Func<int, Position> positionOf, Action<Position> unclosed, Action<ExpressionTemplate, int>? found = null)
    {
        var parts = ImmutableArray.CreateBuilder<Template>();
        var constant = new StringBuilder();
        var constantAt = 0;
        var at = 0;
        while (at < text.Length)
        {
            if (text.AsSpan(at).StartsWith("$${"))
            {
                constant.Append("${");
                at += 3;
            }
            else if (text.AsSpan(at).StartsWith("${"))
            {
                var end = EndOf(text, at + 2);
                if (end < 0)
                {
                    unclosed(positionOf(at));
                    constant.Append(text.AsSpan(at));
                    break;
                }

                AddConstant();
                var expression = new ExpressionTemplate(text[(at + 2)..end], positionOf(at + 2));
                parts.Add(expression);
                found?.Invoke(expression, at + 2);
                at = constantAt = end + 1;
            }
            else
            {
                constant.Append(text[at++]);
            }
        }

        // A block scalar ends in a line end, which makes no text of a lone expression.
        if (parts is [ExpressionTemplate alone] && constant.ToString().Trim('\n').Length == 0)
        {
            return alone;
        }

        AddConstant();
        return parts switch
        {
            [] => Literal("", positionOf(0)),
            [LiteralTemplate only] => only,
            _ => new TextTemplate(parts.ToImmutable(), positionOf(0)),
        };

        void AddConstant()
        {
            if (constant.Length > 0)
            {
                parts.Add(Literal(constant.ToString(), positionOf(constantAt)));
                constant.Clear();
            }
        }
    }

    /// <summary>The constants and the codes of a text, in order.</summary>
    internal static void Parts(string text, Action<string> constant, Action<string> code)
    {
        var template = Parse(text, _ => new Position(1, 1), _ => { });
        foreach (var part in template is TextTemplate whole ? whole.Parts : [template])
        {
            switch (part)
            {
                case LiteralTemplate literal:
                    constant(literal.Value.GetString()!);
                    break;
                case ExpressionTemplate expression:
                    code(expression.Code);
                    break;
            }
        }
    }

    private static LiteralTemplate Literal(string text, Position position) => new(JsonSerializer.SerializeToElement(text, WorkflowJson.Options), position);

    /// <summary>The offset of the <c>}</c> that closes the expression beginning at <paramref name="at"/>, or -1.</summary>
    private static int EndOf(string text, int at)
    {
        // Each open brace, and T for a template literal, whose text is not code.
        var open = new Stack<char>();
        var significant = '(';
        while (at < text.Length)
        {
            var c = text[at];
            if (open.TryPeek(out var top) && top == 'T')
            {
                if (c == '\\')
                {
                    at++;
                }
                else if (c == '`')
                {
                    open.Pop();
                    significant = '`';
                }
                else if (c == '$' && at + 1 < text.Length && text[at + 1] == '{')
                {
                    open.Push('{');
                    at++;
                    significant = '(';
                }

                at++;
                continue;
            }

            switch (c)
            {
                case '}' when open.Count == 0:
                    return at;
                case '}':
                    open.Pop();
                    break;
                case '{':
                    open.Push('{');
                    break;
                case '`':
                    open.Push('T');
                    break;
                case '\'' or '"':
                    at = EndOfQuoted(text, at, c);
                    break;
                case '/' when at + 1 < text.Length && text[at + 1] == '/':
                    at = text.IndexOf('\n', at) is >= 0 and var line ? line : text.Length;
                    break;
                case '/' when at + 1 < text.Length && text[at + 1] == '*':
                    at = text.IndexOf("*/", at + 2, StringComparison.Ordinal) is >= 0 and var close ? close + 1 : text.Length;
                    break;
                case '/' when "(,=:[!&|?{};+-*%<>~^".Contains(significant, StringComparison.Ordinal):
                    at = EndOfRegex(text, at);
                    break;
            }

            if (!char.IsWhiteSpace(c))
            {
                significant = c;
            }

            at++;
        }

        return -1;
    }

    private static int EndOfQuoted(string text, int at, char quote)
    {
        for (at++; at < text.Length && text[at] != quote; at++)
        {
            if (text[at] == '\\')
            {
                at++;
            }
        }

        return at;
    }

    private static int EndOfRegex(string text, int at)
    {
        var inClass = false;
        for (at++; at < text.Length && (inClass || text[at] != '/') && text[at] != '\n'; at++)
        {
            if (text[at] == '\\')
            {
                at++;
            }
            else if (text[at] is '[' or ']')
            {
                inClass = text[at] == '[';
            }
        }

        return at;
    }
}
