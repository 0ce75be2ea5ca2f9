using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Fleet.Capacity;
using Orchestrator.Server.Output;
using Orchestrator.Server.Runs;
using Orchestrator.Workflows.Model.Values;
using Spectre.Console;

namespace Orchestrator.Server.Terminal;

/// <summary>The end of a run for people: what became of it, then the fleet's report as tables.</summary>
internal static class ReportTables
{
    public static void Write(RunReport report, TextWriter output)
    {
        var length = Moment.Length(TimeSpan.FromSeconds(report.EnvironmentSeconds));
        var label = report.Simulated ? " on the simulated cloud" : "";
        output.WriteLine();
        output.WriteLine($"{report.Runbook} {report.Outcome} after {length} of the night ({Moment.Length(TimeSpan.FromSeconds(report.SystemSeconds))} on the system clock){label}, run {report.Run}");
        output.WriteLine($"steps: {report.Steps.Total} ({string.Join(", ", report.Steps.ByStatus.Select(pair => $"{pair.Value} {pair.Key}"))}), attempts: {report.Steps.Attempts}");
        if (report.Invariants is { } invariants)
        {
            output.WriteLine($"invariants: checked at each of {invariants.Checked} facts ({invariants.Positions} journal positions), {invariants.Violations.Count} broken");
            foreach (var broken in invariants.Violations)
            {
                output.WriteLine($"  {broken.Invariant} at position {broken.Position} ({broken.Path}): {broken.Message}");
            }
        }

        if (report.Error is { } error)
        {
            output.WriteLine($"error {error.Code}: {error.Message}");
        }

        if (report.Report is { ValueKind: JsonValueKind.Object } fleet)
        {
            WriteFleet(fleet, output);
        }
    }

    /// <summary>The result of <c>fleet.report</c> as its own page; any other document as plain tables.</summary>
    private static void WriteFleet(JsonElement document, TextWriter output)
    {
        if (document.TryGetProperty("report", out var report) && report.ValueKind == JsonValueKind.Object
            && report.TryGetProperty("totals", out _) && report.TryGetProperty("clusters", out _))
        {
            RunReportPrinter.Write(report.Deserialize<FleetReport>(WorkflowJson.Options)!, ConsoleFor(output));
            return;
        }

        Write("report", JsonObject.Create(document)!, output);
    }

    /// <summary>The ledger's entries, then the figures drawn from them.</summary>
    public static void WriteLedger(JsonObject ledger, TextWriter output)
    {
        if (ledger["nodes"]!.AsArray().Count == 0 && ledger["units"]!.AsArray().Count == 0)
        {
            output.WriteLine("the ledger is empty: no run has lent nodes or built units yet; a run of double-11 does, with: orchestrator run double-11");
            return;
        }

        var console = ConsoleFor(output);
        WriteRows(console, "nodes held", ledger["nodes"]!.AsArray());
        WriteRows(console, "units held", ledger["units"]!.AsArray());
        RunReportPrinter.Write(ledger["report"].Deserialize<FleetReport>(WorkflowJson.Options)!, console);
    }

    /// <summary>Any document as tables: single values as one, and each list of objects as one of its own.</summary>
    public static void Write(string title, JsonObject document, TextWriter output)
    {
        WriteObject(ConsoleFor(output), title, document);
    }

    private static IAnsiConsole ConsoleFor(TextWriter output)
    {
        var console = TerminalWriter.Ansi(output, InteractionSupport.No);
        if (Console.IsOutputRedirected)
        {
            console.Profile.Width = 160;
        }

        return console;
    }

    private static void WriteObject(IAnsiConsole console, string title, JsonObject value)
    {
        var singles = value.Where(pair => pair.Value is null or JsonValue || pair.Value is JsonArray array && !array.Any(item => item is JsonObject)).ToList();
        if (singles.Count > 0)
        {
            var table = new Table().Title(Printable.Markup(Printer.Title(title))).Border(TableBorder.Simple).HideHeaders().AddColumn("what").AddColumn("value");
            foreach (var (name, single) in singles)
            {
                table.AddRow(new Spectre.Console.Text(Printable.Cell(Printer.Title(name))), new Spectre.Console.Text(Printer.Text(single)));
            }

            console.Write(table);
        }

        foreach (var (name, inner) in value)
        {
            switch (inner)
            {
                case JsonArray rows when rows.Any(item => item is JsonObject): WriteRows(console, name, rows); break;
                case JsonObject child: WriteObject(console, name, child); break;
            }
        }
    }

    private static void WriteRows(IAnsiConsole console, string title, JsonArray rows)
    {
        var columns = rows.OfType<JsonObject>().SelectMany(row => row.Select(pair => pair.Key)).Distinct().ToList();
        var table = new Table().Title(Printable.Markup(Printer.Title(title))).Border(TableBorder.Simple);
        foreach (var column in columns)
        {
            table.AddColumn(Printable.Markup(Printer.Title(column)));
        }

        foreach (var row in rows.OfType<JsonObject>())
        {
            table.AddRow([.. columns.Select(column => new Spectre.Console.Text(Printer.Text(row[column])))]);
        }

        console.Write(table);
    }
}
