using Orchestrator.Server.Configuration;

namespace Orchestrator.Server.Emergency;

/// <summary>
/// When the automatic trigger triggers: after the condition has held for long enough, and again only when it has cleared for long enough and the cool-down is over. What is unknown
/// neither holds nor clears; a gap of measurements longer than three intervals begins both anew. Pure: time is told.
/// </summary>
internal sealed class TriggerCondition(AutomaticTriggerOptions options)
{
    private DateTimeOffset? _holdsSince;
    private DateTimeOffset? _clearSince;
    private DateTimeOffset? _triggeredAt;
    private DateTimeOffset? _measuredAt;

    /// <summary>Whether it can trigger at all: it has not yet, or has cleared since.</summary>
    public bool Armed { get; private set; } = true;

    /// <summary>Takes a measurement in.</summary>
    /// <param name="values">Of every series; empty: unknown.</param>
    /// <returns>The value that triggers, until <see cref="Triggered"/> is told; null: nothing does.</returns>
    public double? Measure(DateTimeOffset now, IReadOnlyCollection<double> values)
    {
        var known = values.Where(double.IsFinite).ToArray();
        if (known.Length == 0)
        {
            return null;
        }

        if (_measuredAt is { } before && now - before > 3 * options.Interval)
        {
            (_holdsSince, _clearSince) = (null, null);
        }

        _measuredAt = now;
        var worst = options.Above is null ? known.Min() : known.Max();
        var holds = worst > options.Above || worst < options.Below;
        var clear = options.Above is { } above ? worst <= (options.Clear ?? above) : worst >= (options.Clear ?? options.Below);
        _holdsSince = holds ? _holdsSince ?? now : null;
        _clearSince = clear ? _clearSince ?? now : null;
        Armed |= now - _clearSince >= options.ClearFor && now - _triggeredAt >= options.CoolDown;
        return Armed && now - _holdsSince >= options.For ? worst : null;
    }

    /// <summary>It has triggered: from now on it must clear and cool down.</summary>
    public void Triggered(DateTimeOffset now) => (Armed, _triggeredAt, _clearSince) = (false, now, null);
}
