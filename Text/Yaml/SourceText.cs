using YamlDotNet.Core;

namespace Orchestrator.Text.Yaml;

/// <summary>The text of a file, to find the place of a character of a scalar in it.</summary>
public sealed class SourceText
{
    private readonly List<int> lineStarts = [0];

    /// <param name="text">A carriage return before a line's end is left out.</param>
    public SourceText(string text)
    {
        Text = text.Replace("\r\n", "\n", StringComparison.Ordinal);
        for (var i = 0; i < Text.Length; i++)
        {
            if (Text[i] == '\n')
            {
                lineStarts.Add(i + 1);
            }
        }
    }

    public string Text { get; }

    public int LineCount => lineStarts.Count;

    public ReadOnlySpan<char> Line(int line)
    {
        var start = lineStarts[line - 1];
        var end = line < lineStarts.Count ? lineStarts[line] - 1 : Text.Length;
        return Text.AsSpan(start, end - start);
    }

    /// <summary>Maps an offset in the scalar's text (escapes resolved, lines folded) to its place in the file.</summary>
    public Func<int, Position> PositionsOf(YamlScalar scalar)
    {
        var offsets = new Lazy<int[]>(() => OffsetsOf(scalar));
        return offset => offset < 0 || scalar.Text.Length == 0 ? scalar.Position : PositionAt(offsets.Value[Math.Min(offset, scalar.Text.Length)]);
    }

    private int OffsetOf(Position position) => position.Line > lineStarts.Count ? Text.Length : Math.Min(Text.Length, lineStarts[position.Line - 1] + position.Column - 1);

    private Position PositionAt(int offset)
    {
        var line = lineStarts.BinarySearch(offset);
        line = line >= 0 ? line : ~line - 1;
        return new Position(line + 1, offset - lineStarts[line] + 1);
    }

    private int[] OffsetsOf(YamlScalar scalar)
    {
        var at = OffsetOf(scalar.Position);
        var end = Math.Max(at, OffsetOf(scalar.End));
        at = scalar.Style switch
        {
            ScalarStyle.SingleQuoted or ScalarStyle.DoubleQuoted => at + 1,
            ScalarStyle.Literal or ScalarStyle.Folded => Text.IndexOf('\n', at) is >= 0 and var newline ? newline + 1 : at,
            _ => at,
        };

        var offsets = new int[scalar.Text.Length + 1];
        for (var i = 0; i < scalar.Text.Length; i++)
        {
            if (!char.IsWhiteSpace(scalar.Text[i]))
            {
                // Indentation and folded line ends stand in the file only.
                while (at < end && (char.IsWhiteSpace(Text[at]) || IsContinuation(scalar, at)))
                {
                    at++;
                }
            }

            offsets[i] = Math.Min(at, end);
            if (at < end && (!char.IsWhiteSpace(scalar.Text[i]) || char.IsWhiteSpace(Text[at]) || IsEscape(scalar, at)))
            {
                at += Width(scalar, at);
            }
        }

        offsets[^1] = Math.Min(at, end);
        return offsets;
    }

    private bool IsEscape(YamlScalar scalar, int at) => scalar.Style == ScalarStyle.DoubleQuoted && Text[at] == '\\';

    private bool IsContinuation(YamlScalar scalar, int at) => IsEscape(scalar, at) && at + 1 < Text.Length && Text[at + 1] == '\n';

    private int Width(YamlScalar scalar, int at)
    {
        if (scalar.Style == ScalarStyle.SingleQuoted && Text[at] == '\'')
        {
            return 2;
        }

        return !IsEscape(scalar, at) || at + 1 >= Text.Length ? 1 : Text[at + 1] switch { 'x' => 4, 'u' => 6, 'U' => 10, _ => 2 };
    }
}
