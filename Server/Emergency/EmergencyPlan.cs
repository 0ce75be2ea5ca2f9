using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Orchestrator.Fleet.Capacity;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Units;
using Orchestrator.Fleet.Views;
using Orchestrator.Server.Api;
using Orchestrator.Server.FleetViews;

namespace Orchestrator.Server.Emergency;

/// <summary>Which clusters and units; empty: every one that there is when the plan is triggered.</summary>
internal sealed record EmergencyScope(ImmutableArray<string> Clusters, ImmutableArray<string> Units)
{
    public static EmergencyScope All { get; } = new([], []);
}

/// <summary>What an emergency stop would take down, by the facts at <paramref name="Position"/>, in its order: lines of one rank side by side.</summary>
/// <param name="Digest">Of the runbook's version that would run.</param>
/// <param name="Currency">Of the costs.</param>
internal sealed record EmergencyPlan(
    EmergencyScope Scope, long Position, string Runbook, string Digest, ImmutableArray<EmergencyLine> Lines, EmergencySavings Saves, string Currency)
{
    /// <summary>Whether home can carry what comes back; null: no traffic is known yet.</summary>
    public EmergencyHome? Home { get; init; }

    /// <summary>What stands and is not touched, for people: data of the units in the plan, and units and clusters outside of its scope.</summary>
    public ImmutableArray<string> Keeps { get; init; } = [];

    /// <summary>The fleet as the facts have it: traffic home, then units and clusters side by side.</summary>
    public static EmergencyPlan Of(FleetProjection projection, long position, EmergencyScope scope, FleetDefinition definition, ProfileSet profiles, string runbook, string digest)
    {
        var view = projection.View;
        var away = view.Weights.Where(weight => weight.Key != FleetView.Home && weight.Value > 0).OrderBy(weight => weight.Key, StringComparer.Ordinal).ToList();
        var lines = ImmutableArray.CreateBuilder<EmergencyLine>();
        if (away.Count > 0)
        {
            lines.Add(new EmergencyLine(1, "traffic", FleetView.Home, $"{away.Sum(weight => weight.Value)} % away: {string.Join(", ", away.Select(weight => $"{weight.Key} {weight.Value} %"))}", "100 % home", 0, 0));
        }

        var prices = projection.Ledger.Units.GroupBy(unit => unit.Unit).ToDictionary(group => group.Key, group => group.Last().CostPerHostHour, StringComparer.Ordinal);
        lines.AddRange(view.Units.Values
            .Where(unit => unit.Phase.IsAlive() && (scope.Units.IsEmpty || scope.Units.Contains(unit.Id)))
            .Select(unit => new EmergencyLine(2, "unit", unit.Id, Words.Of(unit.Phase), "released", unit.Hosts, unit.Hosts * prices.GetValueOrDefault(unit.Id))));
        lines.AddRange(view.Clusters.Values
            .Where(cluster => definition.Find(cluster.Id)?.Kind != ClusterKind.Online && (scope.Clusters.IsEmpty || scope.Clusters.Contains(cluster.Id)))
            .Select(cluster => (cluster, Moving: cluster.NodesByState.Where(pair => pair.Key != ColocationState.OfflineOnly).ToList()))
            .Where(pair => pair.Moving.Count > 0)
            .Select(pair => new EmergencyLine(
                2, "cluster", pair.cluster.Id, string.Join(", ", pair.Moving.Select(state => $"{state.Value} nodes {Words.Of(state.Key)}")), Words.Of(ColocationState.OfflineOnly),
                pair.Moving.Sum(state => state.Value),
                decimal.Round((decimal)pair.Moving.Sum(state => state.Value * profiles[state.Key].Split.Online / 100.0) * pair.cluster.CostPerNodeHour, 4))));
        return new EmergencyPlan(
            scope, position, runbook, digest, lines.ToImmutable(),
            new EmergencySavings(
                lines.Where(line => line.Kind == "unit").Sum(line => line.Machines), lines.Where(line => line.Kind == "cluster").Sum(line => line.Machines), lines.Sum(line => line.CostPerHour)),
            definition.Currency)
        {
            Home = EmergencyHome.Of(view.Demand, CapacityForecast.Home(definition)),
            Keeps =
            [
                .. lines.Where(line => line is { Kind: "unit", To: not "released" }).Select(line => $"database, cache and network of unit {line.Id}"),
                .. view.Units.Values.Where(unit => unit.Phase.IsAlive() && unit.Hosts > 0 && lines.All(line => line.Kind != "unit" || line.Id != unit.Id)).Select(unit => $"unit {unit.Id} with {unit.Hosts} hosts"),
                .. view.Clusters.Values.Where(cluster => definition.Find(cluster.Id)?.Kind != ClusterKind.Online && !scope.Clusters.IsEmpty && !scope.Clusters.Contains(cluster.Id)).Select(cluster => $"cluster {cluster.Id}"),
            ],
        };
    }

    /// <summary>What is otherwise now than when this plan was made, for people; empty: nothing that matters.</summary>
    public IEnumerable<string> ChangesTo(EmergencyPlan now)
    {
        var (before, after) = (Lines.ToDictionary(line => (line.Kind, line.Id)), now.Lines.ToDictionary(line => (line.Kind, line.Id)));
        foreach (var line in now.Lines)
        {
            if (!before.TryGetValue((line.Kind, line.Id), out var old))
            {
                yield return $"{line.Kind} {line.Id} has come since: {line.From}";
            }
            else if (old.From != line.From || old.Machines != line.Machines)
            {
                yield return $"{line.Kind} {line.Id} was {old.From}, now {line.From}";
            }
        }

        foreach (var line in Lines.Where(line => !after.ContainsKey((line.Kind, line.Id))))
        {
            yield return $"{line.Kind} {line.Id} is down already";
        }

        if (now.Digest != Digest)
        {
            yield return $"runbook {Runbook} has another version now; the one that was approved is what runs";
        }
    }
}

/// <summary>The traffic that comes home beside what home serves at the application's objective, in requests a second.</summary>
/// <param name="Demand">When it was read last.</param>
/// <param name="Carries">By its machines and the fleet file's application profile.</param>
/// <param name="SharePercent">How much of the demand that is, at most 100: the rest is served late or refused.</param>
internal sealed record EmergencyHome(double Demand, double Carries, int SharePercent)
{
    public static EmergencyHome? Of(double demand, double carries) => demand <= 0 ? null : new EmergencyHome(Math.Round(demand), Math.Round(carries), (int)Math.Min(100, Math.Floor(100 * carries / demand)));
}

/// <param name="Rank">1, the traffic, first; then 2, all else, side by side.</param>
/// <param name="Kind">traffic, unit or cluster.</param>
/// <param name="Machines">Hosts of a unit, nodes of a cluster that move.</param>
/// <param name="CostPerHour">What it costs now and no more afterwards: a unit's hosts, a cluster's nodes by the share that online work has of them.</param>
internal sealed record EmergencyLine(int Rank, string Kind, string Id, string From, string To, int Machines, decimal CostPerHour);

internal sealed record EmergencySavings(int Hosts, int Nodes, decimal CostPerHour);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EmergencyPlan))]
[JsonSerializable(typeof(EmergencyApproved))]
[JsonSerializable(typeof(EmergencyTriggered))]
[JsonSerializable(typeof(EmergencySuggested))]
internal sealed partial class EmergencyAuditJson : JsonSerializerContext;
