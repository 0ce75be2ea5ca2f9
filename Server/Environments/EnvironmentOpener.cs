using System.Net;
using System.Text.Json;
using Orchestrator.Fleet.Clock;
using Orchestrator.Fleet.Files;
using Orchestrator.Infra.Connections;
using Orchestrator.Infra.Settings;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Files;

namespace Orchestrator.Server.Environments;

/// <summary>Opens a night: on a simulated cloud of its own, or on a cloud that runs already, whose clock it then adopts.</summary>
internal static class EnvironmentOpener
{
    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(15);

    private static string Default => Path.Combine(Installation.Runbooks, "fleets", "demo.yaml");

    /// <summary>
    /// The fleet file, read before anything starts; null when the cloud is elsewhere and tells its fleet itself.
    /// Throws <see cref="CommandException"/> with every problem of the file.
    /// </summary>
    /// <param name="goOn">The night that unfinished runs of the data folder take place in, or null.</param>
    public static FleetFile? ReadFleet(EnvironmentSettings request, SimulationOptions options, EnvironmentFile? goOn)
    {
        if ((request.Cloud ?? options.Cloud) is not null)
        {
            return request.Fleet is { } given ? new FleetFile(FleetFiles.Read(given), given) : null;
        }

        if (goOn is not null && request.Fleet is { } other && Path.GetFullPath(other) != goOn.Fleet)
        {
            throw CommandException.BadInput($"runs in this data folder are under way on the fleet {goOn.Fleet}; leave --fleet out to go on with them, or give another folder with --data DIR");
        }

        var file = goOn?.Fleet ?? request.Fleet ?? options.Fleet ?? Default;
        return new FleetFile(FleetFiles.Read(file), file);
    }

    /// <summary>Opens the night; where its origin says that a cloud is to be started, the caller does (<see cref="CloudProcess.Start"/>).</summary>
    /// <param name="fleet">From <see cref="ReadFleet"/>.</param>
    /// <param name="goOn">The night of an earlier process whose runs may be unfinished.</param>
    public static async Task<PromotionEnvironment> OpenAsync(
        FleetFile? fleet, EnvironmentSettings request, SimulationOptions options, InfraOptions infra, DataFolder data, EnvironmentFile? goOn, CancellationToken cancellationToken)
    {
        if (IsReal(fleet, request, options, infra))
        {
            CheckReal(request, goOn);
            return new PromotionEnvironment(null, null, EnvironmentOrigin.Elsewhere, fleet!)
            {
                SimulatedClusters = await WorldConnections.SimulatedAsync(infra, fleet!.Fleet.Clusters.Select(cluster => cluster.Id), cancellationToken),
            };
        }

        if ((request.Cloud ?? options.Cloud) is { } cloud)
        {
            var adopted = await AdoptAsync(cloud, cancellationToken);
            return new PromotionEnvironment(adopted, cloud, EnvironmentOrigin.Elsewhere, fleet ?? await AskFleetAsync(cloud, cancellationToken));
        }

        if (goOn is not null && await AnswersAsync(goOn.Cloud, goOn.Anchor, cancellationToken))
        {
            return new PromotionEnvironment(new EnvironmentClock(goOn.Anchor), goOn.Cloud, EnvironmentOrigin.GoesOn, fleet!);
        }

        // The earlier cloud is gone, with its machine say; the night at least does not run ahead of what the journal has seen.
        var start = goOn is not null ? new EnvironmentClock(goOn.Anchor).EnvironmentAt(data.EnvironmentTouched)
            : request.Start ?? options.Start ?? fleet!.Fleet.Start ?? TimeProvider.System.GetUtcNow();
        var anchor = new ClockAnchor(start, TimeProvider.System.GetUtcNow(), request.Speed ?? goOn?.Anchor.Speed ?? options.Speed);
        var environment = new EnvironmentFile(anchor, CloudProcess.FreeAddress(), Path.GetFullPath(fleet!.File));
        data.WriteEnvironment(environment);
        return new PromotionEnvironment(new EnvironmentClock(anchor), environment.Cloud, goOn is null ? EnvironmentOrigin.Fresh : EnvironmentOrigin.CloudLost, fleet);
    }

    /// <summary>Every cluster of the fleet has an address in the settings, and no cloud is named: nothing is left to simulate.</summary>
    public static bool IsReal(FleetFile? fleet, EnvironmentSettings request, SimulationOptions options, InfraOptions infra) =>
        (request.Cloud ?? options.Cloud) is null && fleet?.Fleet.Clusters is { Length: > 0 } clusters
        && clusters.All(cluster => infra.Clusters.GetValueOrDefault(cluster.Id) is { HasAddress: true });

    /// <summary>Throws <see cref="CommandException"/> for what only a simulation has.</summary>
    private static void CheckReal(EnvironmentSettings request, EnvironmentFile? goOn)
    {
        if (request.Speed is not null) throw CommandException.BadInput("--speed: Infra:Clusters has an address for each cluster of the fleet, and a real environment runs on the system clock; leave the option out");
        if (request.Start is not null) throw CommandException.BadInput("--start: Infra:Clusters has an address for each cluster of the fleet, and a real environment runs on the system clock; leave the option out");
        if (goOn is not null) throw CommandException.BadInput("this data folder has a night on a simulated cloud that is not over, and Infra:Clusters has an address for each cluster of the fleet; give another folder with --data DIR");
    }

    /// <summary>Whoever answers may answer anything, without end.</summary>
    private static HttpClient Client(Uri cloud) => new() { BaseAddress = cloud, Timeout = WaitLimit, MaxResponseContentBufferSize = 16 * 1024 * 1024 };

    /// <summary>A clock of some night between the years 2000 and 2200, at a speed that a simulated cloud takes.</summary>
    private static bool IsClock([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] ClockAnchor? anchor) =>
        anchor is { Speed: > 0 and <= 100_000, EnvironmentTime.Year: >= 2000 and < 2200, SystemTime.Year: >= 2000 and < 2200 };

    /// <summary>Waits until a cloud that was just started answers. Throws <see cref="CommandException"/> when it does not.</summary>
    public static async Task WhenCloudAnswersAsync(Uri cloud, ClockAnchor? anchor, CancellationToken cancellationToken)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (!await AnswersAsync(cloud, anchor, cancellationToken))
        {
            if (TimeProvider.System.GetElapsedTime(since) > WaitLimit * 4)
            {
                throw CommandException.NotReachable($"the simulated cloud that was started at {cloud} does not answer; try again, or start one with: orchestrator cloud, and give --cloud URL");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>True when the cloud of this night answers: another night's may have come to its port since. Null: any cloud will do.</summary>
    public static async Task<bool> AnswersAsync(Uri cloud, ClockAnchor? anchor, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = cloud, Timeout = WaitLimit };
        try
        {
            using var answer = await client.GetAsync(new Uri("sim/clock", UriKind.Relative), cancellationToken);
            return answer.IsSuccessStatusCode
                && (anchor is null || await answer.Content.ReadFromJsonAsync(EnvironmentJson.Default.ClockAnchor, cancellationToken) == anchor);
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>The fleet that a simulated cloud was started with; the default one when the cloud does not tell.</summary>
    private static async Task<FleetFile> AskFleetAsync(Uri cloud, CancellationToken cancellationToken)
    {
        using var client = Client(cloud);
        string text;
        try
        {
            using var answer = await client.GetAsync(new Uri("sim/fleet.yaml", UriKind.Relative), cancellationToken);
            if (!answer.IsSuccessStatusCode)
            {
                return new FleetFile(FleetFiles.Read(Default), Default);
            }

            text = await answer.Content.ReadAsStringAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw CommandException.NotReachable($"the cloud at {cloud} does not give its fleet: {exception.Message.TrimEnd('.')}. Say which it is with --fleet FILE", exception);
        }

        var result = FleetFileReader.Read($"{cloud}sim/fleet.yaml", text);
        return new FleetFile(result.Value ?? throw CommandException.Diagnostics(result.Diagnostics), $"{cloud}sim/fleet.yaml");
    }

    /// <summary>The clock that a simulated cloud publishes; null when the cloud has none, and so is a real one.</summary>
    private static async Task<EnvironmentClock?> AdoptAsync(Uri cloud, CancellationToken cancellationToken)
    {
        using var client = Client(cloud);
        try
        {
            using var answer = await client.GetAsync(new Uri("sim/clock", UriKind.Relative), cancellationToken);
            if (answer.StatusCode == HttpStatusCode.NotFound)
            {
                return null;
            }

            answer.EnsureSuccessStatusCode();
            var anchor = await answer.Content.ReadFromJsonAsync(EnvironmentJson.Default.ClockAnchor, cancellationToken);
            return IsClock(anchor) ? new EnvironmentClock(anchor) : throw CommandException.NotReachable(
                $"what answers at {cloud}sim/clock is no cloud of this program: a clock has night, wall and speed. Give --cloud the address of a simulated cloud, or of one that has no such page");
        }
        catch (JsonException exception)
        {
            throw CommandException.NotReachable(
                $"what answers at {cloud}sim/clock is no cloud of this program: {exception.Message.TrimEnd('.')}. Give --cloud the address of a simulated cloud, or of one that has no such page", exception);
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw CommandException.NotReachable(
                $"no cloud answers at {cloud}: {exception.Message.TrimEnd('.')}. Start one with: orchestrator cloud --port {cloud.Port}", exception);
        }
    }
}
