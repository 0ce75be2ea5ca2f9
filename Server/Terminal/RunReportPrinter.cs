using System.Globalization;
using Orchestrator.Fleet.Capacity;
using Orchestrator.Server.Output;
using Spectre.Console;

namespace Orchestrator.Server.Terminal;

/// <summary>What a promotion held, moved, served and cost, as tables: a row a cluster with a column a state, a row a unit, orders, costs beside the baselines, the totals, and why figures are not known.</summary>
internal static class RunReportPrinter
{
    private const string Unknown = "unknown";

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

        if (report.Orders is { } orders)
        {
            console.Write(Orders(orders));
        }

        console.Write(Costs(report));
        console.Write(Baselines(report));
        console.Write(Totals(report));
        if (report.Unknown.Count > 0)
        {
            console.Write(Reasons(report));
        }

        if (report.PriceSource is { } source)
        {
            console.WriteLine($"prices: {Printable.Cell(source)}");
        }
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

        table.AddColumn(Right("lent, node-hours")).AddColumn(Right("CPU used")).AddColumn(Right("measured")).AddColumn(Right($"cost, {Printable.Markup(report.Currency)}"));
        foreach (var cluster in report.Clusters)
        {
            table.AddRow(
            [
                Printable.Markup(cluster.Cluster), Number(cluster.Nodes), Printable.Markup(cluster.State ?? "in transition"),
                .. states.Select(name => cluster.States.FirstOrDefault(state => state.State == name) is { } state
                    ? $"{Length(state.TimeSpentSeconds)} ({Number(state.NodesMoved)})" : "–"),
                Number(cluster.BorrowedNodeHours), Share(cluster.Utilisation), Share(cluster.Measured?.Share), Money(cluster.BorrowedCost),
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
                Length(unit.HeldSeconds), Length(unit.NotOnlineSeconds), unit.Released ? "released" : "held", unit.ResourceCost is { } beside ? Money(unit.Cost + beside) : $"{Money(unit.Cost)} + {Unknown}");
        }

        return table;
    }

    private static Table Costs(FleetReport report)
    {
        var table = NewTable("Cost by what was paid for")
            .AddColumn("what").AddColumn(Right("hours")).AddColumn("paid only for this").AddColumn(Right($"cost, {Printable.Markup(report.Currency)}"));
        foreach (var cost in report.CostByResource)
        {
            table.AddRow(cost.Resource, Number(cost.Hours), cost.Incremental ? "yes" : "no: owned, charged by use", cost.Cost is { } known ? Money(known) : Unknown);
        }

        return table;
    }

    private static Table Baselines(FleetReport report)
    {
        var table = NewTable("The same orders otherwise")
            .AddColumn("how").AddColumn(Right("machines")).AddColumn(Right($"cost, {Printable.Markup(report.Currency)}")).AddColumn(Right("of 10,000 orders"));
        table.AddRow("as it was", "", Money(report.Totals.Cost), report.Totals.CostPer10000Orders is { } own ? Money(own) : Unknown);
        table.AddRow("of that only for this", "", Money(report.Totals.IncrementalCost), report.Totals.IncrementalCostPer10000Orders is { } incremental ? Money(incremental) : Unknown);
        foreach (var baseline in report.Baselines)
        {
            table.AddRow(baseline.Id, Number(baseline.Machines), baseline.Cost is { } cost ? Money(cost) : Unknown, baseline.CostPer10000Orders is { } per ? Money(per) : Unknown);
        }

        return table;
    }

    private static Table Orders(OrdersReport orders)
    {
        string[] outcomes = [.. orders.ByDestination.SelectMany(destination => destination.ByOutcome.Keys).Distinct().Order(StringComparer.Ordinal)];
        var table = NewTable($"Orders, {Moment.Of(orders.From)} to {Moment.Of(orders.To)}").AddColumn("destination");
        foreach (var outcome in outcomes)
        {
            table.AddColumn(Right(Printable.Markup(outcome)));
        }

        foreach (var destination in orders.ByDestination)
        {
            table.AddRow([Printable.Markup(destination.Destination), .. outcomes.Select(outcome => destination.ByOutcome.TryGetValue(outcome, out var count) ? Number(count) : "–")]);
        }

        return table;
    }

    private static Table Totals(FleetReport report)
    {
        var totals = report.Totals;
        var table = NewTable("Totals").HideHeaders().AddColumn("what").AddColumn(Right("value"));
        table.AddRow("resource-holding time, host-hours", Number(totals.ResourceHoldingHours));
        table.AddRow("holding time of a host, mean (shortest to longest)", Holding(totals.HoldingByHost));
        table.AddRow("not-ONLINE time, host-hours", Number(totals.NotOnlineHours));
        table.AddRow("CPU used, by the fleet file's curves", Share(totals.Utilisation));
        table.AddRow("CPU used, measured", Share(totals.MeasuredUtilisation));
        table.AddRow($"cost, {Printable.Markup(report.Currency)}", Money(totals.Cost));
        table.AddRow("of that only for this, everything rented", Money(totals.IncrementalCost));
        table.AddRow("orders accepted", totals.Orders is { } orders ? Number(orders) : Unknown);
        table.AddRow($"cost of 10,000 orders, {Printable.Markup(report.Currency)}", totals.CostPer10000Orders is { } per ? Money(per) : Unknown);
        table.AddRow("of that only for this", totals.IncrementalCostPer10000Orders is { } incremental ? Money(incremental) : Unknown);
        table.AddRow("requests", totals.Requests is { } requests ? Number(requests) : Unknown);
        table.AddRow("peak, requests a second", totals.PeakDemand is { } peak ? Number(peak) : Unknown);
        table.AddRow("peak at", totals.PeakAt is { } at ? Moment.Of(at) : Unknown);
        table.AddRow("peak minute, requests served a second", totals.PeakServed is { } served ? Number(served) : Unknown);
        table.AddRow("share of the peak minute served on cloud", Share(totals.ShareOfPeakOnCloud));
        table.AddRow("node moves", Number(totals.NodesMoved));
        return table;
    }

    /// <summary>Why figures are not known, each by its path in the report.</summary>
    private static Table Reasons(FleetReport report)
    {
        var table = NewTable("What is not known").AddColumn("figure").AddColumn("why");
        foreach (var (figure, reason) in report.Unknown)
        {
            table.AddRow(new Spectre.Console.Text(Printable.Cell(figure)), new Spectre.Console.Text(Printable.Cell(reason)));
        }

        return table;
    }

    private static string Holding(HostHolding? holding) => holding is { } held
        ? $"{Length(held.MeanSeconds)} ({Length(held.ShortestSeconds)} to {Length(held.LongestSeconds)}), {Number(held.Hosts)} hosts" : "–";

    private static Table NewTable(string title) => new Table().Title($"[bold]{title}[/]").Border(TableBorder.Simple);

    private static TableColumn Right(string header) => new TableColumn(header).RightAligned();

    private static string Length(double seconds) => Moment.Length(TimeSpan.FromSeconds(seconds));

    private static string Number(double value) => value.ToString(value is < 100 and > 0 && value != Math.Floor(value) ? "0.0" : "#,0", CultureInfo.InvariantCulture);

    private static string Money(decimal value) => value.ToString("#,0.00", CultureInfo.InvariantCulture);

    private static string Share(double? share) => share is { } value ? value.ToString("0 %", CultureInfo.InvariantCulture) : Unknown;
}
