using System.Text.Json.Nodes;

namespace Orchestrator.Workflows.Model.Activities;

/// <summary>What an activity does to the world; decides what a runbook must say about a step that runs it.</summary>
public enum Effect
{
    /// <summary>Changes nothing that needs taking back (reads, probes, notifications, reports).</summary>
    None,

    /// <summary>Can be taken back: a step needs an <c>undo</c>, or <c>irreversible: true</c>.</summary>
    Reversible,

    /// <summary>Destroys something (a unit, batch work): besides, an approval must come before it.</summary>
    Destructive,
}

/// <summary>All that is known of an activity without running it.</summary>
public sealed record ActivityInfo(string Name, string Title, Effect Effect, JsonNode ArgumentsSchema, JsonNode ResultSchema)
{
    public string? Description { get; init; }
}
