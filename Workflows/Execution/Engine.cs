using System.Collections.Immutable;
using Orchestrator.Workflows.Interpretation;
using Orchestrator.Workflows.Journals;
using Orchestrator.Workflows.Runbooks;

namespace Orchestrator.Workflows.Execution;

/// <summary>
/// Runs runbooks. Every change of a run goes through its journal; whatever an engine has answered is durable, and
/// every unfinished run of a journal continues when an engine opens it.
/// </summary>
public sealed class Engine
{
    /// <summary>
    /// Starts a run, and publishes its runbook's version so that the run can be continued for ever.
    /// With an id that exists already nothing happens and <see cref="StartResult.Created"/> is false.
    /// </summary>
    public Task<StartResult> StartAsync(StartRequest request, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>
    /// Hands a person's input to a run. Null: it is done and durable; else why it cannot be done now
    /// (code <c>run-not-found</c> for an unknown run).
    /// </summary>
    public Task<StepError?> RequestAsync(RunId run, Input input, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>One line about a run; null for an unknown one.</summary>
    public Task<RunSummary?> FindAsync(RunId run, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The caller's own copy of a run's state as the journal has it now; null for an unknown one.</summary>
    // RunState lands with the interpreter.
    internal Task<object?> GetAsync(RunId run, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>A page of runs, newest first.</summary>
    public Task<RunPage> ListAsync(RunQuery query, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>A run's journal after a version, to its present end.</summary>
    public IAsyncEnumerable<JournalEntry> ReadAsync(RunId run, long afterVersion = 0, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>
    /// The journal after a position, of all runs or one, and then each entry as it is committed, without end:
    /// nothing missed and nothing twice. Ends with the token.
    /// </summary>
    public IAsyncEnumerable<JournalEntry> WatchAsync(long afterPosition = 0, RunId? run = null, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The position of the journal's newest entry; 0 for an empty journal.</summary>
    public long Position => throw new NotImplementedException();

    /// <summary>What running tasks say of themselves, from now on. A slow reader loses the oldest.</summary>
    public IAsyncEnumerable<TaskProgress> ProgressAsync(RunId? run = null, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Completes when the run has ended. Throws <see cref="KeyNotFoundException"/> for an unknown one.</summary>
    public Task<RunSummary> WhenEndedAsync(RunId run, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Every fact after a position in journal order, of one tree of runs (given by any of its runs) or of all, to the present end.</summary>
    public IAsyncEnumerable<Tasks.RecordedFact> FactsAsync(long afterPosition = 0, RunId? tree = null, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Who holds and who waits for which resources, in the order of the queue.</summary>
    public ImmutableArray<LockView> Locks => throw new NotImplementedException();

    /// <summary>Keeps a version of a runbook by its digest; child steps that name it run the version published last. Idempotent.</summary>
    public Task PublishAsync(Runbook runbook, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The version of a runbook that a run pinned; null when no such version was published.</summary>
    public Task<Runbook?> FindRunbookAsync(string digest, CancellationToken cancellationToken = default) => throw new NotImplementedException();
}
