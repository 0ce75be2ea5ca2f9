using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Provisioning.State;

namespace Orchestrator.Infra.Provisioning.Running;

/// <summary>What an up would do, found out from the program and the state alone.</summary>
internal static class Preview
{
    /// <exception cref="EvaluationException">The state has not what the program refers to.</exception>
    public static StackPreview Of(StackProgram program, ImmutableDictionary<string, JsonNode?> config, Urns urns, Deployment deployment)
    {
        var resources = deployment.Resources;
        var secrets = new SecretTexts();
        var values = new ProgramValues(program, config, urns, secrets);
        var planner = new Planner(program, urns, urn => resources.Find(resource => resource.Urn == urn && !resource.Delete));
        var steps = ImmutableArray.CreateBuilder<PlannedChange>();
        foreach (var pending in deployment.PendingOperations)
        {
            steps.Add(new PlannedChange(pending.Resource.Urn, pending.Resource.Type, "resume", [], $"was interrupted while {pending.Type}"));
        }

        foreach (var resource in program.Resources)
        {
            var plan = planner.PlanOf(resource, values.Evaluator.Evaluate(resource.Properties));
            var fresh = plan.Operation is "create" or "replace";
            values.Set(resource, fresh ? plan.Wanted with { Id = null, Outputs = [] } : plan.Wanted, complete: plan.Operation == "same");
            steps.Add(new PlannedChange(plan.Wanted.Urn, resource.Type, plan.Operation, [.. plan.Differences.Select(secrets.Hide)], Note(plan, resource.Options)));
        }

        steps.AddRange(Deletions(program, planner, resources));
        var before = resources.Find(resource => resource.Urn == urns.Root)?.Outputs ?? [];
        return new StackPreview(steps.ToImmutable(), Outputs(before, values.Evaluator.Evaluate(program.Outputs)));
    }

    private static string? Note(Plan plan, ResourceOptions options) => (plan.Operation, plan.Old) switch
    {
        ("replace", { Protect: true }) => "is protected, so the up will fail here",
        ("replace", { InitErrors: [var error, ..] }) => $"was made only in part ({error}), so it is deleted before it is made anew",
        ("replace", _) when options.DeleteBeforeReplace => "is deleted before it is made anew",
        ("same" or "update", { } old) when old.Protect != plan.Wanted.Protect => plan.Wanted.Protect ? "becomes protected" : "is no longer protected",
        _ => null,
    };

    /// <summary>What the program no longer has and what was replaced, dependents first, as an up would delete them.</summary>
    private static IEnumerable<PlannedChange> Deletions(StackProgram program, Planner planner, List<ResourceState> resources)
    {
        var wanted = program.Resources.Select(planner.UrnOf).ToHashSet(StringComparer.Ordinal);
        var used = program.Resources.Where(resource => resource.Options.Provider is null).Select(resource => planner.DefaultProvider(resource.Type))
            .Concat(resources.Where(resource => wanted.Contains(resource.Urn) && !resource.Delete).SelectMany(ResourceOrder.Needs))
            .ToHashSet(StringComparer.Ordinal);
        return ResourceOrder.Sort([.. resources])
            .Where(resource => resource.Delete || (resource.Type != ResourceTypes.Stack && !wanted.Contains(resource.Urn) && !used.Contains(resource.Urn)))
            .Reverse()
            .Select(resource => new PlannedChange(
                resource.Urn,
                resource.Type,
                resource.RetainOnDelete ? "forget" : "delete",
                [],
                resource.Protect ? "is protected, so the up will fail here" : resource.Delete ? "was replaced" : null));
    }

    private static ImmutableArray<string> Outputs(JsonObject before, JsonObject after) =>
    [
        .. before.Select(output => output.Key).Union(after.Select(output => output.Key))
            .Where(name => Evaluator.HasUnknown(after[name]) || !JsonNode.DeepEquals(Secrets.Reveal(before[name]), Secrets.Reveal(after[name])))
            .Order(StringComparer.Ordinal),
    ];
}
