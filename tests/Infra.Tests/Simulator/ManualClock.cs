namespace Orchestrator.Infra.Tests.Simulator;

/// <summary>A night that stands still until a test moves it on.</summary>
internal sealed class ManualClock : TimeProvider
{
    private DateTimeOffset _now = new(2026, 11, 10, 12, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => _now;

    public void Advance(TimeSpan by) => _now += by;

    public void Advance(double seconds) => Advance(TimeSpan.FromSeconds(seconds));
}
