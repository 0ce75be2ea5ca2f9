using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Orchestrator.Infra.Alibaba.Calling;

namespace Orchestrator.Infra.Alibaba.Products;

/// <summary>What the clients of products have in common: typed requests and answers over <see cref="OpenApiClient"/>, in one region.</summary>
/// <param name="sendsRegion">Whether the product takes <c>RegionId</c> as a parameter.</param>
public abstract class ProductClient(OpenApiClient client, string region, bool sendsRegion)
{
    /// <summary>Such as <c>cn-hangzhou</c>.</summary>
    public string Region => region;

    private protected Task<JsonObject> CallAsync(ApiOperation operation, JsonObject parameters, CancellationToken cancellationToken) =>
        client.CallAsync(Request(operation, parameters), cancellationToken);

    private protected Task<JsonObject> CallAsync(ApiRequest request, CancellationToken cancellationToken) => client.CallAsync(request, cancellationToken);

    /// <summary>One value of the answer.</summary>
    private protected Task<string> NeedAsync(ApiOperation operation, JsonObject parameters, string name, CancellationToken cancellationToken) =>
        NeedAsync(Request(operation, parameters), name, cancellationToken);

    /// <exception cref="ApiException">The answer lacks it.</exception>
    private protected async Task<string> NeedAsync(ApiRequest request, string name, CancellationToken cancellationToken) =>
        (await client.CallAsync(request, cancellationToken)).Find(name)
        ?? throw new ApiException(request.Operation, new ApiError("UnreadableAnswer", $"the answer has no {name}", ApiErrorKind.Other, "The API answers in a shape that this version does not know.") { EffectUnknown = true });

    private protected async IAsyncEnumerable<T> PagesAsync<T>(
        ApiOperation operation,
        JsonObject parameters,
        int size,
        Func<JsonObject, JsonNode?> items,
        JsonTypeInfo<T> type,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken,
        bool byToken = false)
    {
        var request = Request(operation, parameters);
        var pages = byToken
            ? Paging.ByTokenAsync(client, request, size, items, cancellationToken)
            : Paging.ByNumberAsync(client, request, size, items, cancellationToken);
        await foreach (var item in pages)
        {
            yield return item.Deserialize(type)!;
        }
    }

    private protected ApiRequest Request(ApiOperation operation, JsonObject parameters)
    {
        if (sendsRegion)
        {
            parameters["RegionId"] = region;
        }

        return new ApiRequest(operation, region, parameters);
    }

    private protected static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);

    /// <summary>The first of a list, or null.</summary>
    private protected static T? First<T>(JsonNode? items, JsonTypeInfo<T> type)
        where T : class => (items as JsonArray)?.FirstOrDefault() is { } first ? first.Deserialize(type) : null;
}

/// <summary>A tag of a resource.</summary>
public sealed record ApiTag(string Key, string Value);
