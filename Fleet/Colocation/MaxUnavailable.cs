using System.Globalization;

namespace Orchestrator.Fleet.Colocation;

/// <summary>How many nodes of a cluster may be dead or cordoned without holding a move up: a count or a share, as Kubernetes says <c>maxUnavailable</c>.</summary>
/// <param name="Value">Nodes, or percent of them.</param>
public readonly record struct MaxUnavailable(decimal Value, bool IsPercent)
{
    /// <summary>5 % of the nodes, at least one.</summary>
    public static MaxUnavailable Default { get; } = new(5, IsPercent: true);

    /// <summary>Reads a count like <c>3</c> or a share like <c>5%</c>.</summary>
    /// <exception cref="FormatException">It is neither; the message says how to fix it.</exception>
    public static MaxUnavailable Parse(string text)
    {
        var trimmed = text.Trim();
        if (trimmed.EndsWith('%') && decimal.TryParse(trimmed.AsSpan(..^1).Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent is >= 0 and <= 100)
        {
            return new(percent, IsPercent: true);
        }

        return int.TryParse(trimmed, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? new(count, IsPercent: false)
            : throw new FormatException($"'{text}' is neither a number of nodes, as in 3, nor a share of them from 0% to 100%, as in 5%");
    }

    /// <summary>Of so many nodes. A share is rounded down, and one above 0 % is at least one node.</summary>
    public int Of(int nodes) =>
        !IsPercent ? Math.Min(nodes, (int)Value)
        : Value == 0 ? 0
        : Math.Min(nodes, Math.Max(1, (int)Math.Floor(nodes * Value / 100)));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value}{(IsPercent ? "%" : "")}");
}
