using Orchestrator.Fleet.Files;
using Orchestrator.Infra.Clock;
using Orchestrator.Infra.Simulator;

namespace Orchestrator.Server.Night;

/// <summary>A fleet and the file that it was read from.</summary>
internal sealed record FleetFile(FleetDefinition Fleet, string File);

/// <summary>The night that runs take place in: its clock, the cloud, and the fleet there.</summary>
/// <param name="Clock">Null: the real cloud, whose clock is the wall's.</param>
/// <param name="Own">The simulated cloud of this process; null: it is elsewhere.</param>
internal sealed record PromotionNight(NightClock? Clock, Uri Cloud, SimulatedCloud? Own, FleetFile Fleet) : IAsyncDisposable
{
    public bool Simulated => Clock is not null;

    public double Speed => Clock?.Speed ?? 1;

    public TimeProvider Time => Clock ?? TimeProvider.System;

    public ValueTask DisposeAsync() => Own?.DisposeAsync() ?? ValueTask.CompletedTask;
}
