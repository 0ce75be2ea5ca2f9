using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Execution.Progress;
using Orchestrator.Workflows.Execution.Routing;
using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Execution.Workers;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution;

/// <summary>
/// Runs runbooks. Every change of a run goes through its journal; whatever an engine has answered is durable, and
/// every unfinished run of a journal continues when an engine opens it. Hosted by <c>AddWorkflows</c>; until the host
/// has started, members throw <see cref="InvalidOperationException"/>.
/// </summary>
public sealed class Engine
{
    private readonly ConcurrentDictionary<RunId, TaskCompletionSource<RunSummary>> endings = new();
    private readonly TaskCompletionSource<ProtocolVersionRefusedException> refused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ProgressTable progress = new();
    private readonly List<IAsyncDisposable> parts = [];
    private EngineServer? opened;

    private EngineServer Opened => opened ?? throw new InvalidOperationException("The engine is not open: start the host that AddWorkflows was called on.");

    internal Worker? Worker { get; private set; }

    /// <summary>True: it was opened only to read (<see cref="WorkflowOptions.ReadOnly"/>).</summary>
    public bool ReadOnly { get; private set; }

    internal IJournal Journal => Opened.Journal;

    internal MembershipTracker Map => Opened.Map;

    /// <summary>The way to the runs, for what changes one.</summary>
    internal RunRouter Router => ReadOnly ? throw new InvalidOperationException("The engine only reads: it was opened with ReadOnly.") : Opened.Router;

    /// <summary>
    /// Starts a run, and publishes its runbook's version so that the run can be continued for ever.
    /// With an id that exists already nothing happens and <see cref="StartResult.Created"/> is false.
    /// </summary>
    public async Task<StartResult> StartAsync(StartRequest request, CancellationToken cancellationToken = default)
    {
        var router = Router;
        await PublishAsync(request.Runbook, cancellationToken);
        var run = request.Id ?? router.NewRun();
        var input = new StartRun(request.Inputs, request.StartedBy, request.Lane ?? request.Runbook.Lane, Labels: request.Labels);
        var runRequest = new StartRunRequest(run, input, request.Runbook, run, answers: null);
        router.Post(run, runRequest);
        return await runRequest.Result.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Hands a person's input to a run. Null: it is done and durable; else why it cannot be done now
    /// (code <c>run-not-found</c> for an unknown run).
    /// </summary>
    public Task<StepError?> RequestAsync(RunId run, Input input, CancellationToken cancellationToken = default)
    {
        var runRequest = new InputRequest(input);
        Router.Post(run, runRequest);
        return runRequest.Result.WaitAsync(cancellationToken);
    }

    /// <summary>One line about a run; null for an unknown one.</summary>
    public Task<RunSummary?> FindAsync(RunId run, CancellationToken cancellationToken = default) => Journal.FindAsync(run, cancellationToken);

    /// <summary>The caller's own copy of a run's state as the journal has it now; null for an unknown one.</summary>
    public Task<RunState?> GetAsync(RunId run, CancellationToken cancellationToken = default) => Opened.Runs.FindStateAsync(run, cancellationToken);

    /// <summary>A page of runs, newest first. Throws <see cref="FormatException"/> for a cursor that no page gave.</summary>
    public Task<RunPage> ListAsync(RunQuery query, CancellationToken cancellationToken = default) => Journal.ListAsync(query, cancellationToken);

    /// <summary>A run's journal after a version, to its present end.</summary>
    public IAsyncEnumerable<JournalEntry> ReadAsync(RunId run, long afterVersion = 0, CancellationToken cancellationToken = default) =>
        Journal.ReadAsync(run, afterVersion, cancellationToken);

    /// <summary>
    /// The journal after a position, of all runs or one, and then each entry as it is committed, without end:
    /// nothing missed and nothing twice. Ends with the token, by <see cref="OperationCanceledException"/>.
    /// </summary>
    public IAsyncEnumerable<JournalEntry> WatchAsync(long afterPosition = 0, RunId? run = null, CancellationToken cancellationToken = default) =>
        Journal.Tail.WatchAsync(Journal, afterPosition, run, cancellationToken);

    /// <summary>The position of the journal's newest entry; 0 for an empty journal.</summary>
    public long Position => Journal.Tail.Position;

    /// <summary>What running tasks say of themselves, from now on. A slow reader loses the oldest.</summary>
    public IAsyncEnumerable<TaskProgress> ProgressAsync(RunId? run = null, CancellationToken cancellationToken = default) =>
        progress.WatchAsync(run, cancellationToken);

    /// <summary>Completes when the run has ended. Throws <see cref="KeyNotFoundException"/> for an unknown one.</summary>
    public async Task<RunSummary> WhenEndedAsync(RunId run, CancellationToken cancellationToken = default)
    {
        // Registered before the look, so that an end in between is not missed.
        var ending = endings.GetOrAdd(run, static _ => new TaskCompletionSource<RunSummary>(TaskCreationOptions.RunContinuationsAsynchronously));
        var summary = Opened.Activations.FindSummary(run) ?? await Journal.FindAsync(run, cancellationToken);
        if (summary is { Ended: false })
        {
            if (!Map.IsAlone) summary = await WatchToEndAsync(run, cancellationToken);
            else return await ending.Task.WaitAsync(cancellationToken);
        }

        endings.TryRemove(new KeyValuePair<RunId, TaskCompletionSource<RunSummary>>(run, ending));
        return summary ?? throw new KeyNotFoundException($"There is no run {run}.");
    }

    /// <summary>Every fact after a position in journal order, of one tree of runs (given by any of its runs) or of all, to the present end.</summary>
    public async IAsyncEnumerable<JournaledFact> FactsAsync(
        long afterPosition = 0, RunId? tree = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        RunId? root = null;
        if (tree is { } run)
        {
            if (await Journal.FindAsync(run, cancellationToken) is not { } summary) yield break;
            root = summary.Root;
        }

        await foreach (var fact in Journal.FactsAsync(afterPosition, root, cancellationToken)) yield return fact;
    }

    /// <summary>Who holds and who waits for which resources, in the order in which they asked.</summary>
    public ValueTask<ImmutableArray<LockView>> LocksAsync(CancellationToken cancellationToken = default) => Journal.LocksAsync(cancellationToken);

    /// <summary>Null: the engine works; else what is wrong, for an operator.</summary>
    public string? Unavailable => parts.OfType<EngineServer>().Select(server => server.Unavailable).FirstOrDefault();

    /// <summary>
    /// Completes when this server was evicted and may not come back, since the others write in a format by now that it does not know:
    /// the process had better end. Never for an engine that only reads.
    /// </summary>
    public Task<ProtocolVersionRefusedException> Refused => refused.Task;

    /// <summary>Null: the store takes what it is asked; else what is wrong with it.</summary>
    public StoreUnavailable? StoreUnavailable => opened is { } server ? server.Journal.Unavailable ?? parts.OfType<EngineServer>().Select(part => part.StoreUnavailable).FirstOrDefault() : null;

    /// <summary>Shards of this store that a server decides, by the server's instance; those that are nobody's are left out.</summary>
    public IReadOnlyDictionary<string, int> ShardsByInstance =>
        Map.View.Owners.OfType<string>().CountBy(owner => owner).ToDictionary(StringComparer.Ordinal);

    /// <summary>The servers that share the store and are alive, in the order of their joining.</summary>
    public ImmutableArray<ServerState> Servers => Map.View.Servers;

    /// <summary>The one of the <see cref="ProtocolVersions"/> in which all of them write.</summary>
    public int ProtocolVersion => Map.View.ProtocolVersion;

    /// <summary>This server's name.</summary>
    public string Server => Map.Self.Name;

    /// <summary>Keeps a version of a runbook by its digest; child steps that name it run the version published last. Idempotent.</summary>
    public Task PublishAsync(Runbook runbook, CancellationToken cancellationToken = default) =>
        Opened.Runbooks.PublishAsync(runbook).AsTask().WaitAsync(cancellationToken);

    /// <summary>The version of a runbook that a run pinned; null when no such version was published.</summary>
    public Task<Runbook?> FindRunbookAsync(string digest, CancellationToken cancellationToken = default) =>
        Opened.Runbooks.FindAsync(digest, cancellationToken).AsTask();

    /// <summary>Joins the other servers, and continues every unfinished run that falls to this one. Throws <see cref="JournalUnavailableException"/> and <see cref="BusUnavailableException"/>.</summary>
    internal async Task OpenAsync(EngineServer server, CancellationToken cancellationToken)
    {
        opened = server;
        progress = server.Progress;
        ReadOnly = server.Options.ReadOnly;
        if (ReadOnly) return;

        parts.Add(server);
        await server.OpenAsync(cancellationToken);
        Worker = server.Worker;
        _ = server.Refused.ContinueWith(told => refused.TrySetResult(told.Result), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Takes no new work and lets what this server has come to its end, as far as the time allows; others go on with the rest.</summary>
    internal async Task DrainAsync(CancellationToken cancellationToken)
    {
        foreach (var server in parts.OfType<EngineServer>()) await server.DrainAsync(cancellationToken);
    }

    /// <summary>Stops; what is unfinished stays in the journal, and its tasks are cancelled without a result.</summary>
    internal async Task CloseAsync()
    {
        opened = null;
        for (var last = parts.Count - 1; last >= 0; last--) await parts[last].DisposeAsync();
        parts.Clear();
    }

    /// <summary>Whichever server ends the run, the journal says so.</summary>
    private async Task<RunSummary?> WatchToEndAsync(RunId run, CancellationToken cancellationToken)
    {
        var after = Position;
        if (await Journal.FindAsync(run, cancellationToken) is { Ended: true } over) return over;
        await foreach (var entry in WatchAsync(after, run, cancellationToken))
        {
            if (entry.Events.Any(happened => happened is RunEnded) && await Journal.FindAsync(run, cancellationToken) is { Ended: true } ended) return ended;
        }

        return null;
    }

    /// <summary>To be called with the summary of each run that ends here.</summary>
    internal void Ended(RunSummary run)
    {
        if (endings.TryRemove(run.Run, out var ending)) ending.TrySetResult(run);
    }
}
