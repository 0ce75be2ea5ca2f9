using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.State;

namespace Orchestrator.Infra.Provisioning.Running;

/// <summary>What an up would do, found out from the program and the state alone.</summary>
internal static class Preview
{
    public static StackPreview Of(StackProgram program, ImmutableDictionary<string, JsonNode?> config, Urns urns, List<ResourceState> resources)
    {
        var values = new ProgramValues(program, config, urns);
        var planner = new Planner(program, urns, urn => resources.Find(resource => resource.Urn == urn && !resource.Delete));
        var steps = ImmutableArray.CreateBuilder<PlannedChange>();
        foreach (var resource in program.Resources)
        {
            var plan = planner.PlanOf(resource, values.Evaluator.Evaluate(resource.Properties));
            var fresh = plan.Operation is "create" or "replace";
            values.Set(resource, fresh ? plan.Wanted with { Id = null, Outputs = [] } : plan.Wanted, complete: plan.Operation == "same");
            steps.Add(new PlannedChange(plan.Wanted.Urn, resource.Type, plan.Operation, plan.Differences));
        }

        var wanted = steps.Select(step => step.Urn).ToHashSet(StringComparer.Ordinal);
        var gone = resources.Where(resource =>
            resource.Delete || (resource.Custom && !wanted.Contains(resource.Urn) && !resource.Type.StartsWith(ResourceTypes.ProviderPrefix, StringComparison.Ordinal)));
        foreach (var resource in gone.Reverse())
        {
            steps.Add(new PlannedChange(resource.Urn, resource.Type, "delete", []));
        }

        return new StackPreview(steps.ToImmutable());
    }
}
