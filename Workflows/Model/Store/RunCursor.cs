using System.Globalization;
using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Workflows.Model.Store;

/// <summary>The place where a page of runs ends: opaque to callers, the sequence of its last run to the journals.</summary>
internal static class RunCursor
{
    public static string Format(long sequence) => sequence.ToString("x", CultureInfo.InvariantCulture);

    /// <summary>No cursor: before everything. Throws <see cref="FormatException"/> for one that no journal gave.</summary>
    public static long Parse(string? cursor) =>
        cursor is null ? long.MaxValue
        : long.TryParse(cursor, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var sequence) ? sequence
        : throw new FormatException($"'{cursor}' is not a cursor of a list of runs; take it from the page before.");

    public static bool Matches(this RunQuery query, RunSummary run) =>
        (query.Runbook is null || query.Runbook == run.Runbook)
        && (query.Statuses.IsDefaultOrEmpty || query.Statuses.Contains(run.Status))
        && (query.Open is null || query.Open == !run.Ended)
        && (query.Lane is null || query.Lane == run.Lane)
        && (query.StartedBy is null || query.StartedBy == run.StartedBy)
        && (query.Root is null || query.Root == run.Root)
        && (!query.RootsOnly || run.Parent is null);
}
