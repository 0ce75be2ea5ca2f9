using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution.Bus;
using Orchestrator.Workflows.Execution.Decisions;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Execution.Progress;
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

/// <summary>The parts of one node, put together on a journal and a transport; a simulation puts several on one of each.</summary>
internal sealed class EngineNode : IAsyncDisposable
{
    private readonly MessageBus bus;
    private readonly Sweeper sweeper;
    private readonly ShardKeeper keeper;
    private readonly OwnMembership membership;
    private readonly Dispatcher dispatcher;

    /// <param name="newInstance">Names each start of a node; null: by chance. A simulation gives names that a seed gives again.</param>
    public EngineNode(
        IJournal journal, ITransport transport, Clocks clocks, WorkflowOptions options, Executor executor, IServiceProvider services, ILoggerFactory loggers,
        Func<string>? newInstance = null)
    {
        newInstance ??= static () => Guid.NewGuid().ToString("N")[..12];
        Options = options;
        var tags = options.Tags.Order(StringComparer.Ordinal).ToList();
        var slots = options.Roles.HasFlag(NodeRoles.Worker) ? options.NormalConcurrency : 0;
        var map = new ClusterMap(new NodeInfo(options.Node, newInstance(), options.Roles, [.. tags], slots, Version) { Origin = ProcessOrigin.Own, Format = options.Format });
        bus = new MessageBus(transport, map, executor, clocks.Wall, loggers);
        Directory = new RunDirectory(
            journal, new Interpreter(new ExpressionEvaluator()), new RunbookVersions(journal, services.GetService<RunbookSource>()), map, clocks, options, executor, loggers.CreateLogger<Engine>());
        dispatcher = Directory.Dispatcher = new Dispatcher(Directory, bus, loggers.CreateLogger<Dispatcher>()) { Ended = summary => Ended(summary) };
        Directory.Relay = new Relay(Directory, bus, loggers.CreateLogger<Relay>());
        if (options.Roles.HasFlag(NodeRoles.Worker))
        {
            Worker = new Worker(
                services.GetRequiredService<ActivityRegistry>(), services.GetRequiredService<IServiceScopeFactory>(), journal, bus, map, clocks, options, executor, loggers.CreateLogger<Worker>());
        }

        sweeper = new Sweeper(Directory, loggers.CreateLogger<Sweeper>());
        keeper = new ShardKeeper(Directory, sweeper, bus, Worker, loggers.CreateLogger<ShardKeeper>());
        membership = new OwnMembership(journal.Members, map, keeper, clocks.Wall, options, newInstance, loggers.CreateLogger<OwnMembership>());
        if (options.Roles.HasFlag(NodeRoles.Engine)) new EngineDesk(Directory, bus, loggers.CreateLogger<EngineDesk>()).Listen();
        Directory.Relay.Listen();
        Worker?.Listen();
        bus.Receive<ProgressMessage>(Queues.Node(options.Node), QueueKind.Passing, Show);
    }

    public WorkflowOptions Options { get; }

    public RunDirectory Directory { get; }

    public Worker? Worker { get; }

    public ProgressBoard Progress { get; } = new();

    /// <summary>Called with the summary of each run that ends here.</summary>
    public Action<RunSummary> Ended { get; init; } = _ => { };

    /// <summary>Null: the node works; else what is wrong, for an operator.</summary>
    public string? Trouble => StoreTrouble?.What ?? bus.Trouble;

    /// <summary>Null: the store hears this node and takes what it is asked; else what is wrong.</summary>
    public StoreTrouble? StoreTrouble => membership.Trouble ?? Directory.Journal.Trouble;

    /// <inheritdoc cref="OwnMembership.Refused"/>
    public Task<FormatRefusedException> Refused => membership.Refused;

    private static string Version { get; } = typeof(EngineNode).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await bus.StartAsync(cancellationToken);
        dispatcher.Timers.Start();
        Worker?.Start();
        await membership.StartAsync(cancellationToken);
        // Here as well, for a server that has no shards yet: the others are to know what it died of.
        await Directory.Crashes.RefreshAsync(cancellationToken);
        sweeper.Start();
        _ = LeaveToOthersAsync();
    }

    /// <summary>What a node that may not come back still took would only go round.</summary>
    private async Task LeaveToOthersAsync()
    {
        await Refused;
        await bus.StopReceivingAsync(QueueKind.Shared, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Takes no new work, and gives what this node has to the others as soon as nothing is half done.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        // Alone in its process and its store it would only give up what its next start takes again.
        if (!bus.IsDurable || Refused.IsCompleted) return;

        membership.Retreat();
        if (Worker is { } worker) await worker.DrainAsync(Options.DrainTime);
        await membership.DrainAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await sweeper.DisposeAsync();
        await dispatcher.Timers.DisposeAsync();
        if (Worker is { } worker) await worker.DisposeAsync();
        await keeper.DisposeAsync();
        await Directory.DisposeAsync();
        await membership.DisposeAsync();
        await bus.DisposeAsync();
    }

    private Task Show(List<ProgressMessage> said)
    {
        foreach (var (stamp, fraction, message, at) in said)
            Progress.Show(new TaskProgress(stamp.Run, stamp.Path, stamp.Attempt, stamp.Undo, fraction, message, at));
        return Task.CompletedTask;
    }
}
