using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orchestrator.Simulation.Messaging;
using Orchestrator.Simulation.Storage;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Simulation.Machine;

/// <summary>What a server's processes are started on.</summary>
internal sealed record Ground(
    Timeline Timeline, Broker Broker, Func<string, int, Life> Begin, Func<Life, StoreFaults, StoreConnection> Connect,
    ActivityRegistry Activities, RunbookSource Runbooks, Func<WorkflowOptions> Options, Func<string> NewInstance, ILoggerFactory Loggers);

/// <summary>A machine with a process of the engine on it, which ends and starts again.</summary>
internal sealed class Server(string name, int number, ServerRoles roles, Ground ground)
{
    private static readonly TimeSpan waitLimit = TimeSpan.FromSeconds(30);

    public string Name => name;

    public int Number => number;

    public MachineClock Clock { get; } = new();

    public StoreFaults Store { get; } = new();

    public Life? Life { get; private set; }

    public EngineServer? Engine { get; private set; }

    public StoreConnection? Journal { get; private set; }

    public BrokerLink? Link { get; private set; }

    /// <summary>Its process is up, and takes requests.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>The broker is to be out of reach.</summary>
    public bool BrokerCut { get; set; }

    /// <summary>Of the binary that is installed here: the newest format that it knows.</summary>
    public int ProtocolVersion { get; set; } = ProtocolVersions.Newest;

    /// <summary>Whether a decision on a run throws, by what is decided on.</summary>
    public Func<RunId, string, bool> TurnFails { get; set; } = static (_, _) => false;

    /// <summary>Called with each process that has opened.</summary>
    public Action<Server> Opened { get; init; } = static _ => { };

    private bool IsUp => Life is { IsAlive: true };

    public void Start()
    {
        if (IsUp) return;
        var life = Life = ground.Begin(name, number);
        life.Post(_ => _ = OpenAsync(life), null);
    }

    /// <summary>Between two of its steps.</summary>
    public void Crash()
    {
        if (Life is not { IsAlive: true } life) return;
        if (ground.Timeline.History.IsTraced) ground.Timeline.History.Say(name, "CRASH");
        life.End();
        IsOpen = false;
        if (Link is { } link) ground.Broker.Drop(link);
    }

    /// <summary>As on SIGTERM; when it does not end in time it is killed.</summary>
    public void Stop()
    {
        if (Life is not { IsAlive: true } life || Engine is not { } engine || !IsOpen) return;
        if (ground.Timeline.History.IsTraced) ground.Timeline.History.Say(name, "STOP");
        life.Post(_ => _ = CloseAsync(life, engine), null);
        ground.Timeline.After(waitLimit, life, Crash);
    }

    private async Task OpenAsync(Life life)
    {
        try
        {
            var time = Clock.For(life);
            var options = ground.Options();
            options.ServerName = name;
            options.Roles = roles;
            options.ProtocolVersion = ProtocolVersion;
            options.Deciding = (run, turn) =>
            {
                if (TurnFails(run, turn)) throw new InvalidOperationException($"the simulation has {turn} fail");
            };
            Journal = ground.Connect(life, Store);
            Link = new BrokerLink(ground.Broker, life);
            if (BrokerCut) Link.Cut(off: true);
            Engine = new EngineServer(Journal, Link, new Clocks(time, time), options, life.Executor, new Services(ground), ground.Loggers, ground.NewInstance);
            await Engine.OpenAsync(CancellationToken.None);
            IsOpen = true;
            if (ground.Timeline.History.IsTraced) ground.Timeline.History.Say(name, "open");
            Opened(this);
            _ = UpgradeWhenRefusedAsync(life, Engine);
        }
        catch (Exception error)
        {
            // As a supervisor does: it starts the process again.
            if (ground.Timeline.History.IsTraced) ground.Timeline.History.Say(name, $"did not open: {error.Message}");
            if (error is ProtocolVersionRefusedException) ProtocolVersion = ProtocolVersions.Newest;
            Crash();
        }
    }

    /// <summary>The process ends when it may not come back, and whoever keeps the machine installs the newer binary.</summary>
    private async Task UpgradeWhenRefusedAsync(Life life, EngineServer engine)
    {
        await engine.Refused;
        ProtocolVersion = ProtocolVersions.Newest;
        if (life.IsAlive) Crash();
    }

    private async Task CloseAsync(Life life, EngineServer engine)
    {
        try
        {
            await engine.DrainAsync(CancellationToken.None);
            IsOpen = false;
            await engine.DisposeAsync();
        }
        catch (Exception error)
        {
            if (ground.Timeline.History.IsTraced) ground.Timeline.History.Say(name, $"did not close well: {error.Message}");
        }

        if (life.IsAlive) Crash();
    }

    private sealed class Services(Ground ground) : IServiceProvider, IServiceScopeFactory, IServiceScope
    {
        public IServiceProvider ServiceProvider => this;

        public object? GetService(Type serviceType) =>
            serviceType == typeof(ActivityRegistry) ? ground.Activities
            : serviceType == typeof(RunbookSource) ? ground.Runbooks
            : serviceType == typeof(IServiceScopeFactory) ? this
            : null;

        public IServiceScope CreateScope() => this;

        public void Dispose()
        {
        }
    }
}
