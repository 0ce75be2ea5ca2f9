using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Activities.Report;
using Orchestrator.Fleet.Capacity;
using Orchestrator.Server.Api;
using Orchestrator.Server.FleetViews;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Runs;

/// <summary>What <c>run</c> says when it ends; the document of <c>--json</c>.</summary>
/// <param name="Outcome">done, failed, cancelled, rejected, undone or undo-incomplete; <c>open</c> when the run was left under way, <c>incident</c> when it waits for an operator.</param>
/// <param name="EnvironmentSeconds">From start to end on the environment clock.</param>
/// <param name="SystemSeconds">That this process worked on it.</param>
/// <param name="Report">The result of the run's last <c>fleet.report</c> step, with what an undo has done after it; null when it has none.</param>
/// <param name="Invariants">The fleet's invariants, checked at every fact of the run.</param>
internal sealed record RunReport(
    string Run,
    string Runbook,
    string Outcome,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    double EnvironmentSeconds,
    double SystemSeconds,
    bool Simulated,
    StepCounts Steps,
    JsonElement? Report,
    InvariantReport? Invariants,
    ErrorResponse? Error)
{
    /// <summary>
    /// The result of the last fleet.report that is done, children's included. What a run has done after it, as its undo does, is not in it: then the report is written anew, with what the
    /// whole run has recorded, up to its end.
    /// </summary>
    /// <param name="ledger">Of the run with its children.</param>
    public static JsonElement? FindReport(RunFamily family, Ledger ledger, DateTimeOffset? lastFact, ReportWriter writer)
    {
        var step = family.All
            .SelectMany(view => view.InOrder)
            .Where(step => step is { Activity: "fleet.report", Status: StepStatus.Done, Result: not null })
            .MaxBy(step => step.EndedAt);
        return step is { Result: { } result } && lastFact > step.EndedAt && family.Root.EndedAt is { } ended
            ? WorkflowJson.ToElement(WorkflowJson.FromElement<ReportFleetResult>(result) with { Report = writer.Write(ledger, ended) })
            : step?.Result;
    }
}

/// <summary>Steps of the run and its children, blocks not counted.</summary>
/// <param name="ByStatus">Number by state.</param>
internal sealed record StepCounts(int Total, int Attempts, SortedDictionary<string, int> ByStatus)
{
    public static StepCounts Of(RunFamily family)
    {
        var steps = family.All.SelectMany(view => view.InOrder).Where(step => !step.IsBlock).ToList();
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var group in steps.GroupBy(step => step.Status))
        {
            counts[Words.Of(group.Key)] = group.Count();
        }

        return new StepCounts(steps.Count, steps.Sum(step => step.Attempts), counts);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.Never, WriteIndented = true)]
[JsonSerializable(typeof(RunReport))]
internal sealed partial class RunReportJson : JsonSerializerContext;
