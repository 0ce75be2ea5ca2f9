using System.Text.Json.Nodes;
using Orchestrator.Simulator.OpenApi.Gateway;
using Orchestrator.Simulator.OpenApi.Inventory;

namespace Orchestrator.Simulator.OpenApi.Products.Alb;

/// <summary>Server groups and the servers in them.</summary>
internal sealed partial class AlbApi
{
    private JsonObject CreateServerGroup(ApiCall call)
    {
        var vpc = call.Need("VpcId");
        inventory.Get(ItemKind.Vpc, vpc, "ResourceNotFound.Vpc", "resource VPC");
        var protocol = call.Find("Protocol") ?? "HTTP";
        if (protocol is not ("HTTP" or "HTTPS" or "gRPC"))
        {
            throw ApiRefusal.Invalid("Protocol", "it is HTTP, HTTPS or gRPC");
        }

        var check = call.Map("HealthCheckConfig") ?? throw ApiRefusal.Missing("HealthCheckConfig");
        var group = inventory.Create(
            call,
            ItemKind.ServerGroup,
            call.Need("ServerGroupName"),
            new JsonObject { ["VpcId"] = vpc, ["Protocol"] = protocol, ["HealthCheckConfig"] = check.DeepClone(), ["Scheduler"] = call.Find("Scheduler") ?? "Wrr", [Tags.Property] = Tags.Of(call) },
            quick,
            "alb_quota_servergroups");
        return new JsonObject { ["ServerGroupId"] = group.Id, ["JobId"] = inventory.NextId("job") };
    }

    private JsonObject UpdateServerGroup(ApiCall call)
    {
        var group = GetServerGroup(call.Need("ServerGroupId"));
        RequireSettled(group, "ServerGroup");
        var changed = call.Map("HealthCheckConfig") is { } check ? group.With("HealthCheckConfig", check.DeepClone()) : group;
        changed = call.Find("Scheduler") is { } scheduler ? changed.With("Scheduler", scheduler) : changed;
        inventory.Change(call, changed with { Name = call.Find("ServerGroupName") ?? group.Name }, quick, "");
        return new JsonObject { ["JobId"] = inventory.NextId("job") };
    }

    private async Task<JsonObject> DeleteServerGroupAsync(ApiCall call)
    {
        var group = GetServerGroup(call.Need("ServerGroupId"));
        var user = inventory.All(ItemKind.Listener).Concat(inventory.All(ItemKind.Rule)).Concat(inventory.All(ItemKind.ScalingGroup))
            .FirstOrDefault(item => !item.IsDeleting && item.Properties.ToJsonString().Contains($"\"{group.Id}\"", StringComparison.Ordinal));
        if (user is not null)
        {
            throw new ApiRefusal(400, "ResourceInUse.ServerGroup", $"The specified resource server group {group.Id} is in use by {user.Id}.");
        }

        await inventory.DeleteAsync(call, group);
        return new JsonObject { ["JobId"] = inventory.NextId("job") };
    }

    private JsonObject ListServers(ApiCall call)
    {
        var group = GetServerGroup(call.Need("ServerGroupId"));
        var now = inventory.Now;
        return Answers.Slice(call, inventory.ServersOf(group.Id).Where(server => Among(call.Texts("ServerIds"), server.ServerId)).Select(server => new JsonObject
        {
            ["ServerGroupId"] = group.Id,
            ["ServerId"] = server.ServerId,
            ["ServerIp"] = inventory.FindMachine(server.ServerId)?.Address,
            ["ServerType"] = server.Type,
            ["Port"] = server.Port,
            ["Weight"] = server.Weight,
            ["Description"] = server.Description,
            ["Status"] = server.ReadyAt > now ? "Adding" : server.SettledAt > now ? "Configuring" : "Available",
        }), "Servers");
    }

    private JsonObject Servers(ApiCall call, Action<CloudItem, JsonObject> each)
    {
        var group = GetServerGroup(call.Need("ServerGroupId"));
        RequireSettled(group, "ServerGroup");
        var servers = call.Maps("Servers");
        if (servers.Count == 0)
        {
            throw ApiRefusal.Missing("Servers");
        }

        foreach (var server in servers)
        {
            each(group, server);
        }

        inventory.Change(call, group, (1, 3), string.Join(' ', servers.Select(server => $"{ApiCall.TextOf(server["ServerId"])}={ApiCall.TextOf(server["Weight"])}")));
        return new JsonObject { ["JobId"] = inventory.NextId("job") };
    }

    private void Add(CloudItem group, JsonObject written)
    {
        var id = ApiCall.TextOf(written["ServerId"]) ?? throw ApiRefusal.Missing("Servers.ServerId");
        var type = ApiCall.TextOf(written["ServerType"]) ?? throw ApiRefusal.Missing("Servers.ServerType");
        if (type == "Ecs" && inventory.FindMachine(id) is null)
        {
            throw new ApiRefusal(404, "ResourceNotFound.BackendServer", $"The specified resource of backend server {id} is not found.");
        }

        inventory.SetServer(group.Id, new GroupServer(id, type, PortOf(written), WeightOf(written) ?? 100, inventory.Now + inventory.Delay(1, 3, id)) { Description = ApiCall.TextOf(written["Description"]) });
    }

    private void Update(CloudItem group, JsonObject written)
    {
        var server = Find(group, written);
        if (WeightOf(written) is { } weight && weight != server.Weight)
        {
            inventory.SetServer(group.Id, server with { Weight = weight, SettledAt = inventory.Now + inventory.Delay(1, 3, server.ServerId) });
        }
    }

    private void Remove(CloudItem group, JsonObject written)
    {
        var server = Find(group, written);
        inventory.RemoveServer(group.Id, server.ServerId, server.Port);
    }

    private GroupServer Find(CloudItem group, JsonObject written)
    {
        var id = ApiCall.TextOf(written["ServerId"]) ?? throw ApiRefusal.Missing("Servers.ServerId");
        var port = PortOf(written);
        return inventory.ServersOf(group.Id).FirstOrDefault(server => server.ServerId == id && server.Port == port)
            ?? throw new ApiRefusal(404, "ResourceNotFound.BackendServer", $"The backend server {id}:{port} is not in the server group {group.Id}.");
    }

    private static int PortOf(JsonObject written) => ApiCall.NumberOf(written["Port"], "Servers.Port") is { } port and > 0 and < 65536 ? port : throw ApiRefusal.Invalid("Servers.Port", "it is 1 to 65535");

    private static int? WeightOf(JsonObject written) => ApiCall.NumberOf(written["Weight"], "Servers.Weight") switch
    {
        null => null,
        >= 0 and <= 100 and var weight => weight,
        _ => throw ApiRefusal.Invalid("Servers.Weight", "it is 0 to 100"),
    };
}
