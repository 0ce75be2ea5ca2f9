using System.Globalization;
using Jint.Runtime;

namespace Orchestrator.Workflows.Language.Expressions;

/// <summary>Dates for expressions: they can be read and reckoned with, in UTC, but the present cannot be asked for.</summary>
internal sealed class FrozenTimeSystem : ITimeSystem
{
    private readonly DefaultTimeSystem dates = new(TimeZoneInfo.Utc, CultureInfo.InvariantCulture);

    public static FrozenTimeSystem Instance { get; } = new();

    public TimeZoneInfo DefaultTimeZone => TimeZoneInfo.Utc;

    public DateTimeOffset GetUtcNow() => throw new NotReplayableException();

    public TimeSpan GetUtcOffset(long epochMilliseconds) => TimeSpan.Zero;

    public bool TryParse(string date, out long epochMilliseconds) => dates.TryParse(date, out epochMilliseconds);
}

/// <summary>An expression asked for something that would differ on replay.</summary>
internal sealed class NotReplayableException : Exception
{
    public override string Message => "an expression must give the same on replay";
}
