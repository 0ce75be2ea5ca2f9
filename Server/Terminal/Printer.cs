using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Server.Output;
using Spectre.Console;

namespace Orchestrator.Server.Terminal;

/// <summary>Prints what a command found: one JSON document, or for people.</summary>
internal static class Printer
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Print(JsonNode document, bool json, Action forPeople)
    {
        if (json)
        {
            WriteJson(document.ToJsonString(Readable));
            return;
        }

        forPeople();
    }

    /// <summary>A document of several lines. What steers a terminal stands in its strings only, where it is escaped as JSON has it.</summary>
    public static void WriteJson(string document) => Console.Out.Write(document + Environment.NewLine);

    /// <summary>A row for each object with these fields; tab-separated where there is no terminal, so that other tools can read it.</summary>
    public static void Table(JsonArray rows, params string[] fields)
    {
        if (Console.IsOutputRedirected)
        {
            Console.Out.WriteLine(string.Join('\t', fields));
            foreach (var row in rows)
            {
                Console.Out.WriteLine(string.Join('\t', fields.Select(field => Text(row?[field]))));
            }

            return;
        }

        if (rows.Count == 0)
        {
            Console.Out.WriteLine("nothing");
            return;
        }

        var table = new Table().Border(TableBorder.Simple);
        foreach (var field in fields)
        {
            table.AddColumn(Printable.Markup(Title(field)));
        }

        foreach (var row in rows)
        {
            table.AddRow([.. fields.Select(field => new Spectre.Console.Text(Text(row?[field])))]);
        }

        TerminalWriter.AnsiOutput.Write(table);
    }

    /// <summary>A field's name as people read it: <c>startedAt</c> becomes <c>started at</c>.</summary>
    public static string Title(string field) => string.Concat(field.Select(letter => char.IsUpper(letter) ? $" {char.ToLowerInvariant(letter)}" : letter.ToString()));

    /// <summary>A cell of a table; a single line whatever it holds.</summary>
    public static string Text(JsonNode? value) => Printable.Cell(Raw(value));

    private static string Raw(JsonNode? value) => value switch
    {
        null => "",
        JsonArray list => string.Join(", ", list.Select(Raw)),
        JsonObject => value.ToJsonString(),
        JsonValue single when single.TryGetValue(out string? text) => Shorten(text),
        JsonValue single when single.TryGetValue(out double number) && number != Math.Floor(number) => number.ToString("0.##", System.Globalization.CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };

    /// <summary>Times to the second.</summary>
    private static string Shorten(string text) =>
        text.Length > 19 && text[4] == '-' && text[10] == 'T' && DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var time)
            ? Moment.Of(time)
            : text;
}
