using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Orchestrator.Fleet.Files;
using Orchestrator.Simulator.Balancing;
using Orchestrator.Simulator.Clusters;
using Orchestrator.Simulator.Effects;
using Orchestrator.Simulator.Endpoints;
using Orchestrator.Simulator.OpenApi.Gateway;
using Orchestrator.Simulator.OpenApi.Inventory;
using Orchestrator.Simulator.OpenApi.Products.Ack;
using Orchestrator.Simulator.OpenApi.Products.Alb;
using Orchestrator.Simulator.OpenApi.Products.Ecs;
using Orchestrator.Simulator.OpenApi.Products.Emr;
using Orchestrator.Simulator.OpenApi.Products.Ess;
using Orchestrator.Simulator.OpenApi.Products.Quotas;
using Orchestrator.Simulator.OpenApi.Products.Rds;
using Orchestrator.Simulator.OpenApi.Products.Redis;
using Orchestrator.Simulator.OpenApi.Products.Sts;
using Orchestrator.Simulator.OpenApi.Products.Vpc;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Simulator.OpenApi;

/// <summary>The simulated OpenAPI put together: the gateway, the products behind it, and the inventory that they share.</summary>
internal sealed class OpenApiService : IAsyncDisposable
{
    private readonly CloudInventory _inventory;
    private readonly UnitReading _units;
    private readonly AckApi _ack;

    public OpenApiService(SimulatedCloudOptions options, EffectsLog effects, Balancer balancer, ConcurrentDictionary<string, SimulatedCluster> clusters, Func<ClusterDefinition, SimulatedCluster> open)
    {
        _inventory = new CloudInventory(options, effects);
        _units = new UnitReading(_inventory);
        _ack = new AckApi(_inventory, options, clusters, open);
        var keys = new AccessKeys(options);
        IEnumerable<ApiAction> actions =
        [
            .. new VpcApi(_inventory).Actions,
            .. new EcsApi(_inventory).Actions,
            .. new EssApi(_inventory).Actions,
            .. new AlbApi(_inventory, _units.Of, balancer).Actions,
            .. new RdsApi(_inventory).Actions,
            .. new RedisApi(_inventory).Actions,
            .. _ack.Actions,
            .. new EmrApi(_inventory).Actions,
            .. new QuotasApi(_inventory).Actions,
            .. new StsApi(keys).Actions,
        ];
        Gateway = new ApiGateway(actions, keys, options, _inventory.Regions.Contains, _inventory.Regions[0]);
    }

    public ApiGateway Gateway { get; }

    /// <summary>Everything that was made, and how many machines are rented.</summary>
    public IEnumerable<JsonNode> List() => _inventory.List();

    /// <summary>Cores that serve a unit's requests at a moment; null: there is no such unit.</summary>
    public double? CoresOf(string unit, DateTimeOffset at) => _units.CoresOf(unit, at);

    /// <summary>Rises with every change of what there is.</summary>
    public long Version => _inventory.Version;

    public UnitHealth? FindUnit(string unit) => _units.FindUnit(unit);

    /// <summary>Before a cluster's API server is asked: its nodes are those that it should have by now.</summary>
    public Task SettleAsync(string cluster) => _ack.SettleAsync(cluster);

    /// <summary>Answers a call, or passes a request of another kind on.</summary>
    public Task InvokeAsync(HttpContext context, RequestDelegate next) => ApiGateway.IsCall(context.Request) ? Gateway.HandleAsync(context) : next(context);

    public async ValueTask DisposeAsync()
    {
        Gateway.Dispose();
        _ack.Dispose();
        await _inventory.DisposeAsync();
    }
}
