using Orchestrator.Infra.Provisioning.Programs;

namespace Orchestrator.Infra.Provisioning.Stacks;

/// <summary>Names of a stack's resources, as Pulumi forms them. The root stack does not count as a parent in the name.</summary>
internal sealed record Urns(string Project, string Stack)
{
    public string Root => Of(ResourceTypes.Stack, $"{Project}-{Stack}");

    public string Of(string type, string name) => $"urn:pulumi:{Stack}::{Project}::{type}::{name}";

    /// <summary>The resource's name: all after the third <c>::</c>, since a name may hold more of them.</summary>
    public static string NameOf(string urn) => Parts(urn) is [_, _, _, var name] ? name : urn;

    /// <summary>The resource's type.</summary>
    public static string TypeOf(string urn) => Parts(urn) is [_, _, var type, ..] ? type : "";

    private static string[] Parts(string urn) => urn.Split("::", 4);
}
