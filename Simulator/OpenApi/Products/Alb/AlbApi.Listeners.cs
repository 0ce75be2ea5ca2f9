using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.OpenApi.Gateway;
using Orchestrator.Simulator.OpenApi.Inventory;

namespace Orchestrator.Simulator.OpenApi.Products.Alb;

/// <summary>Listeners, their rules, and where they send requests.</summary>
internal sealed partial class AlbApi
{
    private JsonObject CreateListener(ApiCall call)
    {
        var balancer = GetBalancer(call.Need("LoadBalancerId"));
        RequireSettled(balancer, "LoadBalancer");
        var port = call.NeedNumber("ListenerPort");
        if (inventory.All(ItemKind.Listener).Any(one => one.Text("LoadBalancerId") == balancer.Id && one.Text("ListenerPort") == $"{port}" && !one.IsDeleting))
        {
            throw new ApiRefusal(400, "ResourceAlreadyExist.Listener", $"The specified resource listener of port {port} already exists.");
        }

        var actions = ForwardsOf(call.Maps("DefaultActions"), weighted: false);
        var listener = inventory.Create(
            call,
            ItemKind.Listener,
            call.Find("ListenerDescription") ?? "",
            new JsonObject { ["LoadBalancerId"] = balancer.Id, ["ListenerPort"] = port, ["ListenerProtocol"] = call.Need("ListenerProtocol"), ["DefaultActions"] = actions },
            (4, 8));
        return new JsonObject { ["ListenerId"] = listener.Id, ["JobId"] = inventory.NextId("job") };
    }

    private JsonObject UpdateListener(ApiCall call)
    {
        var listener = GetListener(call.Need("ListenerId"));
        RequireSettled(listener, "Listener");
        var changed = call.Maps("DefaultActions") is { Count: > 0 } actions ? listener.With("DefaultActions", ForwardsOf(actions, weighted: false)) : listener;
        inventory.Change(call, changed with { Name = call.Find("ListenerDescription") ?? listener.Name }, quick, "");
        return new JsonObject { ["JobId"] = inventory.NextId("job") };
    }

    private async Task<JsonObject> DeleteListenerAsync(ApiCall call)
    {
        var listener = GetListener(call.Need("ListenerId"));
        foreach (var rule in inventory.All(ItemKind.Rule).Where(rule => rule.Text("ListenerId") == listener.Id).ToList())
        {
            await inventory.DeleteAsync(call, rule, 0);
        }

        await inventory.DeleteAsync(call, listener);
        return new JsonObject { ["JobId"] = inventory.NextId("job") };
    }

    private JsonObject CreateRule(ApiCall call)
    {
        var listener = GetListener(call.Need("ListenerId"));
        RequireSettled(listener, "Listener");
        var priority = call.NeedNumber("Priority");
        if (inventory.All(ItemKind.Rule).Any(one => one.Text("ListenerId") == listener.Id && one.Text("Priority") == $"{priority}" && !one.IsDeleting))
        {
            throw new ApiRefusal(400, "ResourceAlreadyExist.Rule", $"The specified resource rule of priority {priority} already exists.");
        }

        if (call.Maps("RuleConditions").Count == 0)
        {
            throw ApiRefusal.Missing("RuleConditions");
        }

        var rule = inventory.Create(
            call,
            ItemKind.Rule,
            call.Need("RuleName"),
            new JsonObject
            {
                ["ListenerId"] = listener.Id,
                ["LoadBalancerId"] = listener.Text("LoadBalancerId"),
                ["Priority"] = priority,
                ["RuleConditions"] = new JsonArray([.. call.Maps("RuleConditions").Select(condition => condition.DeepClone())]),
                ["RuleActions"] = ForwardsOf(call.Maps("RuleActions"), weighted: true),
            },
            quick);
        Divide(call, rule, rule.ReadyAt);
        return new JsonObject { ["RuleId"] = rule.Id, ["JobId"] = inventory.NextId("job") };
    }

    private JsonObject UpdateRule(ApiCall call)
    {
        var rule = GetRule(call.Need("RuleId"));
        RequireSettled(rule, "Rule");
        var changed = call.Maps("RuleActions") is { Count: > 0 } actions ? rule.With("RuleActions", ForwardsOf(actions, weighted: true)) : rule;
        changed = inventory.Change(call, changed with { Name = call.Find("RuleName") ?? rule.Name }, quick, "");
        Divide(call, changed, changed.SettledAt ?? inventory.Now);
        return new JsonObject { ["JobId"] = inventory.NextId("job") };
    }

    /// <summary>A rule whose groups include one named <c>home</c> divides the buyers' traffic; a group's name is the destination's.</summary>
    private void Divide(ApiCall call, CloudItem rule, DateTimeOffset from)
    {
        var weights = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var tuple in (rule.Properties["RuleActions"] as JsonArray ?? []).SelectMany(action => action?["ForwardGroupConfig"]?["ServerGroupTuples"] as JsonArray ?? []).OfType<JsonObject>())
        {
            weights[GetServerGroup(tuple["ServerGroupId"]!.ToString()).Name] = ApiCall.NumberOf(tuple["Weight"], "Weight") ?? 100;
        }

        var headers = (rule.Properties["RuleConditions"] as JsonArray ?? []).OfType<JsonObject>().Where(condition => condition["Type"]?.ToString() == "Header").ToList();
        if (headers.Count == 0)
        {
            traffic.Route(weights, call.Find(call.Action.TokenName) ?? "", from);
            return;
        }

        // A header with several values is met by each of them.
        var asked = headers.Aggregate(
            (IEnumerable<ImmutableDictionary<string, string>>)[ImmutableDictionary<string, string>.Empty],
            (all, condition) => all.SelectMany(so => (condition["HeaderConfig"]?["Values"] as JsonArray ?? []).Select(value => so.SetItem(condition["HeaderConfig"]!["Key"]!.ToString(), value!.ToString()))));
        traffic.Mark(SourceOf(rule), asked.Select(one => (one, (IReadOnlyDictionary<string, long>)weights)), call.Find(call.Action.TokenName) ?? "", from);
    }

    private static string SourceOf(CloudItem rule) => $"rule {rule.Id}";

    private async Task<JsonObject> DeleteRuleAsync(ApiCall call)
    {
        var rule = GetRule(call.Need("RuleId"));
        await inventory.DeleteAsync(call, rule);
        traffic.Mark(SourceOf(rule), [], call.Find(call.Action.TokenName) ?? "", inventory.Now);
        return new JsonObject { ["JobId"] = inventory.NextId("job") };
    }

    /// <summary>Checks that every server group is there; numbers become numbers.</summary>
    private JsonArray ForwardsOf(IReadOnlyList<JsonObject> written, bool weighted)
    {
        if (written.Count == 0)
        {
            throw ApiRefusal.Missing(weighted ? "RuleActions" : "DefaultActions");
        }

        return new JsonArray([.. written.Select(Action)]);

        JsonObject Action(JsonObject action)
        {
            var type = ApiCall.TextOf(action["Type"]) ?? throw ApiRefusal.Missing("Type");
            var tuples = (action["ForwardGroupConfig"]?["ServerGroupTuples"] as JsonArray ?? []).OfType<JsonObject>().Select(Tuple).ToArray();
            if (type == "ForwardGroup" && tuples.Length == 0)
            {
                throw ApiRefusal.Missing("ForwardGroupConfig.ServerGroupTuples");
            }

            var made = new JsonObject { ["Type"] = type };
            if (type == "ForwardGroup")
            {
                made["ForwardGroupConfig"] = new JsonObject { ["ServerGroupTuples"] = new JsonArray(tuples) };
                if (action["ForwardGroupConfig"]?["ServerGroupStickySession"] is JsonObject sticky)
                {
                    made["ForwardGroupConfig"]!["ServerGroupStickySession"] = Typed(sticky);
                }
            }
            else if (action["InsertHeaderConfig"] is JsonObject header)
            {
                made["InsertHeaderConfig"] = header.DeepClone();
            }

            if (weighted)
            {
                made["Order"] = ApiCall.NumberOf(action["Order"], "Order") ?? 1;
            }

            return made;
        }

        JsonObject Tuple(JsonObject tuple)
        {
            var made = new JsonObject { ["ServerGroupId"] = GetServerGroup(ApiCall.TextOf(tuple["ServerGroupId"]) ?? throw ApiRefusal.Missing("ServerGroupId")).Id };
            if (weighted)
            {
                made["Weight"] = ApiCall.NumberOf(tuple["Weight"], "Weight") switch
                {
                    // One group alone needs none; of several each does.
                    null when tuple.Parent is JsonArray { Count: > 1 } => throw ApiRefusal.Missing("Weight"),
                    null => 100,
                    >= 0 and <= 100 and var weight => weight,
                    _ => throw ApiRefusal.Invalid("Weight", "it is 0 to 100"),
                };
            }

            return made;
        }
    }
}
