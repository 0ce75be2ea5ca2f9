using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.Stacks;

namespace Orchestrator.Infra.Provisioning.Cli;

/// <summary>What <c>preview --json</c> printed, as a plan.</summary>
internal static class Digests
{
    public static StackPreview PreviewOf(PreviewDigest digest, ImmutableArray<(string Urn, string Type)> pending)
    {
        var steps = digest.Steps ?? [];
        return new StackPreview(
            [
                .. pending.Select(operation => new PlannedChange(operation.Urn, Urns.TypeOf(operation.Urn), "resume", [], $"was interrupted while {operation.Type}")),
                // A replacement is told as three steps: made, replaced, deleted.
                .. steps.Where(step => step.Op is not ("create-replacement" or "delete-replaced" or "discard-replaced") && TypeOf(step) != ResourceTypes.Stack).Select(ChangeOf),
            ],
            steps.FirstOrDefault(step => TypeOf(step) == ResourceTypes.Stack) is { } root ? Outputs(root.OldState?.Outputs, root.NewState?.Outputs) : []);
    }

    private static string TypeOf(PreviewStep step) => step.NewState?.Type ?? step.OldState?.Type ?? Urns.TypeOf(step.Urn ?? "");

    private static PlannedChange ChangeOf(PreviewStep step)
    {
        var operation = step switch
        {
            { Op: "delete", OldState.RetainOnDelete: true } => "forget",
            _ => step.Op ?? "same",
        };
        return new PlannedChange(
            step.Urn ?? "",
            TypeOf(step),
            operation,
            operation is "update" or "replace" ? [.. (step.DetailedDiff is { Count: > 0 } detailed ? detailed.Keys : (IEnumerable<string>?)step.DiffReasons ?? []).Order(StringComparer.Ordinal)] : [],
            operation is "replace" or "delete" && step.OldState is { Protect: true } ? "is protected, so the up will fail here" : null);
    }

    private static ImmutableArray<string> Outputs(JsonObject? before, JsonObject? after) =>
        after is null ? [] : [.. (before ?? []).Select(output => output.Key).Union(after.Select(output => output.Key)).Where(name => !JsonNode.DeepEquals(before?[name], after[name])).Order(StringComparer.Ordinal)];
}
