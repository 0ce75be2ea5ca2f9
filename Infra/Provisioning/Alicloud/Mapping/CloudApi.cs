using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba.Calling;

namespace Orchestrator.Infra.Provisioning.Alicloud.Mapping;

/// <summary>Calls of the OpenAPI in the region of a stack's alicloud provider.</summary>
internal sealed class CloudApi(OpenApiClient client, string region)
{
    /// <summary>Tag that a resource made here carries besides those of its program: the client token of its creation, by which it is found when the answer was lost.</summary>
    public const string TokenTag = "orchestrator-token";

    public string Region => region;

    /// <summary>An action in RPC style. ALB alone takes no <c>RegionId</c>.</summary>
    public Task<JsonObject> CallAsync(ApiOperation operation, JsonObject parameters, CancellationToken cancellationToken)
    {
        if (operation.Product != ApiProduct.Alb)
        {
            parameters["RegionId"] = region;
        }

        return client.CallAsync(new ApiRequest(operation, region, parameters), cancellationToken);
    }

    /// <summary>An action in ROA style.</summary>
    /// <param name="path">Values of the path by name.</param>
    public Task<JsonObject> CallAsync(ApiOperation operation, IEnumerable<(string Name, string Value)> path, JsonObject query, JsonObject? body, CancellationToken cancellationToken) =>
        client.CallAsync(
            new ApiRequest(operation, region, query) { PathValues = path.ToImmutableDictionary(value => value.Name, value => value.Value), Body = body }, cancellationToken);

    /// <summary>The id that a creation answers with.</summary>
    /// <exception cref="ApiException">The answer lacks it.</exception>
    public static string Id(ApiOperation operation, JsonObject answer, string name) =>
        answer.Text(name) ?? throw new ApiException(
            operation, new ApiError("UnreadableAnswer", $"the answer has no {name}", ApiErrorKind.Other, "The API answers in a shape that this version does not know.") { EffectUnknown = true });
}
