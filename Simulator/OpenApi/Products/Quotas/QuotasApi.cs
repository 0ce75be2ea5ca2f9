using System.Text.Json.Nodes;
using Orchestrator.Simulator.OpenApi.Gateway;
using Orchestrator.Simulator.OpenApi.Inventory;

namespace Orchestrator.Simulator.OpenApi.Products.Quotas;

/// <summary>Quota Center, version 2020-05-10: the quotas that the simulated cloud keeps, and what is used of them.</summary>
internal sealed class QuotasApi(CloudInventory inventory)
{
    private const string Version = "2020-05-10";

    public IEnumerable<ApiAction> Actions => [Action("GetProductQuota", Get), Action("ListProductQuotas", List)];

    private static ApiAction Action(string name, Func<ApiCall, JsonObject> answer) => new("quotas", Version, name, false, call => Task.FromResult(answer(call)));

    private JsonObject Get(ApiCall call)
    {
        var product = call.Need("ProductCode");
        var code = call.Need("QuotaActionCode");
        var quota = ProductQuotas.All.FirstOrDefault(one => one.Product == product && one.Code == code)
            ?? throw new ApiRefusal(404, "PARAMETER.NotFound", $"The quota {product}/{code} does not exist.");
        return new JsonObject { ["Quota"] = Quota(quota) };
    }

    private JsonObject List(ApiCall call) => Answers.Slice(call, ProductQuotas.All.Where(quota => quota.Product == call.Need("ProductCode")).Select(Quota), "Quotas", size: 30);

    private JsonObject Quota(ProductQuota quota) => new()
    {
        ["ProductCode"] = quota.Product,
        ["QuotaActionCode"] = quota.Code,
        ["QuotaName"] = quota.Name,
        ["TotalQuota"] = inventory.QuotaOf(quota.Code),
        ["TotalUsage"] = inventory.All(quota.Kind).Count(item => !item.IsDeleting),
        ["QuotaUnit"] = "count",
        ["Consumable"] = true,
    };
}
