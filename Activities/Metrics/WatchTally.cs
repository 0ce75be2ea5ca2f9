using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Infra.Metrics;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Metrics;

/// <param name="Unknown">Why nothing is known; null: the samples are.</param>
internal sealed record Measurement(ImmutableArray<MetricSample> Samples, string? Unknown);

/// <summary>Counts measurements, and throws as soon as they are too bad.</summary>
internal sealed class WatchTally(WatchMetricsArguments arguments, string query)
{
    private int _passed;
    private int _failed;
    private int _unknown;
    private int _unknownInARow;
    private string _reason = "";
    private DateTimeOffset? _failingSince;
    private double _lowest = double.PositiveInfinity;
    private double _highest = double.NegativeInfinity;
    private ImmutableArray<MetricSample> _last = [];
    private DateTimeOffset _at;

    /// <exception cref="ActivityFailedException"><c>metrics-breached</c>: too many failed, or for too long. <c>metrics-unknown</c>: too many in a row are unknown.</exception>
    public void Add(Measurement measurement, DateTimeOffset now)
    {
        _at = now;
        if (measurement.Unknown is { } reason)
        {
            (_unknown, _reason) = (_unknown + 1, reason);
            if (++_unknownInARow > arguments.Unknowns)
            {
                throw new ActivityFailedException(
                    "metrics-unknown", $"{_unknownInARow} measurements of '{query}' in a row are unknown, {arguments.Unknowns} may be: {reason}. Set the metrics right, then try again.");
            }

            return;
        }

        (_unknownInARow, _last) = (0, measurement.Samples);
        _lowest = Math.Min(_lowest, measurement.Samples.Min(sample => sample.Value));
        _highest = Math.Max(_highest, measurement.Samples.Max(sample => sample.Value));
        if (measurement.Samples.FirstOrDefault(sample => sample.Value < arguments.Least || sample.Value > arguments.Most) is not { } worst)
        {
            (_passed, _failingSince) = (_passed + 1, null);
            return;
        }

        _failingSince ??= now;
        if (++_failed > arguments.Failures)
        {
            throw Breached(worst, $"{_failed} measurements failed, {arguments.Failures} may");
        }

        if (arguments.For > TimeSpan.Zero && now - _failingSince >= arguments.For)
        {
            throw Breached(worst, string.Create(CultureInfo.InvariantCulture, $"it has failed for {(now - _failingSince.Value).TotalSeconds:0} s, {arguments.For.TotalSeconds:0} s may pass"));
        }
    }

    /// <exception cref="ActivityFailedException"><c>metrics-unknown</c>: not one measurement is known.</exception>
    public WatchMetricsResult End() => _last.IsEmpty
        ? throw new ActivityFailedException("metrics-unknown", $"not one measurement of '{query}' is known: {_reason}. Set the metrics right, then try again.")
        : new WatchMetricsResult
        {
            Passed = _passed,
            Failed = _failed,
            Unknown = _unknown,
            Lowest = _lowest,
            Highest = _highest,
            Last = [.. _last.Select(sample => new MeasuredSeries { Labels = sample.Labels, Value = sample.Value, At = sample.At })],
            At = _at,
        };

    public override string ToString() => _last.IsEmpty ? $"unknown: {_reason}"
        : string.Create(CultureInfo.InvariantCulture, $"{_passed} passed, {_failed} failed, {_unknown} unknown; last from {_last.Min(sample => sample.Value):0.###} to {_last.Max(sample => sample.Value):0.###}");

    private ActivityFailedException Breached(MetricSample worst, string reason)
    {
        var labels = worst.Labels.IsEmpty ? "" : $" ({string.Join(", ", worst.Labels.Select(label => $"{label.Key}={label.Value}"))})";
        var bound = worst.Value < arguments.Least
            ? string.Create(CultureInfo.InvariantCulture, $"below {arguments.Least:0.###}")
            : string.Create(CultureInfo.InvariantCulture, $"above {arguments.Most:0.###}");
        return new ActivityFailedException(
            "metrics-breached",
            string.Create(CultureInfo.InvariantCulture, $"'{query}' is {worst.Value:0.###}{labels}, {bound}, and {reason}. Find out why before going on, or take the step before it back."),
            retryable: false);
    }
}
