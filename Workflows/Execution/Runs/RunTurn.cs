using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>The mail of one run that is decided together, and what came of each.</summary>
internal sealed class RunTurn(LoadedRun run, DateTimeOffset now)
{
    public LoadedRun Run => run;

    /// <summary>On the clock of the environment.</summary>
    public DateTimeOffset Now => now;

    /// <summary>Each mail with its refusal, to be answered once the draft is durable.</summary>
    public List<(RunRequest RunRequest, StepError? Refusal)> Answers { get; } = [];

    public TransitionDraft Draft { get; } = new(run.State.Id);

    /// <summary>Tasks to claim and send again.</summary>
    public List<PendingTask> Redispatched { get; } = [];

    /// <summary>Tasks of a held run whose lease ended: nobody gets them until it is lifted.</summary>
    public List<PendingTask> Parked { get; } = [];

    /// <summary>Results that a held run may not decide on now.</summary>
    public List<ResultMessage> Withheld { get; } = [];

    /// <summary>An operator has lifted what held the run.</summary>
    public bool Lifted { get; set; }

    /// <summary>What follows from all of it, to be appended; null: nothing.</summary>
    public Transition? Transition { get; set; }
}
