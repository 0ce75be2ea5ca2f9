namespace Orchestrator.Fleet.Capacity;

/// <summary>The time that a report is of. What lies outside counts nowhere.</summary>
internal readonly record struct ReportWindow(DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>Hours of a time that lie within. Null end: it still lasts.</summary>
    public double Hours(DateTimeOffset from, DateTimeOffset? to)
    {
        var (begin, end) = Cut(from, to);
        return end > begin ? (end - begin).TotalHours : 0;
    }

    /// <summary>The part of a time that lies within; its end is not after its beginning when nothing does.</summary>
    public (DateTimeOffset From, DateTimeOffset To) Cut(DateTimeOffset from, DateTimeOffset? to) => (from > From ? from : From, to is { } end && end < To ? end : To);

    /// <summary>Both ends are within.</summary>
    public bool Holds(DateTimeOffset at) => From <= at && at <= To;
}
