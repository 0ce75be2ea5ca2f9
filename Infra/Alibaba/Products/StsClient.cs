using System.Text.Json;
using Orchestrator.Infra.Alibaba.Calling;

namespace Orchestrator.Infra.Alibaba.Products;

/// <summary>Who the credentials belong to.</summary>
/// <param name="IdentityType"><c>Account</c>, <c>RAMUser</c> or <c>AssumedRoleUser</c>.</param>
public sealed record CallerIdentity(string AccountId, string Arn, string IdentityType, string PrincipalId, string? UserId, string? RoleId);

/// <summary>Security Token Service.</summary>
public sealed class StsClient(OpenApiClient client, string region) : ProductClient(client, region, sendsRegion: false)
{
    private static readonly ApiOperation identity = ApiOperation.Rpc(ApiProduct.Sts, "GetCallerIdentity");

    /// <summary>Works for every credential that is valid, whatever its policy.</summary>
    public async Task<CallerIdentity> GetCallerIdentityAsync(CancellationToken cancellationToken) =>
        (await CallAsync(identity, [], cancellationToken)).Deserialize(ProductJson.Default.CallerIdentity)!;
}
