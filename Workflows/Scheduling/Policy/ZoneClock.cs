using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Orchestrator.Workflows.Scheduling.Policy;

/// <summary>A time zone's clock moves: forward over a gap, or back so that local times come twice.</summary>
/// <param name="At">The instant of the move, in UTC.</param>
internal readonly record struct ZoneShift(DateTime At, TimeSpan Before, TimeSpan After)
{
    /// <summary>The local time at which the clock is moved.</summary>
    public DateTime Left => At + Before;

    /// <summary>The local time to which it is moved.</summary>
    public DateTime Entered => At + After;

    /// <summary>True when the move leaves this local time out.</summary>
    public bool LeavesOut(DateTime local) => Left <= local && local < Entered;
}

/// <summary>
/// What clocks in a time zone show. It asks the system's time zone data only for the offset at an instant: what .NET says
/// of local times (invalid, ambiguous) is wrong for zones with negative daylight saving, such as Europe/Dublin and Africa/Casablanca.
/// </summary>
internal sealed class ZoneClock
{
    /// <summary>No two moves of any zone's clock are closer than this.</summary>
    private static readonly TimeSpan step = TimeSpan.FromHours(6);

    /// <summary>Longer than any clock was ever moved.</summary>
    private static readonly TimeSpan longest = TimeSpan.FromDays(2);

    private static readonly ConcurrentDictionary<string, ZoneClock> clocks = new(StringComparer.Ordinal);

    private readonly TimeZoneInfo zone;
    private readonly ConcurrentDictionary<int, ImmutableArray<ZoneShift>> years = [];

    private ZoneClock(TimeZoneInfo zone) => this.zone = zone;

    public static ZoneClock Of(TimeZoneInfo zone) => clocks.GetOrAdd(zone.Id, static (_, zone) => new ZoneClock(zone), zone);

    public TimeSpan OffsetAt(DateTime utc) => zone.GetUtcOffset(DateTime.SpecifyKind(utc, DateTimeKind.Utc));

    /// <summary>The first move after an instant and until another (it included).</summary>
    public ZoneShift? Next(DateTime after, DateTime until)
    {
        for (var year = after.Year; year <= until.Year; year++)
        {
            foreach (var shift in ShiftsOf(year))
            {
                if (shift.At > until) return null;
                if (shift.At > after) return shift;
            }
        }

        return null;
    }

    /// <summary>The last move until an instant (it included) and after another.</summary>
    public ZoneShift? Last(DateTime until, DateTime after)
    {
        for (var year = until.Year; year >= after.Year; year--)
        {
            foreach (var shift in ShiftsOf(year).Reverse())
            {
                if (shift.At <= after) return null;
                if (shift.At <= until) return shift;
            }
        }

        return null;
    }

    /// <summary>The last move so close before an instant that local times may come again because of it.</summary>
    public ZoneShift? Recent(DateTime until) => Last(until, Before(until));

    /// <summary>Local times before this one were shown already when the clock was last moved.</summary>
    public DateTime Shown(DateTime utc)
    {
        var shown = DateTime.MinValue;
        for (var shift = Last(utc, Before(utc)); shift is { } move; shift = Last(move.At.AddTicks(-1), Before(utc)))
        {
            if (move.Left > shown) shown = move.Left;
        }

        return shown;
    }

    /// <summary>The first, or last, instant at which the clock shows a local time; the end of the gap for one that it leaves out.</summary>
    public DateTimeOffset InstantOf(DateTime local, bool last)
    {
        var (from, to) = (Before(local), After(local));
        DateTime? found = null;
        DateTime? gap = null;
        var (begin, offset) = (from, OffsetAt(from));
        while (true)
        {
            var shift = Next(begin, to);
            var candidate = local - offset;
            if (candidate >= begin && (shift is null || candidate < shift.Value.At) && (found is null || last)) found = candidate;
            if (shift is not { } move) break;

            if (move.LeavesOut(local)) gap = move.At;
            (begin, offset) = (move.At, move.After);
        }

        return new DateTimeOffset(DateTime.SpecifyKind(found ?? gap ?? local - offset, DateTimeKind.Utc));
    }

    private static DateTime Before(DateTime time) => time - DateTime.MinValue > longest ? time - longest : DateTime.MinValue;

    private static DateTime After(DateTime time) => DateTime.MaxValue - time > longest ? time + longest : DateTime.MaxValue;

    private ImmutableArray<ZoneShift> ShiftsOf(int year) => years.GetOrAdd(year, Find);

    /// <summary>Moves after the begin of a year and until its end.</summary>
    private ImmutableArray<ZoneShift> Find(int year)
    {
        var shifts = ImmutableArray.CreateBuilder<ZoneShift>();
        var from = new DateTime(year, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var end = year == DateTime.MaxValue.Year ? DateTime.MaxValue : from.AddYears(1);
        for (var (begin, before) = (from, OffsetAt(from)); begin < end;)
        {
            var next = end - begin > step ? begin + step : end;
            var after = OffsetAt(next);
            while (before != after)
            {
                var (at, offset) = FirstOther(begin, next, before);
                shifts.Add(new ZoneShift(at, before, offset));
                (begin, before) = (at, offset);
            }

            begin = next;
        }

        return shifts.ToImmutable();
    }

    /// <summary>The first second after <paramref name="from"/> with another offset than <paramref name="before"/>.</summary>
    private (DateTime At, TimeSpan Offset) FirstOther(DateTime from, DateTime to, TimeSpan before)
    {
        var (low, high) = (from.Ticks / TimeSpan.TicksPerSecond, to.Ticks / TimeSpan.TicksPerSecond);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            if (OffsetAt(new DateTime(middle * TimeSpan.TicksPerSecond, DateTimeKind.Utc)) == before) low = middle;
            else high = middle;
        }

        var at = new DateTime(high * TimeSpan.TicksPerSecond, DateTimeKind.Utc);
        return (at, OffsetAt(at));
    }
}
