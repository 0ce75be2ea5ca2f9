using System.Collections.Immutable;
using System.Text.Json;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Views;
using Orchestrator.Server.Api;
using Orchestrator.Workflows.Language.Planning;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Approvals;

/// <summary>What an approval opens the way to: the plan's lines after it, up to the next approval.</summary>
internal static class Consequences
{
    /// <returns>The lines, and the path of the approval that ends them; null: they go to the run's end.</returns>
    public static (ImmutableArray<PlanLine> Lines, string? Until) Of(RunbookPlan plan, StepPath approval)
    {
        var at = plan.Lines.Select((line, index) => (line, index)).Where(pair => pair.line.Kind == "approval" && Covers(pair.line.Path, approval.Value)).Select(pair => pair.index).FirstOrDefault(-1);
        if (at < 0)
        {
            return ([], null);
        }

        var rest = plan.Lines.Skip(at + 1).ToList();
        var next = rest.FindIndex(line => line is { Kind: "approval", Skipped: false });
        return ([.. rest.Take(next < 0 ? rest.Count : next)], next < 0 ? null : rest[next].Path);
    }

    /// <summary>The guards that the shifts among the lines will ask, by the states that the clusters are in now.</summary>
    /// <remarks>A shift in a loop over what a step will find is shown for every batch cluster of the fleet.</remarks>
    public static IEnumerable<GuardsResponse> Guards(IEnumerable<PlanLine> lines, FleetView fleet, FleetDefinition definition)
    {
        foreach (var line in lines.Where(line => line is { Activity: "cluster.shift", Arguments: not null }))
        {
            var arguments = line.Arguments!.Value;
            if (Target(arguments) is not { } to)
            {
                continue;
            }

            var named = Text(arguments, "cluster");
            var known = named is not null && fleet.Clusters.ContainsKey(named);
            var clusters = fleet.Clusters.Values.Where(cluster => known ? cluster.Id == named : definition.Find(cluster.Id)?.Kind != ClusterKind.Online);
            foreach (var group in clusters.Where(cluster => cluster.State is not null && cluster.State != to).GroupBy(cluster => cluster.State!.Value))
            {
                var hop = Moves.Path(group.Key, to)[0];
                yield return new GuardsResponse(
                    line.Path, [.. group.Select(cluster => cluster.Id)], Words.Of(group.Key), Words.Of(hop),
                    [.. Fleet.Guarding.Guards.For(group.Key, hop).Select(guard => new GuardQuestion(guard.Name, guard.Asks, guard.Waivable, Waiver(arguments, guard.Name)))]);
            }
        }
    }

    private static bool Covers(string pattern, string path) =>
        pattern == path || (pattern.Split('/') is var wanted && path.Split('/') is var given && wanted.Length == given.Length
            && wanted.Zip(given).All(pair => pair.First == "*" || pair.First == pair.Second));

    private static ColocationState? Target(JsonElement arguments)
    {
        try
        {
            return Text(arguments, "to") is { } to ? ColocationStates.Parse(to, Text(arguments, "mode")) : null;
        }
        catch (FormatException)
        {
            // An expression that is known only when the step runs.
            return null;
        }
    }

    private static string? Waiver(JsonElement arguments, string guard) =>
        arguments.TryGetProperty("waive", out var waive) && waive.ValueKind == JsonValueKind.Object ? Text(waive, guard) : null;

    private static string? Text(JsonElement holder, string name) =>
        holder.ValueKind == JsonValueKind.Object && holder.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
