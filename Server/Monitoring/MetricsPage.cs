using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Orchestrator.Server.Monitoring;

/// <summary>Collects the measurements of our meters and the runtime's, and writes them in Prometheus' text format 0.0.4.</summary>
internal sealed class MetricsPage : IDisposable
{
    /// <summary>Upper bounds of histogram buckets, in the instrument's own unit (seconds for all of ours).</summary>
    private static readonly double[] Bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    private readonly ConcurrentDictionary<(Instrument Instrument, string Labels), Series> _series = new();
    private readonly MeterListener _listener = new();

    public MetricsPage()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith("Orchestrator", StringComparison.Ordinal)
                || instrument.Meter.Name is "System.Runtime" or "Microsoft.AspNetCore.Hosting")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<float>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>All series as they stand now.</summary>
    public string Write()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        foreach (var group in _series.OrderBy(pair => pair.Key.Labels, StringComparer.Ordinal).GroupBy(pair => pair.Key.Instrument).OrderBy(group => group.Key.Name, StringComparer.Ordinal))
        {
            var name = Name(group.Key);
            if (group.Key.Description is { Length: > 0 } description)
            {
                text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {description.ReplaceLineEndings(" ")}\n");
            }

            text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} {Kind(group.Key)}\n");
            foreach (var (key, series) in group)
            {
                series.Write(text, name, key.Labels);
            }
        }

        return text.ToString();
    }

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _series.GetOrAdd((instrument, Labels(tags)), static key => new Series(Kind(key.Instrument))).Record(value, instrument.IsObservable || IsGauge(instrument));

    private static bool IsGauge(Instrument instrument) => instrument.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(Gauge<>);

    private static string Kind(Instrument instrument)
    {
        var type = instrument.GetType();
        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        return definition == typeof(Histogram<>) ? "histogram"
            : definition == typeof(Counter<>) || definition == typeof(ObservableCounter<>) ? "counter"
            : "gauge";
    }

    private static string Name(Instrument instrument)
    {
        var name = new StringBuilder(instrument.Name.Length + 16);
        foreach (var letter in instrument.Name)
        {
            name.Append(char.IsAsciiLetterOrDigit(letter) ? letter : '_');
        }

        var unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        return name.Append(unit).Append(Kind(instrument) == "counter" ? "_total" : "").ToString();
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in tags)
        {
            var escaped = Convert.ToString(value, CultureInfo.InvariantCulture)?.Replace("\\", "\\\\", StringComparison.Ordinal)
                .Replace("\"", "\\\"", StringComparison.Ordinal).ReplaceLineEndings("\\n");
            text.Append(text.Length == 0 ? "" : ",").Append(key.Replace('.', '_')).Append("=\"").Append(escaped).Append('"');
        }

        return text.ToString();
    }

    private sealed class Series(string kind)
    {
        private readonly Lock _lock = new();
        private readonly long[] _buckets = kind == "histogram" ? new long[Bounds.Length] : [];
        private double _value;
        private long _count;

        public void Record(double value, bool whole)
        {
            lock (_lock)
            {
                // Observable instruments and gauges say the whole value, the others a difference; up-down counters are gauges that add.
                _value = whole ? value : _value + value;
                _count++;
                for (var i = 0; i < _buckets.Length; i++)
                {
                    _buckets[i] += value <= Bounds[i] ? 1 : 0;
                }
            }
        }

        public void Write(StringBuilder text, string name, string labels)
        {
            lock (_lock)
            {
                if (kind != "histogram")
                {
                    Line(text, name, labels, _value);
                    return;
                }

                for (var i = 0; i < Bounds.Length; i++)
                {
                    Line(text, name + "_bucket", Join(labels, $"le=\"{Bounds[i].ToString(CultureInfo.InvariantCulture)}\""), _buckets[i]);
                }

                Line(text, name + "_bucket", Join(labels, "le=\"+Inf\""), _count);
                Line(text, name + "_sum", labels, _value);
                Line(text, name + "_count", labels, _count);
            }
        }

        private static string Join(string labels, string more) => labels.Length == 0 ? more : $"{labels},{more}";

        private static void Line(StringBuilder text, string name, string labels, double value) =>
            text.Append(name).Append(labels.Length == 0 ? "" : $"{{{labels}}}").Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }
}
