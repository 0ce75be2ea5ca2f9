using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.State;

/// <summary>What the latest child run was told and has not answered.</summary>
internal enum ChildAsk { Nothing, Start, Cancel, Undo }

/// <summary>A <c>runbook</c> step: its child runs, and what they were asked for.</summary>
/// <param name="Runs">The latest last; more than one after an operator's retry.</param>
/// <param name="Request">With which the latest was started.</param>
internal sealed record ChildState(ImmutableArray<RunId> Runs, ChildRequested Request) : KindState
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ChildAsk Asked { get; init; }

    /// <summary>Why it was told to cancel, or to undo itself.</summary>
    public string? Reason { get; init; }

    /// <summary>The one that is told to undo itself.</summary>
    public RunId? ToUndo { get; init; }

    [JsonIgnore]
    public RunId Latest => Runs[^1];

    public static ChildState Started(ChildRequested request) => new([request.Child], request) { Asked = ChildAsk.Start };

    /// <summary>An operator tries the step again.</summary>
    public ChildState StartedAgain(ChildRequested request) => this with { Runs = Runs.Add(request.Child), Request = request, Asked = ChildAsk.Start };

    internal override bool IsUnderWay => Asked != ChildAsk.Nothing;

    internal override ChildState Ended() => Asked == ChildAsk.Nothing ? this : this with { Asked = ChildAsk.Nothing };
}
