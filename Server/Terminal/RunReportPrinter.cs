using System.Globalization;
using Orchestrator.Fleet.Capacity;
using Orchestrator.Server.Output;
using Spectre.Console;

namespace Orchestrator.Server.Terminal;

/// <summary>What a promotion held, moved and cost, as tables: a row a cluster with a column a state, a row a unit, then the totals.</summary>
internal static class RunReportPrinter
{
    public static void Write(FleetReport report, IAnsiConsole console)
    {
        if (report.Clusters.Length > 0)
        {
            console.Write(Clusters(report));
        }

        if (report.Units.Length > 0)
        {
            console.Write(Units(report));
        }

        console.Write(Totals(report));
    }

    private static Table Clusters(FleetReport report)
    {
        string[] states = [.. report.Clusters.SelectMany(cluster => cluster.States).Select(state => state.State).Distinct()];
        var table = NewTable("Clusters: time in each state (nodes moved into it)")
            .AddColumn("cluster").AddColumn(Right("nodes")).AddColumn("now");
        foreach (var state in states)
        {
            table.AddColumn(Right(Printable.Markup(state)));
        }

        table.AddColumn(Right("lent, node-hours")).AddColumn(Right("CPU used")).AddColumn(Right($"cost, {Printable.Markup(report.Currency)}"));
        foreach (var cluster in report.Clusters)
        {
            table.AddRow(
            [
                Printable.Markup(cluster.Cluster), Number(cluster.Nodes), Printable.Markup(cluster.State ?? "in transition"),
                .. states.Select(name => cluster.States.FirstOrDefault(state => state.State == name) is { } state
                    ? $"{Length(state.TimeSpentSeconds)} ({Number(state.NodesMoved)})" : "–"),
                Number(cluster.BorrowedNodeHours), Share(cluster.Utilisation), Money(cluster.BorrowedCost),
            ]);
        }

        return table;
    }

    private static Table Units(FleetReport report)
    {
        var table = NewTable("Trading units")
            .AddColumn("unit").AddColumn("kind").AddColumn("on").AddColumn(Right("hosts")).AddColumn(Right("time to ready"))
            .AddColumn(Right("held")).AddColumn(Right("of that not ONLINE")).AddColumn("now").AddColumn(Right($"cost, {Printable.Markup(report.Currency)}"));
        foreach (var unit in report.Units)
        {
            table.AddRow(
                Printable.Markup(unit.Unit), Printable.Markup(unit.Kind), Printable.Markup(unit.Cluster ?? "cloud"), Number(unit.Hosts),
                unit.TimeToReadySeconds is { } ready ? Length(ready) : "never",
                Length(unit.HeldSeconds), Length(unit.NotOnlineSeconds), unit.Released ? "released" : "held", Money(unit.Cost));
        }

        return table;
    }

    private static Table Totals(FleetReport report)
    {
        var totals = report.Totals;
        var table = NewTable("Totals").HideHeaders().AddColumn("what").AddColumn(Right("value"));
        table.AddRow("resource-holding time, host-hours", Number(totals.ResourceHoldingHours));
        table.AddRow("not-ONLINE time, host-hours", Number(totals.NotOnlineHours));
        table.AddRow("CPU used", Share(totals.Utilisation));
        table.AddRow($"cost, {Printable.Markup(report.Currency)}", Money(totals.Cost));
        table.AddRow("transactions", Number(totals.Transactions));
        table.AddRow(
            $"cost of a million transactions, {Printable.Markup(report.Currency)}",
            totals.CostPerTransaction is { } cost ? Money(cost * 1_000_000) : "no traffic was read");
        table.AddRow("peak, requests a second", Number(totals.PeakDemand));
        table.AddRow("peak at", totals.PeakAt is { } at ? Moment.Of(at) : "no traffic was read");
        table.AddRow("share of the peak on cloud", Share(totals.ShareOfPeakOnCloud));
        table.AddRow("node moves", Number(totals.NodesMoved));
        return table;
    }

    private static Table NewTable(string title) => new Table().Title($"[bold]{title}[/]").Border(TableBorder.Simple);

    private static TableColumn Right(string header) => new TableColumn(header).RightAligned();

    private static string Length(double seconds) => Moment.Length(TimeSpan.FromSeconds(seconds));

    private static string Number(double value) => value.ToString(value is < 100 and > 0 && value != Math.Floor(value) ? "0.0" : "#,0", CultureInfo.InvariantCulture);

    private static string Money(decimal value) => value.ToString("#,0.00", CultureInfo.InvariantCulture);

    private static string Share(double? share) => share is { } value ? value.ToString("0 %", CultureInfo.InvariantCulture) : "–";
}
