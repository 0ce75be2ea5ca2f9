using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution.Bus;
using Orchestrator.Workflows.Execution.Decisions;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Execution.Progress;
using Orchestrator.Workflows.Execution.Recovery;
using Orchestrator.Workflows.Execution.Routing;
using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Execution.Workers;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution;

/// <summary>The parts of one server, put together on a journal and a transport; a simulation puts several on one of each.</summary>
internal sealed class EngineServer : IAsyncDisposable
{
    private readonly CancellationTokenSource closing = new();
    private readonly bool queued;
    private readonly MessageBus bus;
    private readonly RunRouter router;
    private readonly TimerLoop timers;
    private readonly CrashRecord crashes;
    private readonly RecoveryScanner scanner;
    private readonly OrphanedQueues? orphaned;
    private readonly OwnMembership membership;

    /// <param name="newInstance">Names each start of a server; null: by chance. A simulation gives names that a seed gives again.</param>
    /// <param name="ended">Called with the summary of each run that ends here; null: nobody asks.</param>
    public EngineServer(
        IJournal journal, ITransport transport, Clocks clocks, WorkflowOptions options, Executor executor, IServiceProvider services, ILoggerFactory loggers,
        Func<string>? newInstance = null, Action<RunSummary>? ended = null)
    {
        // Asked here and nowhere else: two implementations of each part that it concerns carry the two ways.
        queued = transport.IsDurable;
        newInstance ??= static () => Guid.NewGuid().ToString("N")[..12];
        (Journal, Options) = (journal, options);
        var tags = options.Tags.Order(StringComparer.Ordinal).ToList();
        var slots = options.Roles.HasFlag(ServerRoles.Worker) ? options.NormalConcurrency : 0;
        Map = new MembershipTracker(new ServerInfo(options.ServerName, newInstance(), options.Roles, [.. tags], slots, Version) { Origin = ProcessOrigin.Own, ProtocolVersion = options.ProtocolVersion });
        bus = new MessageBus(transport, Map, executor, clocks.SystemClock, loggers);
        Runbooks = new RunbookVersions(journal, services.GetService<RunbookSource>());
        Runs = new RunStore(journal, Runbooks, options.SnapshotEvery, loggers.CreateLogger<RunStore>());
        crashes = new CrashRecord(journal, options, loggers.CreateLogger<CrashRecord>());

        // What a run decides goes to other runs: this is the one circle among the parts.
        router = new RunRouter(Map, new RemoteRequests(bus, Map, clocks.SystemClock, loggers.CreateLogger<RemoteRequests>()), clocks, () => Activations!, closing.Token);
        timers = new TimerLoop(clocks.EnvironmentClock, router);
        var messages = new MessageDelivery(journal, Map, router, Runbooks, loggers.CreateLogger<MessageDelivery>());
        var leases = new LeaseTable();
        ITaskAssignment assignment = queued ? new QueuedAssignment(bus, Map, clocks.SystemClock, options.LeaseLength) : new LocalAssignment(bus, Map, clocks.SystemClock, options.LeaseLength);
        var tasks = new TaskDispatcher(assignment, journal, bus, Map, leases, loggers.CreateLogger<TaskDispatcher>());
        var appends = new AppendVerification(journal, clocks.SystemClock, loggers.CreateLogger<AppendVerification>(), closing.Token);
        Activations = new ActivationRegistry(
            new RunProcessor(
                Map, router,
                Runs,
                new RunDecider(new Interpreter(new ExpressionEvaluator()), Map, leases, timers, assignment, crashes, options.Deciding),
                new TransitionCommitter(appends, tasks, timers, messages, clocks.SystemClock, ended ?? (static _ => { })),
                tasks,
                new HoldKeeper(journal, router, crashes, timers, clocks, loggers.CreateLogger<HoldKeeper>()),
                crashes, clocks, loggers.CreateLogger<RunProcessor>()),
            executor, clocks.SystemClock, options.LoadedRuns);

        if (options.Roles.HasFlag(ServerRoles.Worker))
        {
            var engines = new EngineReplies(bus, Map);
            ITaskSource source = queued ? new ClaimedTasks(engines, journal, Map, clocks.SystemClock, options.LeaseLength) : new AssignedTasks(engines);
            var facts = new FactReporter(options.ServerName, engines, clocks.SystemClock);
            var execution = new TaskExecution(
                services.GetRequiredService<ActivityRegistry>(), services.GetRequiredService<IServiceScopeFactory>(), facts, bus, Map, journal, clocks, loggers.CreateLogger<TaskExecution>());
            Worker = new Worker(source, execution, facts, journal, bus, Map, clocks, options, executor, loggers.CreateLogger<Worker>());
        }

        var quarantine = new QuarantineKeeper(crashes, Map, router);
        scanner = new RecoveryScanner(journal, Map, router, tasks, messages, quarantine, options.RecoveryScanInterval, clocks.SystemClock, loggers.CreateLogger<RecoveryScanner>());
        orphaned = queued ? new OrphanedQueues(bus, Map, loggers.CreateLogger<OrphanedQueues>()) : null;
        var keeper = new ShardKeeper(
            new ShardRecovery(journal, Map, router, leases, timers, messages, quarantine, loggers.CreateLogger<ShardRecovery>()),
            Activations, timers, leases, Map, orphaned, Worker);
        membership = new OwnMembership(journal.Members, Map, keeper, clocks.SystemClock, options, newInstance, loggers.CreateLogger<OwnMembership>());
        if (options.Roles.HasFlag(ServerRoles.Engine))
        {
            new TaskReportConsumer(bus, Map, assignment, router).Listen();
            new RemoteRequestConsumer(bus, Map, router, Runbooks, loggers.CreateLogger<RemoteRequestConsumer>()).Listen();
        }

        router.Listen();
        Worker?.Listen();
        bus.Receive<ProgressMessage>(Queues.Server(options.ServerName), QueueKind.Passing, Show);
    }

    public WorkflowOptions Options { get; }

    public IJournal Journal { get; }

    public MembershipTracker Map { get; }

    public RunbookVersions Runbooks { get; }

    public RunStore Runs { get; }

    /// <summary>The way to every run, wherever it is decided.</summary>
    public RunRouter Router => router;

    /// <summary>The runs that are in memory here.</summary>
    public ActivationRegistry Activations { get; }

    public Worker? Worker { get; }

    public ProgressTable Progress { get; } = new();

    /// <summary>Null: the server works; else what is wrong, for an operator.</summary>
    public string? Unavailable => StoreUnavailable?.What ?? bus.Unavailable;

    /// <summary>Null: the store hears this server and takes what it is asked; else what is wrong.</summary>
    public StoreUnavailable? StoreUnavailable => membership.Unavailable ?? Journal.Unavailable;

    /// <inheritdoc cref="OwnMembership.Refused"/>
    public Task<ProtocolVersionRefusedException> Refused => membership.Refused;

    private static string Version { get; } = typeof(EngineServer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await bus.StartAsync(cancellationToken);
        timers.Start();
        Worker?.Start();
        await membership.StartAsync(cancellationToken);
        // Here as well, for a server that has no shards yet: the others are to know what it died of.
        await crashes.RefreshAsync(cancellationToken);
        scanner.Start();
        _ = LeaveToOthersAsync();
    }

    /// <summary>What a server that may not come back still took would only go round.</summary>
    private async Task LeaveToOthersAsync()
    {
        await Refused;
        await bus.StopReceivingAsync(QueueKind.Shared, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Takes no new work, and gives what this server has to the others as soon as nothing is half done.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        // Alone in its process and its store it would only give up what its next start takes again.
        if (!queued || Refused.IsCompleted) return;

        membership.Drain();
        if (Worker is { } worker) await worker.DrainAsync(Options.DrainTime);
        await membership.DrainAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await scanner.DisposeAsync();
        await timers.DisposeAsync();
        if (Worker is { } worker) await worker.DisposeAsync();
        if (orphaned is not null) await orphaned.DisposeAsync();
        closing.Cancel();
        await Activations.DisposeAsync();
        crashes.Dispose();
        await membership.DisposeAsync();
        await bus.DisposeAsync();
        closing.Dispose();
    }

    private Task Show(List<ProgressMessage> said)
    {
        foreach (var (taskToken, fraction, message, at) in said)
            Progress.Show(new TaskProgress(taskToken.Run, taskToken.Path, taskToken.Attempt, taskToken.Undo, fraction, message, at));
        return Task.CompletedTask;
    }
}
