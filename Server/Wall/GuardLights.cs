using System.Text.Json;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Guarding;
using Orchestrator.Server.FleetViews;
using Orchestrator.Server.Runs;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Wall;

/// <summary>The guards of a cluster's last move as lights: what the journal says that they came to, never asked anew.</summary>
internal static class GuardLights
{
    /// <summary>A shift that guards refuse at the moment: those that refused, red.</summary>
    public static IEnumerable<GuardLight> Refused(RunId run, StepPath path, StepError error, DateTimeOffset at)
    {
        if (error.Detail is not { ValueKind: JsonValueKind.Array } detail)
        {
            return [new GuardLight("guards", "red", error.Message, null, at, run.ToString(), path.Value)];
        }

        return detail.EnumerateArray().Select(WorkflowJson.FromElement<GuardResult>)
            .Select(guard => new GuardLight(guard.Name, "red", guard.Detail, guard.Fix, at, run.ToString(), path.Value));
    }

    /// <summary>
    /// The move that was planned last: all its guards held before its first node changed, or were waived with a reason. While the
    /// step still runs a waiver may have been needed or not; once it is done the step says which were.
    /// </summary>
    public static IEnumerable<GuardLight> Passed(ShiftOrigin origin, StepView? step)
    {
        var waived = step is { Status: StepStatus.Done, Result: { } result } ? Reasons(result, "waived") : step?.Arguments is { } arguments ? Reasons(arguments, "waive") : [];
        return Moves.IsLegal(origin.From, origin.To)
            ? Guards.For(origin.From, origin.To).Select(guard => waived.TryGetValue(guard.Name, out var reason)
                ? new GuardLight(guard.Name, "amber", $"{guard.Asks}; waived: {reason}", null, origin.At, origin.Run.ToString(), origin.Path.Value)
                : new GuardLight(guard.Name, "green", guard.Asks, null, origin.At, origin.Run.ToString(), origin.Path.Value))
            : [];
    }

    private static Dictionary<string, string> Reasons(JsonElement holder, string name) =>
        holder.ValueKind == JsonValueKind.Object && holder.TryGetProperty(name, out var reasons) && reasons.ValueKind == JsonValueKind.Object
            ? reasons.EnumerateObject().Where(reason => reason.Value.ValueKind == JsonValueKind.String).ToDictionary(reason => reason.Name, reason => reason.Value.GetString()!)
            : [];
}
