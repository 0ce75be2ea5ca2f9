namespace Orchestrator.Workflows.Model.Values;

/// <summary>The two clocks of an engine.</summary>
/// <param name="EnvironmentClock">Drives waits, timers, retries and step timeouts, and dates the journal; may run faster than the system clock's.</param>
/// <param name="SystemClock">Drives leases, heartbeats and sweeps.</param>
public sealed record Clocks(TimeProvider EnvironmentClock, TimeProvider SystemClock)
{
    /// <summary>Both are the system's clock.</summary>
    public static Clocks System { get; } = new(TimeProvider.System, TimeProvider.System);
}
