using System.Globalization;
using Orchestrator.Fleet.Files;
using Orchestrator.Text;

namespace Orchestrator.Fleet.Imports;

/// <summary>A CSV file with named columns whose fields know their place. Adds a diagnostic for what it cannot read, up to a hundred.</summary>
internal sealed class TraceTable
{
    private const int LargestFile = 32 * 1024 * 1024;
    private const int MostDiagnostics = 100;

    private readonly DiagnosticList _diagnostics;
    private readonly Dictionary<string, int> _columns = new(StringComparer.Ordinal);
    private CsvRow _row = new(0, []);

    private TraceTable(DiagnosticList diagnostics) => _diagnostics = diagnostics;

    /// <summary>Calls <paramref name="read"/> for each row; not at all when the file or its header cannot be used.</summary>
    public static void Read(
        Stream content, string whatItHolds, IReadOnlyList<string> columns, DiagnosticList diagnostics, Action<TraceTable> read)
    {
        if (FleetYaml.ReadText(content, LargestFile, whatItHolds, diagnostics) is not { } text)
        {
            return;
        }

        var table = new TraceTable(diagnostics);
        using var source = CsvRow.Split(text).GetEnumerator();
        if (!source.MoveNext() || !table.TakeHeader(source.Current, columns))
        {
            return;
        }

        var (before, rows) = (diagnostics.Count, 0);
        while (source.MoveNext())
        {
            if (diagnostics.Count - before >= MostDiagnostics)
            {
                diagnostics.Error(new Position(source.Current.Line, 1), "FL049", $"{MostDiagnostics} diagnostics; the rest of the file was not read");
                return;
            }

            rows++;
            if (table.TakeRow(source.Current))
            {
                read(table);
            }
        }

        if (rows == 0)
        {
            diagnostics.Error(new Position(2, 1), "FL002", $"there is no row under the header; give {whatItHolds}");
        }
    }

    public string Text(string column) => _row.Fields[_columns[column]].Text.Trim();

    /// <summary>A text that must not be empty.</summary>
    public string Name(string column)
    {
        var text = Text(column);
        if (text.Length == 0)
        {
            Add(column, "FL041", $"'{column}' is empty; give a name");
        }

        return text;
    }

    public long Integer(string column, long minimum)
    {
        var text = Text(column);
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
        {
            Add(column, "FL041", $"'{column}' must be a whole number, not '{text}'");
            return minimum;
        }

        return InRange(column, value, minimum, 1_000_000_000);
    }

    /// <summary>Seconds since the trace began, or null for an empty field.</summary>
    public double? Seconds(string column)
    {
        var text = Text(column);
        if (text.Length == 0)
        {
            return null;
        }

        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value))
        {
            Add(column, "FL041", $"'{column}' must be a number of seconds, not '{text}'");
            return null;
        }

        return InRange(column, value, 0, 1e10);
    }

    /// <summary>Adds a diagnostic at a column of the row.</summary>
    public void Add(string column, string code, string message) =>
        _diagnostics.Error(new Position(_row.Line, _row.Fields[_columns[column]].Column), code, message);

    public int Line => _row.Line;

    private bool TakeHeader(CsvRow row, IReadOnlyList<string> columns)
    {
        var header = row.Fields.Select(field => field.Text.Trim()).ToArray();
        for (var i = 0; i < header.Length; i++)
        {
            _columns.TryAdd(header[i], i);
        }

        var missing = columns.Where(column => !_columns.ContainsKey(column)).ToArray();
        foreach (var column in missing)
        {
            _diagnostics.Error(new Position(row.Line, 1), "FL040",
                $"the column '{column}' is missing; the header must name {string.Join(", ", columns)}, and names {string.Join(", ", header)}");
        }

        return missing.Length == 0;
    }

    private bool TakeRow(CsvRow row)
    {
        _row = row;
        if (row.Fields.Count > _columns.Values.Max())
        {
            return true;
        }

        _diagnostics.Error(new Position(row.Line, 1), "FL043", $"the row has {row.Fields.Count} fields, the header {_columns.Count}; give every field, an empty one too");
        return false;
    }

    private T InRange<T>(string column, T value, T minimum, T maximum)
        where T : IComparable<T>, IFormattable
    {
        if (value.CompareTo(minimum) >= 0 && value.CompareTo(maximum) <= 0)
        {
            return value;
        }

        var (least, most) = (minimum.ToString(null, CultureInfo.InvariantCulture), maximum.ToString(null, CultureInfo.InvariantCulture));
        Add(column, "FL042", $"'{column}' is {value.ToString(null, CultureInfo.InvariantCulture)}; it must be from {least} to {most}");
        return minimum;
    }
}
