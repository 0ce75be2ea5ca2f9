using System.Text.Json;
using Orchestrator.Fleet.Facts;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Activities.Journaling;

/// <summary>Fleet facts to the journal and back.</summary>
internal static class FactRecording
{
    /// <summary>Makes a fact durable, and returns the one that counts: that of an earlier attempt, where there was one.</summary>
    public static async Task<TFact> RecordAsync<TFact>(this TaskContext context, string key, TFact fact, CancellationToken cancellationToken)
        where TFact : FleetFact
    {
        if (context.Recorded.TryGetValue(key, out var earlier))
        {
            return (TFact)Read(earlier);
        }

        await context.RecordAsync(key, WorkflowJson.ToElement<FleetFact>(fact), cancellationToken);
        return fact;
    }

    public static FleetFact Read(JsonElement fact) => WorkflowJson.FromElement<FleetFact>(fact);
}
