using System.Globalization;
using System.Text;
using Orchestrator.Text;

namespace Orchestrator.Infra.Provisioning.Programs;

/// <summary>Reads <c>${…}</c> in text. <c>$${</c> stands for a plain <c>${</c>.</summary>
internal static class Interpolator
{
    /// <exception cref="FormatException">With the reason; the place is the text's.</exception>
    public static Expression Parse(string text, Position position)
    {
        var parts = new List<Expression>();
        var literal = new StringBuilder();
        for (var at = 0; at < text.Length; at++)
        {
            if (text.AsSpan(at).StartsWith("$${"))
            {
                literal.Append("${");
                at += 2;
            }
            else if (text.AsSpan(at).StartsWith("${"))
            {
                var end = End(text, at + 2, '}');
                if (end < 0)
                {
                    throw new FormatException("'${' without '}'; write '$${' for a plain one");
                }

                Flush(parts, literal, position);
                parts.Add(ParseReference(text[(at + 2)..end].Trim(), position));
                at = end;
            }
            else
            {
                literal.Append(text[at]);
            }
        }

        Flush(parts, literal, position);
        return parts switch
        {
            [] => new Literal(position, ""),
            [var only] => only,
            _ => new Interpolation(position, [.. parts]),
        };
    }

    /// <summary>A path such as <c>vpc.zones[0]["a.b"].id</c>.</summary>
    public static Reference ParseReference(string text, Position position)
    {
        var steps = new List<object>();
        var at = 0;
        while (at < text.Length)
        {
            if (text[at] == '[')
            {
                var end = End(text, at + 1, ']');
                var inside = end < 0 ? throw new FormatException($"'[' without ']' in '{text}'") : text[(at + 1)..end];
                steps.Add(inside switch
                {
                    ['"', .. var quoted, '"'] => quoted,
                    _ when int.TryParse(inside, NumberStyles.None, CultureInfo.InvariantCulture, out var index) => index,
                    _ => throw new FormatException($"'{inside}' is neither an index nor a quoted key in '{text}'"),
                });
                at = end + 1;
            }
            else
            {
                at += text[at] == '.' && steps.Count > 0 ? 1 : 0;
                var end = text.AsSpan(at).IndexOfAny('.', '[');
                var name = end < 0 ? text[at..] : text[at..(at + end)];
                if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or ':' or '/'))
                {
                    throw new FormatException($"'{text}' is no reference: expected names joined by '.' and indexes in '[]'");
                }

                steps.Add(name);
                at += name.Length;
            }
        }

        return steps is [string root, .. var path]
            ? new Reference(position, root, [.. path])
            : throw new FormatException($"'${{{text}}}' refers to nothing");
    }

    /// <summary>Where the closing character is, quoted keys passed over; -1 when it is missing.</summary>
    private static int End(string text, int from, char closing)
    {
        var quoted = false;
        for (var at = from; at < text.Length; at++)
        {
            if (text[at] == '"')
            {
                quoted = !quoted;
            }
            else if (text[at] == closing && !quoted)
            {
                return at;
            }
        }

        return -1;
    }

    private static void Flush(List<Expression> parts, StringBuilder literal, Position position)
    {
        if (literal.Length > 0)
        {
            parts.Add(new Literal(position, literal.ToString()));
            literal.Clear();
        }
    }
}
