using System.Text.Json.Serialization;
using Orchestrator.Server.Api;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Membership;

namespace Orchestrator.Server.Servers;

/// <summary>A process that shares the store. Times are the store's.</summary>
/// <param name="Shards">Of 64: the share of all runs that its engine decides.</param>
/// <param name="Draining">It takes no new work and is about to leave.</param>
/// <param name="Self">It is the one that answers.</param>
/// <param name="ProtocolVersion">The newest format of journal and bus that it knows.</param>
internal sealed record ServerResponse(
    string Server, IReadOnlyList<string> Roles, IReadOnlyList<string> Tags, int Shards, int Slots, string Version, int ProtocolVersion, DateTimeOffset JoinedAt, DateTimeOffset SeenAt, bool Draining, bool Self);

/// <param name="ProtocolVersion">In which all of them write: the newest that each knew when it rose.</param>
internal sealed record ServersResponse(int ProtocolVersion, IReadOnlyList<ServerResponse> Items);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ServersResponse))]
internal sealed partial class ServersJson : JsonSerializerContext;

/// <summary>The servers that share the store.</summary>
internal static class ServersApi
{
    public static void MapServers(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/servers", List).WithTags("servers").WithSummary("The servers that are alive, in the order of their joining.").WithoutStore();

    private static ServersResponse List(Engine engine)
    {
        var shards = engine.ShardsByInstance;
        return new ServersResponse(engine.ProtocolVersion, [.. engine.Servers.Select(server => Of(server, shards.GetValueOrDefault(server.Info.Instance), engine.Server))]);
    }

    private static ServerResponse Of(ServerState server, int shards, string self) => new(
        server.Info.Name,
        [.. Enum.GetValues<ServerRoles>().Where(role => role is not (ServerRoles.None or ServerRoles.All) && server.Info.Roles.HasFlag(role)).Select(role => Words.Of(role))],
        server.Info.Tags, shards, server.Info.Slots, server.Info.Version, server.Info.ProtocolVersion, server.JoinedAt, server.SeenAt, server.Draining, server.Info.Name == self);
}
