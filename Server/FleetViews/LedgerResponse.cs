using Orchestrator.Fleet.Capacity;
using Orchestrator.Server.Api;

namespace Orchestrator.Server.FleetViews;

/// <summary>The capacity ledger: entries, and the figures drawn from them.</summary>
internal sealed record LedgerResponse(IReadOnlyList<NodesHeld> Nodes, IReadOnlyList<UnitHeld> Units, FleetReport Report)
{
    public static LedgerResponse Of(Ledger ledger, FleetReport report) => new(
        [.. ledger.Nodes.Select(held => new NodesHeld(held.Cluster, Words.Of(held.State), held.Nodes, held.From, held.To))],
        [.. ledger.Units.Select(held => new UnitHeld(held.Unit, Words.Of(held.Kind), held.Cluster, held.Hosts, held.Planned, held.Ready, held.Released))],
        report);
}

/// <param name="To">Null: still held.</param>
internal sealed record NodesHeld(string Cluster, string State, int Nodes, DateTimeOffset From, DateTimeOffset? To);

/// <param name="Released">Null: the unit still stands.</param>
internal sealed record UnitHeld(string Unit, string Kind, string? Cluster, int Hosts, DateTimeOffset From, DateTimeOffset? Ready, DateTimeOffset? Released);
