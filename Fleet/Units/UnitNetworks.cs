using System.Globalization;

namespace Orchestrator.Fleet.Units;

/// <summary>
/// Address ranges of cloud units: each has one of its own, so that units and home can be joined. There are 128, <c>10.64.0.0/16</c> to <c>10.191.0.0/16</c>; which one a unit gets follows from
/// its id, and is the next that is free where another unit has that.
/// </summary>
public static class UnitNetworks
{
    private const int First = 64;
    private const int Count = 128;

    /// <param name="taken">Ranges of the units that stand.</param>
    /// <returns>Null: all are taken.</returns>
    public static string? RangeFor(string unit, IReadOnlySet<string> taken)
    {
        var start = unit.Aggregate(17u, (hash, letter) => (hash * 31) + letter);
        return Enumerable.Range(0, Count).Select(step => Range((int)((start + (uint)step) % Count))).FirstOrDefault(range => !taken.Contains(range));
    }

    /// <summary>The switches' ranges in the two zones of a unit's network.</summary>
    public static (string ZoneA, string ZoneB) SwitchesOf(string range)
    {
        var second = range.Split('.')[1];
        return ($"10.{second}.0.0/20", $"10.{second}.16.0/20");
    }

    private static string Range(int index) => string.Create(CultureInfo.InvariantCulture, $"10.{First + index}.0.0/16");
}
