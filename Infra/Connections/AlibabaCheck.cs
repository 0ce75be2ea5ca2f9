using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Alibaba.Signing;
using Orchestrator.Infra.Settings;

namespace Orchestrator.Infra.Connections;

/// <summary>
/// Tries Alibaba Cloud: who the credentials belong to, whether the region is there, and for each product that units use whether it answers and lets us read; for making a
/// network, by a dry run. Changes nothing.
/// </summary>
internal sealed class AlibabaCheck(AlibabaCloud cloud, AlibabaOptions options, SimulationMark mark)
{
    private const string Connection = "alibaba";

    // The cheapest list of each product, of whose answer nothing is looked at.
    private static readonly ApiOperation[] lists =
    [
        ApiOperation.Rpc(ApiProduct.Ecs, "DescribeSecurityGroups"), ApiOperation.Rpc(ApiProduct.Vpc, "DescribeVpcs"), ApiOperation.Rpc(ApiProduct.Ess, "DescribeScalingGroups"),
        ApiOperation.Rpc(ApiProduct.Alb, "ListLoadBalancers"), ApiOperation.Rpc(ApiProduct.Rds, "DescribeDBInstances"), ApiOperation.Rpc(ApiProduct.Redis, "DescribeInstances"),
    ];

    private static readonly ApiOperation makeNetwork = ApiOperation.Rpc(ApiProduct.Vpc, "CreateVpc");

    public async Task<IReadOnlyList<ConnectionFinding>> CheckAsync(CancellationToken cancellationToken)
    {
        var where = cloud.Client.EndpointOf(ApiProduct.Sts, options.Region);
        var simulated = await mark.AskAsync(where, cancellationToken);
        var findings = new List<ConnectionFinding> { await TryAsync("identity", IdentityAsync, cancellationToken) };
        if (findings[0].Status == ConnectionStatus.Works)
        {
            findings.Add(await TryAsync("region", RegionAsync, cancellationToken));
            findings.Add(await ReadingAsync(cancellationToken));
            findings.Add(await TryAsync("making networks", WritingAsync, cancellationToken));
        }

        return [.. findings.Select(finding => finding with { Where = where.Authority, Simulated = simulated })];
    }

    private async Task<ConnectionFinding> IdentityAsync(CancellationToken cancellationToken)
    {
        try
        {
            var caller = await cloud.Sts(options.Region).GetCallerIdentityAsync(cancellationToken);
            return Works("identity", $"{caller.Arn} of account {caller.AccountId}");
        }
        catch (CredentialException missing) when (missing.NoneFound)
        {
            return new ConnectionFinding(Connection, "identity", ConnectionStatus.NotConfigured, "there are no credentials, so no unit can be built there")
            {
                Fix = "aliyun configure, or set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET (docs/alibaba-openapi.md has all the ways)",
            };
        }
    }

    private async Task<ConnectionFinding> RegionAsync(CancellationToken cancellationToken)
    {
        var regions = await cloud.Ecs(options.Region).ListRegionsAsync(cancellationToken);
        return regions.Contains(options.Region)
            ? Works("region", $"{options.Region}, one of {regions.Length}")
            : new ConnectionFinding(Connection, "region", ConnectionStatus.Fails, $"there is no region {options.Region}{Text.Suggest.Hint(options.Region, regions)}") { Fix = "Correct Infra:Alibaba:Region" };
    }

    private async Task<ConnectionFinding> ReadingAsync(CancellationToken cancellationToken)
    {
        var refused = new List<(string Product, ConnectionFinding Finding)>();
        foreach (var list in lists)
        {
            var finding = await TryAsync("reading", async token =>
            {
                await cloud.Client.CallAsync(new ApiRequest(list, options.Region, new JsonObject { ["RegionId"] = options.Region }), token);
                return Works("reading", "");
            }, cancellationToken);
            if (finding.Status != ConnectionStatus.Works) refused.Add((list.Product.Code, finding));
        }

        return refused.Count == 0
            ? Works("reading", string.Join(", ", lists.Select(list => list.Product.Code)))
            : new ConnectionFinding(Connection, "reading", ConnectionStatus.Fails, string.Join("; ", refused.Select(one => $"{one.Product}: {one.Finding.Detail}"))) { Fix = refused[0].Finding.Fix };
    }

    private async Task<ConnectionFinding> WritingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await cloud.Client.CallAsync(new ApiRequest(makeNetwork, options.Region, new JsonObject { ["RegionId"] = options.Region, ["CidrBlock"] = "10.0.0.0/16", ["DryRun"] = "true" }), cancellationToken);
        }
        catch (ApiException tried) when (tried.Code == "DryRunOperation")
        {
            // How a dry run says that the call would have been let through.
        }

        return Works("making networks", "CreateVpc would be let through (dry run)");
    }

    private static async Task<ConnectionFinding> TryAsync(string check, Func<CancellationToken, Task<ConnectionFinding>> run, CancellationToken cancellationToken)
    {
        try
        {
            return await run(cancellationToken);
        }
        catch (ApiException exception)
        {
            return new ConnectionFinding(Connection, check, ConnectionStatus.Fails, $"{exception.Operation}: {exception.Code}: {exception.Error.Message.TrimEnd('.')}") { Fix = exception.Fix };
        }
        catch (CredentialException exception)
        {
            return new ConnectionFinding(Connection, check, ConnectionStatus.Fails, exception.Message) { Fix = "docs/alibaba-openapi.md has all the ways to give credentials" };
        }
    }

    private static ConnectionFinding Works(string check, string detail) => new(Connection, check, ConnectionStatus.Works, detail);
}
