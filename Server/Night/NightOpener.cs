using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Fleet.Files;
using Orchestrator.Infra.Clock;
using Orchestrator.Infra.Simulator;
using Orchestrator.Server.Hosting;

namespace Orchestrator.Server.Night;

/// <summary>What a night can be told on the command line; null takes the setting.</summary>
internal sealed record NightRequest
{
    public string? Fleet { get; init; }

    public double? Speed { get; init; }

    public DateTimeOffset? Start { get; init; }

    public Uri? Cloud { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(NightAnchor))]
internal sealed partial class NightJson : JsonSerializerContext;

/// <summary>Opens a night: on a simulated cloud of this process, or on a cloud that runs already, whose clock it then adopts.</summary>
internal static class NightOpener
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static string Default => Path.Combine(Installation.Runbooks, "fleets", "demo.yaml");

    /// <summary>
    /// The fleet file, read before anything starts; null when the cloud is elsewhere and tells its fleet itself.
    /// Throws <see cref="CommandException"/> with every problem of the file.
    /// </summary>
    /// <param name="goOn">The night that unfinished runs of the data folder take place in, or null.</param>
    public static FleetFile? ReadFleet(NightRequest request, SimulationOptions options, NightFile? goOn)
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

    /// <param name="fleet">From <see cref="ReadFleet"/>.</param>
    /// <param name="goOn">The night of an earlier process whose runs are unfinished: it goes on where that one left it.</param>
    public static async Task<PromotionNight> OpenAsync(
        FleetFile? fleet, NightRequest request, SimulationOptions options, NightFile? goOn, CancellationToken cancellationToken)
    {
        if ((request.Cloud ?? options.Cloud) is { } cloud)
        {
            var adopted = await AdoptAsync(cloud, cancellationToken);
            return new PromotionNight(adopted, cloud, null, fleet ?? await AskFleetAsync(cloud, cancellationToken));
        }

        var own = fleet!;
        var start = goOn?.At ?? request.Start ?? options.Start ?? own.Fleet.Night ?? TimeProvider.System.GetUtcNow();
        var clock = NightClock.StartingNow(request.Speed ?? goOn?.Speed ?? options.Speed, start);
        var simulated = await SimulatedCloud.StartAsync(
            new SimulatedCloudOptions { Fleet = own.Fleet, Night = clock, Delays = options.Delays, Seed = options.Seed }, cancellationToken);
        return new PromotionNight(clock, simulated.BaseAddress, simulated, own);
    }

    /// <summary>The fleet that a simulated cloud was started with; the default one when the cloud does not tell.</summary>
    private static async Task<FleetFile> AskFleetAsync(Uri cloud, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = cloud, Timeout = Patience };
        using var answer = await client.GetAsync(new Uri("sim/fleet.yaml", UriKind.Relative), cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            return new FleetFile(FleetFiles.Read(Default), Default);
        }

        var result = FleetFileReader.Read($"{cloud}sim/fleet.yaml", await answer.Content.ReadAsStringAsync(cancellationToken));
        return new FleetFile(result.Value ?? throw CommandException.Problems(result.Problems), $"{cloud}sim/fleet.yaml");
    }

    /// <summary>The clock that a simulated cloud publishes; null when the cloud has none, and so is a real one.</summary>
    private static async Task<NightClock?> AdoptAsync(Uri cloud, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = cloud, Timeout = Patience };
        try
        {
            using var answer = await client.GetAsync(new Uri("sim/clock", UriKind.Relative), cancellationToken);
            if (answer.StatusCode == HttpStatusCode.NotFound)
            {
                return null;
            }

            answer.EnsureSuccessStatusCode();
            var anchor = await answer.Content.ReadFromJsonAsync(NightJson.Default.NightAnchor, cancellationToken);
            return new NightClock(anchor ?? throw new JsonException("empty"));
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw CommandException.NotReachable(
                $"no cloud answers at {cloud}: {exception.Message}. Start one with: orchestrator cloud --port {cloud.Port}", exception);
        }
    }
}
