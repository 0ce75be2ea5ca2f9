using System.Collections.Immutable;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Journals;
using Orchestrator.Workflows.Runbooks;

namespace Orchestrator.Workflows.Interpretation;

/// <summary>One decision in the making.</summary>
internal sealed partial class Turn(ExpressionEvaluator expressions, Runbook runbook, RunState run, DateTimeOffset now)
{
    private readonly ImmutableArray<RunEvent>.Builder events = ImmutableArray.CreateBuilder<RunEvent>();
    private readonly ImmutableArray<Command>.Builder commands = ImmutableArray.CreateBuilder<Command>();
    private readonly ImmutableArray<TimerChange>.Builder timers = ImmutableArray.CreateBuilder<TimerChange>();

    public Decision Decide(Input input) => throw new NotImplementedException($"{input} {expressions} {runbook} {run} {now} {events} {commands} {timers}");
}
