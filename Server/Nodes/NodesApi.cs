using System.Text.Json.Serialization;
using Orchestrator.Server.Api;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Membership;

namespace Orchestrator.Server.Nodes;

/// <summary>A process that shares the store. Times are the store's.</summary>
/// <param name="Shards">Of 64: the share of all runs that its engine decides.</param>
/// <param name="Draining">It takes no new work and is about to leave.</param>
/// <param name="Self">It is the one that answers.</param>
/// <param name="Format">The newest format of journal and bus that it knows.</param>
internal sealed record NodeAnswer(
    string Node, IReadOnlyList<string> Roles, IReadOnlyList<string> Tags, int Shards, int Slots, string Version, int Format, DateTimeOffset JoinedAt, DateTimeOffset SeenAt, bool Draining, bool Self);

/// <param name="Format">In which all of them write: the newest that each knew when it rose.</param>
internal sealed record NodesAnswer(int Format, IReadOnlyList<NodeAnswer> Items);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NodesAnswer))]
internal sealed partial class NodesJson : JsonSerializerContext;

/// <summary>The nodes that share the store.</summary>
internal static class NodesApi
{
    public static void MapNodes(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/nodes", List).WithTags("nodes").WithSummary("The nodes that are alive, in the order of their joining.").WithoutStore();

    private static NodesAnswer List(Engine engine)
    {
        var shards = engine.ShardsByInstance;
        return new NodesAnswer(engine.Format, [.. engine.Nodes.Select(node => Of(node, shards.GetValueOrDefault(node.Info.Instance), engine.Node))]);
    }

    private static NodeAnswer Of(NodeState node, int shards, string self) => new(
        node.Info.Name,
        [.. Enum.GetValues<NodeRoles>().Where(role => role is not (NodeRoles.None or NodeRoles.All) && node.Info.Roles.HasFlag(role)).Select(role => Words.Of(role))],
        node.Info.Tags, shards, node.Info.Slots, node.Info.Version, node.Info.Format, node.JoinedAt, node.SeenAt, node.Draining, node.Info.Name == self);
}
