using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba.Calling;

namespace Orchestrator.Infra.Alibaba.Products;

public sealed record CreateVpcRequest(string VpcName, string CidrBlock, string ClientToken)
{
    public string? Description { get; init; }

    public ImmutableArray<ApiTag>? Tag { get; init; }
}

/// <param name="Status"><c>Pending</c> or <c>Available</c>.</param>
public sealed record VpcInfo(string VpcId, string Status, string? VpcName, string CidrBlock);

public sealed record CreateVSwitchRequest(string VpcId, string ZoneId, string CidrBlock, string ClientToken)
{
    public string? VSwitchName { get; init; }

    public string? Description { get; init; }
}

/// <param name="Status"><c>Pending</c> or <c>Available</c>.</param>
public sealed record VSwitchInfo(string VSwitchId, string VpcId, string Status, string ZoneId, string CidrBlock, string? VSwitchName, long AvailableIpAddressCount);

public sealed record ZoneInfo(string ZoneId, string? LocalName);

/// <summary>Virtual private clouds and their switches.</summary>
public sealed class VpcClient(OpenApiClient client, string region) : ProductClient(client, region, sendsRegion: true)
{
    private static readonly ApiOperation createVpc = ApiOperation.Rpc(ApiProduct.Vpc, "CreateVpc", ApiRepeat.WithToken);
    private static readonly ApiOperation describeVpc = ApiOperation.Rpc(ApiProduct.Vpc, "DescribeVpcAttribute");
    private static readonly ApiOperation describeVpcs = ApiOperation.Rpc(ApiProduct.Vpc, "DescribeVpcs");
    private static readonly ApiOperation modifyVpc = ApiOperation.Rpc(ApiProduct.Vpc, "ModifyVpcAttribute");
    private static readonly ApiOperation deleteVpc = ApiOperation.Rpc(ApiProduct.Vpc, "DeleteVpc");
    private static readonly ApiOperation createSwitch = ApiOperation.Rpc(ApiProduct.Vpc, "CreateVSwitch", ApiRepeat.WithToken);
    private static readonly ApiOperation describeSwitch = ApiOperation.Rpc(ApiProduct.Vpc, "DescribeVSwitchAttributes");
    private static readonly ApiOperation describeSwitches = ApiOperation.Rpc(ApiProduct.Vpc, "DescribeVSwitches");
    private static readonly ApiOperation modifySwitch = ApiOperation.Rpc(ApiProduct.Vpc, "ModifyVSwitchAttribute");
    private static readonly ApiOperation deleteSwitch = ApiOperation.Rpc(ApiProduct.Vpc, "DeleteVSwitch");

    /// <returns>Its id; it is usable once its status is <c>Available</c>.</returns>
    public async Task<string> CreateVpcAsync(CreateVpcRequest request, CancellationToken cancellationToken) =>
        await NeedAsync(createVpc, JsonSerializer.SerializeToNode(request, ProductJson.Default.CreateVpcRequest)!.AsObject(), "VpcId", cancellationToken);

    /// <exception cref="ApiException"><see cref="ApiErrorKind.NotFound"/>.</exception>
    public async Task<VpcInfo> DescribeVpcAsync(string id, CancellationToken cancellationToken) =>
        (await CallAsync(describeVpc, new JsonObject { ["VpcId"] = id }, cancellationToken)).Deserialize(ProductJson.Default.VpcInfo)!;

    /// <param name="name">Null: all.</param>
    public IAsyncEnumerable<VpcInfo> ListVpcsAsync(string? name, CancellationToken cancellationToken) =>
        PagesAsync(describeVpcs, new JsonObject { ["VpcName"] = name }, 50, answer => answer["Vpcs"]?["Vpc"], ProductJson.Default.VpcInfo, cancellationToken);

    public Task RenameVpcAsync(string id, string name, CancellationToken cancellationToken) =>
        CallAsync(modifyVpc, new JsonObject { ["VpcId"] = id, ["VpcName"] = name }, cancellationToken);

    /// <exception cref="ApiException"><see cref="ApiErrorKind.InUse"/> while switches or groups are in it.</exception>
    public Task DeleteVpcAsync(string id, CancellationToken cancellationToken) => CallAsync(deleteVpc, new JsonObject { ["VpcId"] = id }, cancellationToken);

    public async Task<string> CreateVSwitchAsync(CreateVSwitchRequest request, CancellationToken cancellationToken) =>
        await NeedAsync(createSwitch, JsonSerializer.SerializeToNode(request, ProductJson.Default.CreateVSwitchRequest)!.AsObject(), "VSwitchId", cancellationToken);

    public async Task<VSwitchInfo> DescribeVSwitchAsync(string id, CancellationToken cancellationToken) =>
        (await CallAsync(describeSwitch, new JsonObject { ["VSwitchId"] = id }, cancellationToken)).Deserialize(ProductJson.Default.VSwitchInfo)!;

    /// <param name="vpc">Null: of all networks.</param>
    public IAsyncEnumerable<VSwitchInfo> ListVSwitchesAsync(string? vpc, CancellationToken cancellationToken) =>
        PagesAsync(describeSwitches, new JsonObject { ["VpcId"] = vpc }, 50, answer => answer["VSwitches"]?["VSwitch"], ProductJson.Default.VSwitchInfo, cancellationToken);

    public Task RenameVSwitchAsync(string id, string name, CancellationToken cancellationToken) =>
        CallAsync(modifySwitch, new JsonObject { ["VSwitchId"] = id, ["VSwitchName"] = name }, cancellationToken);

    public Task DeleteVSwitchAsync(string id, CancellationToken cancellationToken) => CallAsync(deleteSwitch, new JsonObject { ["VSwitchId"] = id }, cancellationToken);
}
