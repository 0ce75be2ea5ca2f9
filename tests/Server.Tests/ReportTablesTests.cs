using System.Collections.Immutable;
using Orchestrator.Fleet.Capacity;
using Orchestrator.Server.Runs;
using Orchestrator.Server.Terminal;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Tests;

/// <summary>A report as a terminal shows it.</summary>
public sealed class ReportTablesTests
{
    private static readonly DateTimeOffset evening = DateTimeOffset.Parse("2026-11-10T20:00:00+08:00", System.Globalization.CultureInfo.InvariantCulture);

    private static readonly FleetReport report = new()
    {
        From = evening,
        To = evening.AddHours(6),
        Currency = "CNY",
        PriceSource = "made up",
        Clusters = [],
        Units = [],
        CostByResource = [new("hosts", 9, true, 90m), new("database", 3.3, true, null), new("lent-nodes", 4.25, false, 25.5m)],
        Baselines = [new("without-lending", 4, null, null), new("owned-machines", 4, 52_560m, 146_000m)],
        Totals = new ReportTotals
        {
            ResourceHoldingHours = 13, NotOnlineHours = 9, HoldingByHost = new HostHolding(7, 11_914, 8_400, 13_200), Cost = 115.5m, IncrementalCost = 90m, NodesMoved = 8,
        },
        Unknown = ImmutableSortedDictionary<string, string>.Empty.Add("orders", "the [order] counters were read once"),
    };

    [Fact]
    public void Figures_that_are_not_known_say_so_and_why()
    {
        var text = Show(report);

        Assert.Matches(@"orders accepted\s+unknown", text);
        Assert.Matches(@"cost of 10,000 orders, CNY\s+unknown", text);
        Assert.Matches(@"share of the peak minute served on cloud\s+unknown", text);
        Assert.Matches(@"database\s+3\.3\s+yes\s+unknown", text);
        Assert.Matches(@"orders\s+the \[order\] counters were read once", text);
    }

    [Fact]
    public void Orders_costs_and_baselines_stand_in_tables()
    {
        var text = Show(report with
        {
            Orders = new OrdersReport(
                evening, evening.AddHours(5), 3_600, 15, [new("cloud-1", Counts(("accepted", 1_900))), new("home", Counts(("accepted", 1_700), ("rejected", 15)))], 4, 0),
        });

        Assert.Matches(@"lent-nodes\s+4\.3\s+no: owned, charged by use\s+25\.50", text);
        Assert.Matches(@"owned-machines\s+4\s+52,560\.00\s+146,000\.00", text);
        Assert.Matches(@"cloud-1\s+1,900\s+–", text);
        Assert.Matches(@"home\s+1,700\s+15", text);
        Assert.Contains("7 hosts", text, StringComparison.Ordinal);
        Assert.Contains("prices: made up", text, StringComparison.Ordinal);
    }

    private static string Show(FleetReport shown)
    {
        using var output = new StringWriter();
        ReportTables.Write(
            new RunReport("r", "double-11", "done", evening, evening.AddHours(6), 21_600, 18, true, new StepCounts(1, 1, []), WorkflowJson.ToElement(new Dictionary<string, FleetReport> { ["report"] = shown }), null, null), output);
        return output.ToString();
    }

    private static ImmutableSortedDictionary<string, double> Counts(params (string Outcome, double Count)[] counts) => counts.ToImmutableSortedDictionary(one => one.Outcome, one => one.Count, StringComparer.Ordinal);
}
