using System.Collections.Immutable;
using System.Text.Json;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>What to start, with what, and by whom.</summary>
/// <param name="Inputs">A JSON object, complete: defaults filled in and checked against the runbook's declarations.</param>
/// <param name="StartedBy">A user's name, or a trigger's; never counts in an approval of this run.</param>
public sealed record StartRequest(Runbook Runbook, JsonElement Inputs, string StartedBy)
{
    /// <summary>Makes the start idempotent: a run of this id that exists is left as it is. Default: a new id.</summary>
    public RunId? Id { get; init; }

    /// <summary>Default: the runbook's lane.</summary>
    public Lane? Lane { get; init; }

    /// <summary>Names for a reader: where it came from, which promotion it belongs to.</summary>
    public ImmutableDictionary<string, string> Labels { get; init; } = ImmutableDictionary<string, string>.Empty;
}

/// <summary>What became of a start.</summary>
/// <param name="Created">False: a run of that id was there before, and nothing changed.</param>
/// <param name="Refusal">Set when the run could not start; then there is no such run.</param>
public sealed record StartResult(RunId Run, bool Created, StepError? Refusal = null);
