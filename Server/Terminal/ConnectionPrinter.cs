using Orchestrator.Infra.Connections;
using Orchestrator.Server.Connections;
using Orchestrator.Server.Output;
using Spectre.Console;

namespace Orchestrator.Server.Terminal;

/// <summary>Prints what <c>doctor</c> found: a row for each check, and below them what to do.</summary>
internal static class ConnectionPrinter
{
    public static void Write(ConnectionReport report)
    {
        if (Console.IsOutputRedirected)
        {
            Console.Out.WriteLine("connection\tcheck\tstatus\tsimulated\tfound\tfix");
            foreach (var one in report.Findings)
            {
                Console.Out.WriteLine(string.Join('\t', ((string?[])[one.Connection, one.Check, Word(one.Status), one.Simulated switch { true => "simulated", false => "real", null => "" }, one.Detail, one.Fix]).Select(cell => Printable.Cell(cell ?? ""))));
            }

            return;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("connection", "check", "", "found");
        string? before = null;
        foreach (var one in report.Findings)
        {
            var name = one.Connection == before ? "" : $"{one.Connection}{(one.Simulated == true ? " (simulated)" : "")}";
            table.AddRow(new Spectre.Console.Text(name), new Spectre.Console.Text(one.Check), new Spectre.Console.Text(Word(one.Status), Color(one.Status)), new Spectre.Console.Text(Printable.Cell(one.Detail)));
            before = one.Connection;
        }

        TerminalWriter.AnsiOutput.Write(table);
        foreach (var one in report.Findings.Where(one => one.Fix is not null))
        {
            Console.Out.WriteLine(Printable.Line($"{one.Connection}, {one.Check}: {one.Fix}"));
        }

        Console.Out.WriteLine(report.Works ? "All that is configured works." : $"{report.Findings.Count(one => one.Status == ConnectionStatus.Fails)} of {report.Findings.Length} checks failed.");
    }

    private static string Word(ConnectionStatus status) => status switch
    {
        ConnectionStatus.Works => "works",
        ConnectionStatus.Limited => "limited",
        ConnectionStatus.Fails => "FAILS",
        ConnectionStatus.NotConfigured => "not configured",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static Style Color(ConnectionStatus status) => new(status switch
    {
        ConnectionStatus.Works => Spectre.Console.Color.Green,
        ConnectionStatus.Limited => Spectre.Console.Color.Yellow,
        ConnectionStatus.Fails => Spectre.Console.Color.Red,
        _ => Spectre.Console.Color.Grey,
    });
}
