using System.Collections.Immutable;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions.Turns;

/// <summary>The run begins: its locks first, then its steps.</summary>
internal static class RunStarts
{
    public static void Start(Turn turn, StartRun start)
    {
        turn.Emit(new RunStarted(turn.Runbook.Name, turn.Runbook.Digest, start.Inputs, start.StartedBy, start.Lane)
        {
            Parent = start.Parent,
            Labels = start.Labels ?? ImmutableDictionary<string, string>.Empty,
        });
        if (start.Hold is { } error)
        {
            Holding.Hold(turn, error);
        }
        else
        {
            Begin(turn);
        }
    }

    public static void Begin(Turn turn)
    {
        if (turn.Runbook.Locks.IsEmpty)
        {
            turn.Visit(turn.Run.Root);
        }
        else if (Locks.Resources(turn, turn.Runbook.Locks, turn.Names.OfRun, out var error) is { } resources)
        {
            Locks.Request(turn, StepPath.Root, resources);
        }
        else
        {
            RunEnds.End(turn, RunOutcome.Failed, error);
        }
    }
}
