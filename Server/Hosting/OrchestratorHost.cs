using System.Net;
using System.Net.Sockets;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;
using Orchestrator.Activities;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Infra.Provisioning.State;
using Orchestrator.Infra.Settings;
using Orchestrator.Server.Api;
using Orchestrator.Server.Approvals;
using Orchestrator.Server.Audit;
using Orchestrator.Server.Bus;
using Orchestrator.Server.Catalog;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Decisions;
using Orchestrator.Server.Emergency;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Files;
using Orchestrator.Server.FleetViews;
using Orchestrator.Server.Identity;
using Orchestrator.Server.Inspections;
using Orchestrator.Server.Logging;
using Orchestrator.Server.Monitoring;
using Orchestrator.Server.Environments;
using Orchestrator.Server.Servers;
using Orchestrator.Server.Pipeline;
using Orchestrator.Server.Projections;
using Orchestrator.Server.Runbooks;
using Orchestrator.Server.Runs;
using Orchestrator.Server.Schedules;
using Orchestrator.Server.SignIn;
using Orchestrator.Server.Streams;
using Orchestrator.Server.Studio;
using Orchestrator.Server.Telemetry;
using Orchestrator.Server.Wall;
using Orchestrator.Server.Work;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Hosting;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Rules;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Scheduling;
using Orchestrator.Workflows.Scheduling.Policy;

namespace Orchestrator.Server.Hosting;

/// <summary>All roles of the system in this process: API, engine, workers, and a simulated cloud unless there is one elsewhere.</summary>
internal sealed partial class OrchestratorHost : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly DataFolder _data;

    /// <summary>Port 9 discards: nothing that only reads asks a cloud.</summary>
    private static readonly Uri NoCloud = new("http://127.0.0.1:9/");

    private bool _reads;

    private OrchestratorHost(WebApplication application, DataFolder data, PromotionEnvironment environment) => (_application, _data, PromotionEnvironment) = (application, data, environment);

    public PromotionEnvironment PromotionEnvironment { get; }

    public Engine Engine => _application.Services.GetRequiredService<Engine>();

    public IServiceProvider Services => _application.Services;

    /// <summary>Where the API answers.</summary>
    public Uri Url => new(_application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public static async Task<OrchestratorHost> StartAsync(Settings settings, HostRequest request, CancellationToken cancellationToken)
    {
        var host = await OpenAsync(settings, request, cancellationToken);
        if (host.PromotionEnvironment.Origin is EnvironmentOrigin.GoesOn or EnvironmentOrigin.CloudLost && !await host.HasOpenRunsAsync(cancellationToken))
        {
            // A killed process left its night behind, and nothing in it is unfinished: begin one of our own.
            await host.StopAsync(cancellationToken);
            await host.DisposeAsync();
            host = await OpenAsync(settings, request, cancellationToken);
        }

        return host;
    }

    /// <summary>The API over a data folder that no process works on, for looking things up in its journal.</summary>
    public static async Task<OrchestratorHost> StartReadingAsync(Settings settings, DataFolder data, CancellationToken cancellationToken)
    {
        PrivateFolder.RestrictNewFiles();
        var request = new HostRequest(data, 0) { Runbooks = [settings.Server.Runbooks ?? Installation.Runbooks], Reading = true };
        var environment = new PromotionEnvironment(null, NoCloud, EnvironmentOrigin.Elsewhere, EnvironmentOpener.ReadFleet(request.PromotionEnvironment, new SimulationOptions { Fleet = settings.Simulation.Fleet }, data.ReadEnvironment())!);
        var application = Build(settings, request, environment, Profiles.Load(request.Runbooks[0]), log: null);
        try
        {
            await application.StartAsync(cancellationToken);
            return new OrchestratorHost(application, data, environment) { _reads = true };
        }
        catch (Exception exception)
        {
            await application.DisposeAsync();
            throw Explain(exception, request, settings.Workflows.Store);
        }
    }

    private static async Task<OrchestratorHost> OpenAsync(Settings settings, HostRequest request, CancellationToken cancellationToken)
    {
        if (settings.Workflows is { Bus: not null, Store: null })
            throw CommandException.BadInput("servers that share a bus share a store too: give --store with the PostgreSQL database that holds the journal");

        SimulatedPeople.Check(settings, request);
        var goOn = request.Data.ReadEnvironment();
        var fleet = EnvironmentOpener.ReadFleet(request.PromotionEnvironment, settings.Simulation, goOn);
        if (settings.Workflows.Bus is not null && (request.PromotionEnvironment.Cloud ?? settings.Simulation.Cloud) is null && !EnvironmentOpener.IsReal(fleet, request.PromotionEnvironment, settings.Simulation, settings.Infra))
            throw CommandException.BadInput("servers that share a bus work on one environment: give --fleet, and an address for each of its clusters in Infra:Clusters; or --cloud with the address of a simulated cloud, which starts with: orchestrator cloud");

        var profiles = Profiles.Load(settings.Server.Runbooks ?? Installation.Runbooks);
        request.Data.Create(holdsJournal: settings.Workflows.Store is null);
        var environment = await EnvironmentOpener.OpenAsync(fleet, request.PromotionEnvironment, settings.Simulation, settings.Infra, request.Data, goOn, cancellationToken);
        SimulatedPeople.Check(request, environment);
        var startsCloud = environment.Origin is EnvironmentOrigin.Fresh or EnvironmentOrigin.CloudLost;
        if (startsCloud && request.CloudFirst)
        {
            CloudProcess.Start(request.Data);
        }

        var log = settings.Log.File ? new LogFile(request.Data.Log, settings.Log.FileLimit) : null;
        var application = Build(settings, request, environment, profiles, log);
        try
        {
            await application.StartAsync(cancellationToken);
            log?.Open();
            if (startsCloud && !request.CloudFirst)
            {
                CloudProcess.Start(request.Data);
            }

            var host = new OrchestratorHost(application, request.Data, environment);
            await host.TellOfLaterRunsAsync(cancellationToken);
            request.Data.WriteServer(host.Url, TimeProvider.System.GetUtcNow());
            return host;
        }
        catch (Exception exception)
        {
            if (exception is not JournalUnavailableException { InUse: true }) log?.Open();
            await application.DisposeAsync();
            if (environment.Origin == EnvironmentOrigin.Fresh)
            {
                request.Data.DeleteEnvironment();
            }

            throw Explain(exception, request, settings.Workflows.Store);
        }
    }

    /// <summary>
    /// A night that begins before what the journal holds has ended is not the one that its facts are of: the fleet and the ledger would
    /// mix both. Nothing is refused: its operator may want to look at the old runs beside the new ones.
    /// </summary>
    private async Task TellOfLaterRunsAsync(CancellationToken cancellationToken)
    {
        if (PromotionEnvironment.Origin is EnvironmentOrigin.GoesOn or EnvironmentOrigin.CloudLost || (await Engine.ListAsync(new RunQuery { Limit = 1 }, cancellationToken)).Runs is not [var last]) return;

        var (at, now) = (last.EndedAt ?? last.StartedAt, PromotionEnvironment is { Origin: EnvironmentOrigin.Fresh, Clock.Anchor.EnvironmentTime: var begin } ? begin : PromotionEnvironment.Time.GetUtcNow());
        if (at - now <= TimeSpan.FromMinutes(1)) return;

        LogLaterRuns(_application.Logger, last.Run, at, now);
        var (whose, fix) = PromotionEnvironment.Origin == EnvironmentOrigin.Fresh
            ? ("this night, on a simulated cloud of its own, begins at", $"with --start {at.AddMinutes(1).UtcDateTime:yyyy-MM-ddTHH:mm}Z or later")
            : PromotionEnvironment.Cloud is { } cloud ? ($"the clock of the cloud at {cloud} says", "give --cloud the one that the runs were on")
            : ("the system clock says", "go on with the environment that the runs were on");
        await Console.Error.WriteLineAsync(string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"orchestrator: the journal of {_data.Path} holds runs up to {at.UtcDateTime:yyyy-MM-dd HH:mm} UTC, and {whose} {now.UtcDateTime:yyyy-MM-dd HH:mm}: fleet and ledger mix the facts of two clouds; begin with an empty folder (--data DIR), or {fix}"));
    }

    private async Task<bool> HasOpenRunsAsync(CancellationToken cancellationToken) =>
        !(await Engine.ListAsync(new RunQuery { Open = true, Limit = 1 }, cancellationToken)).Runs.IsEmpty;

    private async Task<bool> IsOverAsync(CancellationToken cancellationToken)
    {
        try
        {
            return !await HasOpenRunsAsync(cancellationToken);
        }
        catch (JournalUnavailableException)
        {
            // Whether runs are open cannot be read any more: then none of theirs is thrown away.
            return false;
        }
    }

    /// <summary>Stops taking work, lets what is written be written, and leaves everything so that a later process goes on.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var over = PromotionEnvironment.Own && await IsOverAsync(cancellationToken);
        try
        {
            await _application.StopAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The journal holds everything already: a bus that cannot take its leave costs nobody anything.
            LogStop(_application.Logger, exception);
        }

        if (over)
        {
            _data.DeleteEnvironment();
        }
    }

    /// <summary>Completes when the host is told to stop, or has to: the others have gone on to what this version does not know.</summary>
    public Task WhenStoppingAsync() => Task.WhenAny(_application.WaitForShutdownAsync(), Engine.Refused);

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        if (!_reads)
        {
            _data.DeleteServer();
        }
    }

    /// <param name="log">Null: no file is written.</param>
    private static WebApplication Build(Settings settings, HostRequest request, PromotionEnvironment environment, ProfileSet profiles, LogFile? log)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "orchestrator" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = ProblemResponses.LargestBody;
            kestrel.Listen(IPAddress.Loopback, request.Port);
        });
        // What only reads logs nothing: nothing of the folder is its own, and its standard output is an answer.
        if (!request.Reading) builder.Logging.AddLog(settings.Log, settings.Workflows.ServerName, settings.Log.OutputOf(request.HasView), log);
        if (!request.Reading) builder.AddTelemetry(settings.Telemetry, settings.Workflows.ServerName);
        AddServices(builder.Services, settings, request, environment, profiles);
        var application = builder.Build();
        application.UseResponseHeaders();
        application.UseProblems();
        application.UseLoopbackGuard();
        application.UseHealth();
        application.UseRouting();
        if (!request.Reading) application.MapMetrics();
        if (!settings.Workflows.Roles.HasFlag(ServerRoles.Api)) return application;

        application.UseAccessGuard();
        application.UseStoreGuard();
        application.UseStudio();
        var api = application.MapGroup("").AddEndpointFilter<GivenBounds>();
        api.MapRuns();
        api.MapGraph();
        api.MapRunInputs();
        api.MapRunbooks();
        api.MapCatalog();
        api.MapIdentity();
        api.MapApprovals();
        api.MapDecisions();
        api.MapFleet();
        api.MapSchedules();
        api.MapServers();
        api.MapBus();
        api.MapWall();
        api.MapEmergency();
        api.MapInspections();
        api.MapAudit();
        api.MapStreams();
        application.MapOpenApi();
        return application;
    }

    private static void AddServices(IServiceCollection services, Settings settings, HostRequest request, PromotionEnvironment environment, ProfileSet profiles)
    {
        services.AddRoutingCore();
        // The tasks that a stop leaves time for, and then the rest of it.
        services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.Workflows.DrainTime + TimeSpan.FromSeconds(15));
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.AddApiDescription();
        services.ConfigureHttpJsonOptions(json =>
        {
            // Numbers are numbers: without this the description offers every one as a string too.
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            json.SerializerOptions.Converters.Add(new MaskedElement());
            var chain = json.SerializerOptions.TypeInfoResolverChain;
            chain.Insert(0, RunsJson.Default);
            chain.Insert(0, ApprovalsJson.Default);
            chain.Insert(0, DecisionsJson.Default);
            chain.Insert(0, RunbooksJson.Default);
            chain.Insert(0, FleetJson.Default);
            chain.Insert(0, ProblemJson.Default);
            chain.Insert(0, CatalogJson.Default);
            chain.Insert(0, IdentityJson.Default);
            chain.Insert(0, GraphJson.Default);
            chain.Insert(0, ServersJson.Default);
            chain.Insert(0, BusJson.Default);
            chain.Insert(0, WallJson.Default);
            chain.Insert(0, SchedulesJson.Default);
            chain.Insert(0, EmergencyJson.Default);
            chain.Insert(0, InspectionsJson.Default);
            chain.Insert(0, TimelineJson.Default);
            chain.Insert(0, AuditJson.Default);
        });
        services.AddSingleton(new Clocks(environment.Time, TimeProvider.System));
        services.Configure<WorkflowOptions>(settings.Section("Workflows")).AddWorkflows(options => Derive(options, request));
        if (environment.Clock is { } environmentClock) services.AddSingleton(environmentClock);
        services.AddSingleton<IStackStates>(provider => new JournalStates(
            provider.GetRequiredService<Engine>(), new FolderStates(request.Data.Path, TimeProvider.System), TimeProvider.System));
        services.AddWorld(settings, environment, request.Data, request.Port);
        services.AddActivities();
        services.AddSingleton(provider => new RunbookCatalog(
            provider.GetRequiredService<Workflows.Model.Activities.ActivityCatalog>(), provider.GetServices<IRunbookRule>(),
            [.. request.Runbooks.Select(folder => new RunbookFolder(folder, provider.GetRequiredService<ILogger<RunbookFolder>>()))],
            () => provider.GetRequiredService<PublishedVersions>().Current, environment.Fleet.Fleet));
        services.AddSingleton<PublishedVersions>();
        services.AddSingleton(provider => RunbookCatalog.ToSource(provider.GetRequiredService<RunbookCatalog>, provider.GetRequiredService<PublishedVersions>));
        services.AddSingleton(provider => CatalogTriggers.ToSource(provider.GetRequiredService<RunbookCatalog>, provider.GetRequiredService<PublishedVersions>));
        services.Configure<TriggerOptions>(settings.Section("Schedules")).AddTriggers(options => Derive(options, settings, request, environment));
        if (Role(settings, request) == ScheduleRole.Fires) services.AddTriggerScheduler();
        services.AddSingleton(environment).AddSingleton(request.Data);
        services.AddSingleton(settings).AddSingleton(new AccessTable(settings.EmergencyRoles));
        services.AddSingleton<ProjectionSet>().AddSingleton<RunViews>().AddSingleton<Estimates>().AddSingleton<LastProgress>();
        services.AddSingleton<OpenWork>().AddSingleton<OpenApprovals>().AddSingleton<Delegations>().AddSingleton<Blockage>().AddSingleton<WallReader>();
        services.AddSingleton<DecisionInbox>().AddSingleton<RejectionForecast>().AddSingleton<DueTriggers>().AddSingleton<TrafficReadings>().AddSingleton<EmergencyHold>();
        services.AddHostedService(provider => provider.GetRequiredService<EmergencyHold>());
        services.AddSingleton<FleetViewer>().AddSingleton<ClusterSurveys>().AddSingleton<EmergencyPlans>().AddSingleton<EmergencyTrigger>().AddSingleton<AuditTrail>().AddSingleton<RefusalAudit>();
        services.AddHostedService(provider => provider.GetRequiredService<LastProgress>());
        services.AddHostedService<OrderKeeper>();
        services.AddHostedService<AutomaticTrigger>();
        services.AddSingleton(environment.Fleet.Fleet).AddSingleton(profiles);
        if (environment.Own)
        {
            services.AddHostedService(_ => new EnvironmentKeeper(request.Data, TimeProvider.System));
        }

        var (people, comment) = SimulatedPeople.Of(settings, request, environment);
        services.AddHostedService(provider => ActivatorUtilities.CreateInstance<ApprovalPeople>(provider, people, comment));
    }

    /// <summary>What no file says: where this process keeps what is its own, and what it was asked for.</summary>
    private static void Derive(WorkflowOptions options, HostRequest request)
    {
        options.DataDirectory = options.Store is null ? request.Data.Path : null;
        options.Marks = request.Reading ? null : request.Data.Path;
        options.ReadOnly = request.Reading;
        options.AcceptLoss = request.AcceptLoss;
        foreach (var run in request.Quarantine) options.Quarantine.Add(run);
        // Written "key: value" too.
        for (var index = 0; index < options.Tags.Count; index++) options.Tags[index] = WorkerTags.Parse(options.Tags[index]) ?? options.Tags[index];
    }

    private static void Derive(TriggerOptions options, Settings settings, HostRequest request, PromotionEnvironment environment)
    {
        options.Role = Role(settings, request);
        options.Store = settings.Workflows.Store;
        options.DataDirectory = request.Data.Path;
        options.ServerName = settings.Workflows.ServerName;
        // Two nights may live through the same hours: what fired in one has not fired in the other.
        options.Timeline = environment.Clock is { Anchor: var anchor } ? $"night {anchor.EnvironmentTime.UtcTicks} {anchor.SystemTime.UtcTicks}" : options.Timeline;
        options.Speed = environment.Speed;
    }

    private static ScheduleRole Role(Settings settings, HostRequest request) =>
        request.Reading ? ScheduleRole.Reads : request.FiresTriggers && settings.Workflows.Roles.HasFlag(ServerRoles.Engine) ? ScheduleRole.Fires : ScheduleRole.Serves;

    private static Exception Explain(Exception exception, HostRequest request, string? store) => exception switch
    {
        IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } or SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } =>
            CommandException.NotReachable($"port {request.Port} is taken; give another one with --port P", exception),
        OptionsValidationException invalid => CommandException.BadInput(string.Join(Environment.NewLine, invalid.Failures.Select(failure => invalid.OptionsType == typeof(InfraOptions) ? $"Infra:{failure}" : failure))),
        JournalUnavailableException { InUse: true } => request.Data.InUse(exception),
        JournalUnavailableException when store is null => CommandException.NotReachable($"{exception.Message} (another one: --data DIR)", exception),
        JournalUnavailableException or BusUnavailableException or ServerNameTakenException or ProtocolVersionRefusedException => CommandException.NotReachable(exception.Message, exception),
        _ => exception,
    };

    [LoggerMessage(EventId = 9031, Level = LogLevel.Warning, Message = "The journal holds run {RunId} of {At:u}, later than the cloud's clock, {Now:u}: its facts are of another cloud")]
    private static partial void LogLaterRuns(ILogger logger, RunId runId, DateTimeOffset at, DateTimeOffset now);

    [LoggerMessage(EventId = 9032, Level = LogLevel.Warning, Message = "Something did not stop in order; nothing is lost")]
    private static partial void LogStop(ILogger logger, Exception exception);
}
