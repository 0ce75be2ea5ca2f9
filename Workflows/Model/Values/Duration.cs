using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Orchestrator.Workflows.Model.Values;

/// <summary>
/// Durations as people write them: a number and a unit (<c>d</c>, <c>h</c>, <c>m</c>, <c>s</c>, <c>ms</c>), several from
/// the largest unit down, as in <c>15m</c>, <c>1h30m</c>, <c>200ms</c>. Never negative, at most ten years.
/// </summary>
public static partial class Duration
{
    /// <summary>The longest duration that is accepted: 3,650 days.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromDays(3650);

    /// <summary>How a duration is written, for messages.</summary>
    public const string Form = "a duration is a number and a unit (d, h, m, s, ms), as in 15m, 1h30m or 200ms, and at most 3650d";

    /// <summary>The same as a regular expression, for JSON schemas.</summary>
    public const string Pattern = @"^(?=[0-9])(?:[0-9]+(?:\.[0-9]+)?d)?(?:[0-9]+(?:\.[0-9]+)?h)?(?:[0-9]+(?:\.[0-9]+)?m(?!s))?(?:[0-9]+(?:\.[0-9]+)?s)?(?:[0-9]+(?:\.[0-9]+)?ms)?$";

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var match = Parts().Match(text);
        if (!match.Success)
        {
            return false;
        }

        var milliseconds = Amount("d") * 86_400_000 + Amount("h") * 3_600_000 + Amount("m") * 60_000 + Amount("s") * 1000 + Amount("ms");
        if (milliseconds > (decimal)Longest.TotalMilliseconds)
        {
            return false;
        }

        duration = TimeSpan.FromTicks((long)(milliseconds * TimeSpan.TicksPerMillisecond));
        return true;

        decimal Amount(string unit) =>
            match.Groups[unit] is { Success: true, ValueSpan: var digits }
                ? decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount) && amount < 1_000_000_000_000m
                    ? amount
                    : 1_000_000_000_000m
                : 0;
    }

    /// <summary>A duration text, or a number of seconds.</summary>
    public static bool TryFrom(JsonElement value, out TimeSpan duration)
    {
        duration = default;
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                return TryParse(value.GetString()!, out duration);
            case JsonValueKind.Number when value.TryGetDouble(out var seconds) && seconds >= 0 && seconds <= Longest.TotalSeconds:
                duration = TimeSpan.FromSeconds(seconds);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The shortest text that <see cref="TryParse"/> reads back as the same; ticks below a millisecond come as a fraction of one.</summary>
    public static string Format(TimeSpan duration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.Zero);
        if (duration == TimeSpan.Zero)
        {
            return "0s";
        }

        var text = new StringBuilder();
        Append((long)duration.TotalDays, "d");
        Append(duration.Hours, "h");
        Append(duration.Minutes, "m");
        Append(duration.Seconds, "s");
        var milliseconds = (decimal)(duration.Ticks % TimeSpan.TicksPerSecond) / TimeSpan.TicksPerMillisecond;
        if (milliseconds > 0)
        {
            text.Append(milliseconds.ToString("0.####", CultureInfo.InvariantCulture)).Append("ms");
        }

        return text.ToString();

        void Append(long amount, string unit)
        {
            if (amount > 0)
            {
                text.Append(amount.ToString(CultureInfo.InvariantCulture)).Append(unit);
            }
        }
    }

    [GeneratedRegex(
        @"\A(?=[0-9])(?:(?<d>[0-9]+(?:\.[0-9]+)?)d)?(?:(?<h>[0-9]+(?:\.[0-9]+)?)h)?(?:(?<m>[0-9]+(?:\.[0-9]+)?)m(?!s))?(?:(?<s>[0-9]+(?:\.[0-9]+)?)s)?(?:(?<ms>[0-9]+(?:\.[0-9]+)?)ms)?\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Parts();
}

/// <summary>Durations in JSON: written as text, read from text or from a number of seconds.</summary>
internal sealed class DurationJsonConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var value = JsonDocument.ParseValue(ref reader);
        return Duration.TryFrom(value.RootElement, out var duration) ? duration : throw new JsonException($"{value.RootElement.GetRawText()} is not a duration: {Duration.Form}");
    }

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteStringValue(Duration.Format(value));
}
