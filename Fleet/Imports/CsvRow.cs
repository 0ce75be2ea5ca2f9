using System.Text;

namespace Orchestrator.Fleet.Imports;

/// <summary>One row of a CSV text (RFC 4180: commas, fields in double quotes where need be), each field with its place.</summary>
/// <param name="Line">From 1.</param>
internal sealed record CsvRow(int Line, IReadOnlyList<(string Text, int Column)> Fields)
{
    /// <summary>The rows of a text; blank lines are left out. A quote that is never closed ends with its row, so that one slip spoils one row.</summary>
    public static IEnumerable<CsvRow> Split(string text)
    {
        var line = 0;
        foreach (var content in text.Split('\n'))
        {
            line++;
            if (!string.IsNullOrWhiteSpace(content))
            {
                yield return new CsvRow(line, [.. SplitLine(content.TrimEnd('\r'))]);
            }
        }
    }

    private static IEnumerable<(string Text, int Column)> SplitLine(string line)
    {
        var (field, start, quoted) = (new StringBuilder(), 0, false);
        for (var i = 0; i < line.Length; i++)
        {
            if (quoted && line[i] == '"' && i + 1 < line.Length && line[i + 1] == '"')
            {
                field.Append(line[i++]);
            }
            else if (line[i] == '"' && (quoted || i == start))
            {
                quoted = !quoted;
            }
            else if (line[i] == ',' && !quoted)
            {
                yield return (field.ToString(), start + 1);
                field.Clear();
                start = i + 1;
            }
            else
            {
                field.Append(line[i]);
            }
        }

        yield return (field.ToString(), start + 1);
    }
}
