namespace Orchestrator.Workflows.Model.Values;

/// <summary>The two clocks of an engine.</summary>
/// <param name="Night">Drives waits, timers, retries and step timeouts, and dates the journal; may run faster than the wall's.</param>
/// <param name="Wall">Drives leases, heartbeats and sweeps.</param>
public sealed record Clocks(TimeProvider Night, TimeProvider Wall)
{
    /// <summary>Both are the system's clock.</summary>
    public static Clocks System { get; } = new(TimeProvider.System, TimeProvider.System);
}
