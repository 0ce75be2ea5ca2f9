using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Options;
using Orchestrator.Fleet.Clock;
using Orchestrator.Fleet.Files;
using Orchestrator.Infra.Connections;
using Orchestrator.Infra.Provisioning;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Environments;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Files;
using Orchestrator.Workflows.Hosting;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Server.Connections;

/// <summary>Tries everything that a server with these settings would work with, and changes nothing: neither in the world nor in the data folder.</summary>
internal sealed class ConnectionDoctor(Settings settings, DataFolder data, EnvironmentSettings request)
{
    /// <summary>Port 9 discards: of a cloud that is not running nothing is asked.</summary>
    private static readonly Uri NoCloud = new("http://127.0.0.1:9/");

    /// <summary>Room that a journal wants at least.</summary>
    private const long LeastSpace = 1L << 30;

    public async Task<ConnectionReport> CheckAsync(CancellationToken cancellationToken)
    {
        var (own, world) = (OwnAsync(cancellationToken), WorldAsync(cancellationToken));
        return ConnectionReport.Of([.. await own, .. await world]);
    }

    /// <summary>What servers share, and what is this one's own.</summary>
    private async Task<IEnumerable<ConnectionFinding>> OwnAsync(CancellationToken cancellationToken)
    {
        var store = settings.Workflows.Store is { } database ? StoreAsync(database, cancellationToken) : Task.FromResult(Folder());
        var bus = settings.Workflows.Bus is { } broker
            ? BusAsync(broker, cancellationToken)
            : Task.FromResult(new ConnectionFinding("bus", "broker", ConnectionStatus.NotConfigured, "one process is the only server"));
        return [await store, await bus];
    }

    private ConnectionFinding Folder()
    {
        if (data.FindServer() is { } server)
        {
            return new ConnectionFinding("store", "data folder", ConnectionStatus.Works, $"process {server.Pid} works on it since {server.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC, at {server.Url}") { Where = data.Path };
        }

        // The nearest folder that there is: nothing is made here.
        var folder = new DirectoryInfo(data.Path);
        while (!folder.Exists && folder.Parent is { } parent) folder = parent;
        if (!PrivateFolder.IsWritable(folder.FullName))
        {
            return new ConnectionFinding("store", "data folder", ConnectionStatus.Fails, $"{folder.FullName} cannot be written") { Where = data.Path, Fix = "Give it to the user that runs this, mount it for writing, or give another one with --data DIR" };
        }

        var space = new DriveInfo(folder.FullName).AvailableFreeSpace;
        var detail = string.Create(CultureInfo.InvariantCulture, $"SQLite, {(data.HasJournal ? $"a journal of {new FileInfo(data.Journal).Length / 1048576.0:0.#} MiB" : "no journal yet")}, {space / 1073741824.0:0.#} GiB free");
        return space < LeastSpace
            ? new ConnectionFinding("store", "data folder", ConnectionStatus.Limited, detail) { Where = data.Path, Fix = "Make room: a journal that cannot be written holds every run" }
            : new ConnectionFinding("store", "data folder", ConnectionStatus.Works, detail) { Where = data.Path };
    }

    private static async Task<ConnectionFinding> StoreAsync(string store, CancellationToken cancellationToken)
    {
        try
        {
            var (where, detail, warning) = await ServerConnections.StoreAsync(store, cancellationToken);
            return new ConnectionFinding("store", "database", warning is null ? ConnectionStatus.Works : ConnectionStatus.Limited, warning is null ? detail : $"{detail}; {warning.Split(": ")[0]}") { Where = where, Fix = warning };
        }
        catch (JournalUnavailableException exception)
        {
            return Said("store", "database", exception.Message);
        }
    }

    private static async Task<ConnectionFinding> BusAsync(string bus, CancellationToken cancellationToken)
    {
        try
        {
            var (where, detail) = await ServerConnections.BusAsync(bus, cancellationToken);
            return new ConnectionFinding("bus", "broker", ConnectionStatus.Works, detail) { Where = where };
        }
        catch (BusUnavailableException exception)
        {
            return Said("bus", "broker", exception.Message);
        }
    }

    /// <summary>A sentence whose last part says what to do.</summary>
    private static ConnectionFinding Said(string connection, string check, string sentence)
    {
        var end = sentence.LastIndexOf("; ", StringComparison.Ordinal);
        return end < 0 ? new ConnectionFinding(connection, check, ConnectionStatus.Fails, sentence) : new ConnectionFinding(connection, check, ConnectionStatus.Fails, sentence[..end]) { Fix = $"{char.ToUpperInvariant(sentence[end + 2])}{sentence[(end + 3)..]}" };
    }

    private async Task<IEnumerable<ConnectionFinding>> WorldAsync(CancellationToken cancellationToken)
    {
        var goOn = data.ReadEnvironment();
        PromotionEnvironment environment;
        var findings = new List<ConnectionFinding>();
        bool runs;
        try
        {
            var fleet = EnvironmentOpener.ReadFleet(request, settings.Simulation, goOn);
            (environment, runs) = await FindAsync(fleet, goOn, cancellationToken);
        }
        catch (CommandException exception) when (!exception.Located)
        {
            return [Said("environment", "simulated cloud", exception.Message)];
        }

        var all = environment.Fleet.Fleet;
        findings.Add(Describe(environment, runs, settings));
        var asked = all.Clusters.Where(cluster => runs || settings.Infra.Clusters.GetValueOrDefault(cluster.Id) is { HasAddress: true }).ToArray();
        var services = new ServiceCollection().AddSingleton(all).AddWorld(settings, environment, data, port: 0);
        if (environment.Clock is { } clock) services.AddSingleton(clock);
        await using var provider = services.BuildServiceProvider();
        var scope = new ConnectionScope(
            [.. asked.Select(cluster => cluster.Id)],
            [.. asked.Where(cluster => cluster.Kind == ClusterKind.Batch).Select(cluster => cluster.Id)],
            Alibaba: runs || !WorldServices.SimulatesAlibaba(settings.Infra, environment.OnSimulatedCloud),
            Metrics: runs || settings.Infra.Metrics is not { Prometheus: null, Scrape.Count: 0 });
        try
        {
            findings.AddRange(await provider.GetRequiredService<WorldConnections>().CheckAsync(scope, cancellationToken));
            findings.Add(await StacksAsync(provider.GetRequiredService<ChosenStacks>(), cancellationToken));
        }
        catch (OptionsValidationException invalid)
        {
            throw CommandException.BadInput(string.Join(Environment.NewLine, invalid.Failures.Select(failure => $"Infra:{failure}")));
        }

        return findings;
    }

    /// <summary>Which engine runs the stacks; the executable is asked for its version where it could be that one.</summary>
    private static async Task<ConnectionFinding> StacksAsync(ChosenStacks stacks, CancellationToken cancellationToken)
    {
        try
        {
            var choice = await stacks.ChoiceAsync(cancellationToken);
            return new ConnectionFinding("stacks", $"{choice.Engine} engine", ConnectionStatus.Works, choice.Reason);
        }
        catch (StackEngineException exception)
        {
            var end = exception.Message.IndexOf(". ", StringComparison.Ordinal);
            return new ConnectionFinding("stacks", "pulumi executable", ConnectionStatus.Fails, end < 0 ? exception.Message : exception.Message[..end]) { Fix = end < 0 ? null : exception.Message[(end + 2)..] };
        }
    }

    /// <summary>The environment as <c>serve</c> would find it, without starting a cloud.</summary>
    /// <returns>It, and whether its cloud answers; a real one has none, and is asked.</returns>
    private async Task<(PromotionEnvironment Environment, bool Runs)> FindAsync(FleetFile? fleet, EnvironmentFile? goOn, CancellationToken cancellationToken)
    {
        var named = request.Cloud ?? settings.Simulation.Cloud;
        if (named is not null || EnvironmentOpener.IsReal(fleet, request, settings.Simulation, settings.Infra))
        {
            return (await EnvironmentOpener.OpenAsync(fleet, request, settings.Simulation, settings.Infra, data, null, cancellationToken), true);
        }

        if (goOn is not null && await EnvironmentOpener.AnswersAsync(goOn.Cloud, goOn.Anchor, cancellationToken))
        {
            return (new PromotionEnvironment(new EnvironmentClock(goOn.Anchor), goOn.Cloud, EnvironmentOrigin.GoesOn, fleet!), true);
        }

        return (new PromotionEnvironment(EnvironmentClock.StartingNow(), NoCloud, EnvironmentOrigin.Fresh, fleet!), false);
    }

    private static ConnectionFinding Describe(PromotionEnvironment environment, bool runs, Settings settings)
    {
        var fleet = environment.Fleet.Fleet;
        var clusters = $"fleet {fleet.Name}: {string.Join(", ", fleet.Clusters.Select(cluster => cluster.Id))}";
        return environment switch
        {
            { OnSimulatedCloud: false } => new ConnectionFinding("environment", "fleet", ConnectionStatus.Works, $"{clusters}; Infra:Clusters has an address for each") { Where = environment.Fleet.File },
            _ when runs => new ConnectionFinding("environment", "simulated cloud", ConnectionStatus.Works, $"{clusters}, at {environment.Speed:0.##} times the system clock's speed") { Where = environment.Cloud!.ToString(), Simulated = true },
            _ => new ConnectionFinding("environment", "simulated cloud", ConnectionStatus.NotConfigured, $"{clusters}; serve and run start a simulated cloud for what has no address") { Where = environment.Fleet.File, Simulated = true, Fix = Missing(fleet, settings) },
        };
    }

    private static string Missing(FleetDefinition fleet, Settings settings) =>
        $"For a real environment give addresses in Infra:Clusters for {string.Join(", ", fleet.Clusters.Where(cluster => settings.Infra.Clusters.GetValueOrDefault(cluster.Id) is not { HasAddress: true }).Select(cluster => cluster.Id))} (docs/connect.md)";
}
