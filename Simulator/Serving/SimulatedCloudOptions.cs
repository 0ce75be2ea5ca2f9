using Orchestrator.Fleet.Files;

namespace Orchestrator.Simulator.Serving;

/// <summary>How a simulated cloud is set up.</summary>
public sealed record SimulatedCloudOptions
{
    /// <summary>The clusters, their demand and the traffic through the day.</summary>
    public required FleetDefinition Fleet { get; init; }

    /// <summary>The environment clock, which drives everything that the cloud does by itself. A <see cref="EnvironmentClock"/> is published at <c>GET /sim/clock</c>.</summary>
    public required TimeProvider EnvironmentClock { get; init; }

    /// <summary>The wall's clock, for watches and injected latency. Default: the system's.</summary>
    public TimeProvider SystemClock { get; init; } = TimeProvider.System;

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

    /// <summary>The access keys that the OpenAPI knows. Default: one that may do everything, <c>LTAISIMULATED</c> with the secret <c>simulated-secret</c>.</summary>
    public IReadOnlyList<SimulatedAccessKey> AccessKeys { get; init; } = [SimulatedAccessKey.Standard];

    /// <summary>
    /// Calls of the OpenAPI in a minute of the environment clock, each key and action for itself, by <c>product:Action</c>, <c>product:*</c> or <c>*</c>. Default: 3,000 of each.
    /// </summary>
    public IReadOnlyDictionary<string, int> CallsPerMinute { get; init; } = new Dictionary<string, int> { ["*"] = 3_000 };

    /// <summary>How many of a kind there may be, by the quota's code (<c>vpc_quota_vpcs</c>, …). Default: 200 of each; see <c>docs/alibaba-openapi.md</c>.</summary>
    public IReadOnlyDictionary<string, int> Quotas { get; init; } = new Dictionary<string, int>();

    /// <summary>Machines in stock by <c>zone/type</c>, such as <c>cn-hangzhou-h/ecs.g7.8xlarge</c>, or by <c>zone</c>. What is not named is bounded by <see cref="HostStock"/> alone.</summary>
    public IReadOnlyDictionary<string, int> Stock { get; init; } = new Dictionary<string, int>();
}

/// <summary>An access key of the simulated cloud. It opens nothing but a simulation.</summary>
/// <param name="User">The RAM user's name.</param>
public sealed record SimulatedAccessKey(string Id, string Secret, string User)
{
    /// <summary>What a client uses unless it is told otherwise.</summary>
    public static SimulatedAccessKey Standard { get; } = new("LTAISIMULATED", "simulated-secret", "simulated");

    /// <summary>Actions that its policy lacks, as <c>ecs:RunInstances</c> or <c>rds:*</c>. Default: none.</summary>
    public IReadOnlyList<string> Denied { get; init; } = [];
}
