using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba.Calling;

namespace Orchestrator.Infra.Alibaba.Products;

/// <param name="TotalQuota">What the account may have.</param>
/// <param name="TotalUsage">What it has; null where the cloud does not count it.</param>
public sealed record QuotaInfo(string QuotaActionCode, string? QuotaName, string? ProductCode, double TotalQuota, double? TotalUsage, string? QuotaUnit);

/// <summary>Quota Center.</summary>
public sealed class QuotasClient(OpenApiClient client, string region) : ProductClient(client, region, sendsRegion: false)
{
    private static readonly ApiOperation get = ApiOperation.Rpc(ApiProduct.Quotas, "GetProductQuota");
    private static readonly ApiOperation list = ApiOperation.Rpc(ApiProduct.Quotas, "ListProductQuotas");

    /// <exception cref="ApiException"><see cref="ApiErrorKind.NotFound"/>.</exception>
    public async Task<QuotaInfo> GetQuotaAsync(string product, string action, CancellationToken cancellationToken) =>
        (await CallAsync(get, new JsonObject { ["ProductCode"] = product, ["QuotaActionCode"] = action }, cancellationToken))["Quota"].Deserialize(ProductJson.Default.QuotaInfo)!;

    public IAsyncEnumerable<QuotaInfo> ListQuotasAsync(string product, CancellationToken cancellationToken) =>
        PagesAsync(list, new JsonObject { ["ProductCode"] = product }, 100, answer => answer["Quotas"], ProductJson.Default.QuotaInfo, cancellationToken, byToken: true);
}
