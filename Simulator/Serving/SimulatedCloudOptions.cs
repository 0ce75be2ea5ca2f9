using Orchestrator.Fleet.Clock;
using Orchestrator.Fleet.Files;

namespace Orchestrator.Simulator.Serving;

/// <summary>How a simulated cloud is set up.</summary>
public sealed record SimulatedCloudOptions
{
    /// <summary>The clusters, their demand and the traffic through the day.</summary>
    public required FleetDefinition Fleet { get; init; }

    /// <summary>The night's clock, which drives everything that the cloud does by itself. A <see cref="NightClock"/> is published at <c>GET /sim/clock</c>.</summary>
    public required TimeProvider Night { get; init; }

    /// <summary>The wall's clock, for watches and injected latency. Default: the system's.</summary>
    public TimeProvider Wall { get; init; } = TimeProvider.System;

    /// <summary>Loopback port; 0 (the default) takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>Where the effects log is appended, one JSON line each; null (the default) keeps it in memory only.</summary>
    public string? EffectsFile { get; init; }

    /// <summary>Makes delays and random faults repeatable. Default 11.</summary>
    public int Seed { get; init; } = 11;

    /// <summary>Multiplies every delay of the cloud (creation, controllers); 0 makes everything immediate. Default 1.</summary>
    public double Delays { get; init; } = 1;

    /// <summary>Machines that can be rented at once; more is refused with <c>OperationDenied.NoStock</c>. Default 2,000.</summary>
    public int HostStock { get; init; } = 2_000;

    /// <summary>Changes kept for watches, for each kind of object in each cluster. Default 8,192.</summary>
    public int WatchHistory { get; init; } = 8192;
}
