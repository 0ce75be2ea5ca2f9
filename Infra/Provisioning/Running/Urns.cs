using Orchestrator.Infra.Provisioning.Programs;

namespace Orchestrator.Infra.Provisioning.Running;

/// <summary>Names of a stack's resources, as Pulumi forms them. The root stack does not count as a parent in the name.</summary>
internal sealed record Urns(string Project, string Stack)
{
    public string Root => Of(ResourceTypes.Stack, $"{Project}-{Stack}");

    public string Of(string type, string name) => $"urn:pulumi:{Stack}::{Project}::{type}::{name}";

    public static string NameOf(string urn) => urn[(urn.LastIndexOf("::", StringComparison.Ordinal) + 2)..];
}
