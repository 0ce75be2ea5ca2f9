using System.Collections.Immutable;
using System.Globalization;

namespace Orchestrator.Fleet.Colocation;

/// <summary>Cuts a cluster's nodes into the waves in which they move, so that a mistake meets few machines first.</summary>
public static class Waves
{
    /// <summary>1 %, 10 %, 50 %, 100 % of the nodes.</summary>
    public static ImmutableArray<decimal> Default { get; } = [1, 10, 50, 100];

    /// <summary>Reads cumulative shares like <c>1%</c>, strictly ascending to <c>100%</c>.</summary>
    /// <exception cref="FormatException">They are not like that; the message says which and how to fix it.</exception>
    public static ImmutableArray<decimal> Parse(IReadOnlyList<string> shares)
    {
        var percents = shares.Select(ParseShare).ToImmutableArray();
        if (percents.IsEmpty || percents[^1] != 100)
        {
            throw new FormatException("the last wave must be 100%, or some nodes would never move");
        }

        for (var i = 1; i < percents.Length; i++)
        {
            if (percents[i] <= percents[i - 1])
            {
                throw new FormatException($"the wave {shares[i]} must be greater than {shares[i - 1]} before it; waves are shares of all nodes, counted together");
            }
        }

        return percents;
    }

    /// <summary>
    /// The nodes of each wave. Every node is in exactly one; the first wave has at least one node; none is empty, so a small
    /// cluster has fewer waves. Each wave takes its share of every zone and pool, and in these of every rack, as evenly as whole nodes allow; of a rack
    /// the emptiest nodes go first, so that a mistake meets little work. The same nodes give the same waves.
    /// </summary>
    /// <param name="percents">As <see cref="Parse"/> gives them.</param>
    public static ImmutableArray<ImmutableArray<string>> Cut(IEnumerable<WaveNode> nodes, ImmutableArray<decimal> percents)
    {
        var order = InterleaveGroups(nodes);
        var waves = ImmutableArray.CreateBuilder<ImmutableArray<string>>();
        var done = 0;
        foreach (var percent in percents)
        {
            var end = (int)Math.Ceiling(order.Length * percent / 100);
            if (end > done)
            {
                waves.Add(order[done..end]);
                done = end;
            }
        }

        return waves.ToImmutable();
    }

    private static ImmutableArray<string> InterleaveGroups(IEnumerable<WaveNode> nodes)
    {
        // Zones and pools first, racks within them: many small racks would otherwise all stand at the same place, and the zones come one after the other.
        var groups = nodes
            .GroupBy(node => (node.Zone, node.Pool))
            .Select(group => Interleave(group.GroupBy(node => node.Rack).Select(rack =>
                rack.OrderBy(node => node.Load).ThenBy(node => node.Name, StringComparer.Ordinal).ToArray())));
        return [.. Interleave(groups).Select(node => node.Name)];
    }

    // The i-th of n nodes of a group stands at (i + ½) / n, so every prefix of the order holds about the same share of each group.
    private static WaveNode[] Interleave(IEnumerable<WaveNode[]> groups) =>
    [
        .. groups
            .SelectMany(members => members.Select((node, index) => (Place: (index + 0.5) / members.Length, Node: node)))
            .OrderBy(entry => entry.Place)
            .ThenBy(entry => entry.Node.Zone, StringComparer.Ordinal)
            .ThenBy(entry => entry.Node.Pool, StringComparer.Ordinal)
            .ThenBy(entry => entry.Node.Load)
            .ThenBy(entry => entry.Node.Name, StringComparer.Ordinal)
            .Select(entry => entry.Node),
    ];

    private static decimal ParseShare(string share) =>
        share.EndsWith('%')
        && decimal.TryParse(share.AsSpan(..^1).Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)
        && percent is > 0 and <= 100
            ? percent
            : throw new FormatException($"'{share}' is not a wave; give a share of the nodes from above 0% to 100%, as in 10%");
}

/// <param name="Name">Unique among the nodes.</param>
public sealed record WaveNode(string Name, string Zone, string Pool)
{
    /// <summary>Empty: not told.</summary>
    public string Rack { get; init; } = "";

    /// <summary>How full the node is, as a share of its CPU in use. Default 0.</summary>
    public double Load { get; init; }
}
