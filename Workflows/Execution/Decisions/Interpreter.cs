using Orchestrator.Workflows.Execution.Decisions.Handlers;
using Orchestrator.Workflows.Execution.Decisions.Turns;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;

namespace Orchestrator.Workflows.Execution.Decisions;

/// <summary>
/// Decides what follows from an input, as a pure function of runbook, state, input and time: no clock, no I/O, no chance.
/// The same code drives real runs, rehearsals and tests. Stateless and thread-safe; the run's state is not.
/// </summary>
public sealed class Interpreter(ExpressionEvaluator expressions)
{
    /// <summary>
    /// Decides on one input and advances <paramref name="run"/> by the events of the decision. When their append fails,
    /// throw the state away. <paramref name="runbook"/> must be the version that the run pinned.
    /// </summary>
    /// <param name="format">In which the events are written: the one of the <see cref="ProtocolVersions"/> that all servers know.</param>
    public Decision Decide(Runbook runbook, RunState run, Input input, DateTimeOffset now, int format = ProtocolVersions.Newest)
    {
        var turn = Begin(runbook, run, now, format);
        if (run.Started is not null)
        {
            if (Inputs.Take(turn, input) is { } refusal)
            {
                return Decision.Nothing with { Refusal = refusal };
            }
        }
        else if (input is StartRun start)
        {
            RunStarts.Start(turn, start);
        }

        Blocks.Settle(turn);
        return turn.ToDecision();
    }

    /// <summary>What an undo of the run would take back now, and what it could not: for the operator to see before it starts.</summary>
    public UndoPlan PlanUndo(Runbook runbook, RunState run)
    {
        var turn = Begin(runbook, run, run.StartedAt ?? default, ProtocolVersions.Newest);
        return new UndoPlan([.. Undoing.Left(run.Root)], Undoing.Irreversible(turn));
    }

    private Turn Begin(Runbook runbook, RunState run, DateTimeOffset now, int format) => new(expressions, StepHandlers.ByKind, runbook, run, now, format);
}
