using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Provisioning.Alicloud.Mapping;
using Orchestrator.Infra.Provisioning.Providers;

namespace Orchestrator.Infra.Provisioning.Alicloud.Alb;

/// <summary>Listeners of load balancers: <c>CreateListener</c>, <c>GetListenerAttribute</c>, <c>UpdateListenerAttribute</c>, <c>DeleteListener</c>.</summary>
internal sealed class ListenerType : CloudType
{
    private static readonly ApiOperation create = ApiOperation.Rpc(ApiProduct.Alb, "CreateListener", ApiRepeat.WithToken);
    private static readonly ApiOperation get = ApiOperation.Rpc(ApiProduct.Alb, "GetListenerAttribute");
    private static readonly ApiOperation list = ApiOperation.Rpc(ApiProduct.Alb, "ListListeners");
    private static readonly ApiOperation update = ApiOperation.Rpc(ApiProduct.Alb, "UpdateListenerAttribute", ApiRepeat.WithToken);
    private static readonly ApiOperation delete = ApiOperation.Rpc(ApiProduct.Alb, "DeleteListener", ApiRepeat.WithToken);

    public override string Token => "alicloud:alb/listener:Listener";

    public override FrozenSet<string> Inputs { get; } =
        ["loadBalancerId", "listenerPort", "listenerProtocol", "listenerDescription", "defaultActions", "requestTimeout", "idleTimeout", "gzipEnabled", "http2Enabled", "securityPolicyId", "certificates"];

    public override FrozenSet<string> Changeable { get; } =
        ["listenerDescription", "defaultActions", "requestTimeout", "idleTimeout", "gzipEnabled", "http2Enabled", "securityPolicyId", "certificates"];

    public override async Task<string> CreateAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        var parameters = Parameters(inputs, token);
        parameters["LoadBalancerId"] = inputs.Need("loadBalancerId");
        parameters["ListenerPort"] = inputs.Number("listenerPort");
        parameters["ListenerProtocol"] = inputs.Need("listenerProtocol");
        return CloudApi.Id(create, await api.CallAsync(create, parameters, cancellationToken), "ListenerId");
    }

    /// <summary>A load balancer has one listener a port.</summary>
    public override async Task<string?> FindAsync(CloudApi api, string name, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        var answer = await api.CallAsync(list, new JsonObject { ["LoadBalancerIds"] = new JsonArray(inputs.Need("loadBalancerId")), ["MaxResults"] = 100 }, cancellationToken);
        return answer.Maps("Listeners").FirstOrDefault(one => one.Text("ListenerPort") == inputs.Text("listenerPort") && one.Text("ListenerProtocol") == inputs.Text("listenerProtocol"))?.Text("ListenerId");
    }

    public override async Task<ProviderResource?> ReadAsync(CloudApi api, string id, CancellationToken cancellationToken)
    {
        var answer = await api.CallAsync(get, new JsonObject { ["ListenerId"] = id }, cancellationToken);
        return new ProviderResource(
            id,
            answer.Text("ListenerStatus") is "Running" or "Stopped",
            answer.Show(
                ("LoadBalancerId", "loadBalancerId"), ("ListenerPort", "listenerPort"), ("ListenerProtocol", "listenerProtocol"), ("ListenerDescription", "listenerDescription"), ("ListenerStatus", "status"),
                ("RequestTimeout", "requestTimeout"), ("IdleTimeout", "idleTimeout")));
    }

    public override Task UpdateAsync(CloudApi api, string id, JsonObject before, JsonObject inputs, string token, CancellationToken cancellationToken)
    {
        var parameters = Parameters(inputs, token);
        parameters["ListenerId"] = id;
        return api.CallAsync(update, parameters, cancellationToken);
    }

    public override Task DeleteAsync(CloudApi api, string id, JsonObject inputs, string token, CancellationToken cancellationToken) =>
        api.CallAsync(delete, new JsonObject { ["ListenerId"] = id, ["ClientToken"] = token }, cancellationToken);

    private static JsonObject Parameters(JsonObject inputs, string token)
    {
        var parameters = inputs.Take(
            ("listenerDescription", "ListenerDescription"), ("defaultActions", "DefaultActions"), ("requestTimeout", "RequestTimeout"), ("idleTimeout", "IdleTimeout"), ("gzipEnabled", "GzipEnabled"),
            ("http2Enabled", "Http2Enabled"), ("securityPolicyId", "SecurityPolicyId"));
        if (inputs["certificates"] is JsonObject certificate)
        {
            parameters["Certificates"] = new JsonArray(InputReading.Pascal(certificate));
        }

        parameters["ClientToken"] = token;
        return parameters;
    }
}
