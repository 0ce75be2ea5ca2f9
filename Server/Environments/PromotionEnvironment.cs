using Orchestrator.Fleet.Clock;
using Orchestrator.Fleet.Files;

namespace Orchestrator.Server.Environments;

/// <summary>A fleet and the file that it was read from.</summary>
internal sealed record FleetFile(FleetDefinition Fleet, string File);

/// <summary>Where a night's cloud comes from.</summary>
internal enum EnvironmentOrigin
{
    /// <summary>Somebody else runs the cloud.</summary>
    Elsewhere,

    /// <summary>Both begin now.</summary>
    Fresh,

    /// <summary>The night and the cloud of an earlier process go on.</summary>
    GoesOn,

    /// <summary>The night of an earlier process goes on, but its cloud is gone: this one knows nothing of what was done.</summary>
    CloudLost,
}

/// <summary>The night that runs take place in: its clock, the cloud, and the fleet there.</summary>
/// <param name="Clock">Null: a real environment, whose clock is the system clock.</param>
/// <param name="Cloud">What stands for everything that the settings give no address of; null: they give all.</param>
internal sealed record PromotionEnvironment(EnvironmentClock? Clock, Uri? Cloud, EnvironmentOrigin Origin, FleetFile Fleet)
{
    public bool Simulated => Clock is not null;

    /// <summary>The cloud is this data folder's own.</summary>
    public bool Own => Origin != EnvironmentOrigin.Elsewhere;

    public double Speed => Clock?.Speed ?? 1;

    public TimeProvider Time => Clock ?? TimeProvider.System;
}
