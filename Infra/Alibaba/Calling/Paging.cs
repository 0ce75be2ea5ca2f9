using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace Orchestrator.Infra.Alibaba.Calling;

/// <summary>Walks through the pages of a list. A page that changes while it is read may show an item twice or not at all, as the API does.</summary>
internal static class Paging
{
    /// <summary>Lists with <c>PageNumber</c>, <c>PageSize</c> and a total: ends at the total, or at a page that is not full.</summary>
    /// <param name="items">Where the items stand in an answer.</param>
    public static async IAsyncEnumerable<JsonObject> ByNumberAsync(
        OpenApiClient client, ApiRequest request, int size, Func<JsonObject, JsonNode?> items, [EnumeratorCancellation] CancellationToken cancellationToken, string numberName = "PageNumber", string sizeName = "PageSize")
    {
        for (var number = 1; ; number++)
        {
            var parameters = request.Parameters.DeepClone().AsObject();
            parameters[numberName] = number;
            parameters[sizeName] = size;
            var found = items(await client.CallAsync(request with { Parameters = parameters }, cancellationToken)) as JsonArray ?? [];
            foreach (var item in found.OfType<JsonObject>())
            {
                yield return item;
            }

            if (found.Count < size)
            {
                yield break;
            }
        }
    }

    /// <summary>Lists with <c>NextToken</c> and <c>MaxResults</c>: ends at an answer without a token.</summary>
    public static async IAsyncEnumerable<JsonObject> ByTokenAsync(
        OpenApiClient client, ApiRequest request, int size, Func<JsonObject, JsonNode?> items, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (string? token = null; ;)
        {
            var parameters = request.Parameters.DeepClone().AsObject();
            parameters["MaxResults"] = size;
            parameters["NextToken"] = token;
            var answer = await client.CallAsync(request with { Parameters = parameters }, cancellationToken);
            foreach (var item in (items(answer) as JsonArray ?? []).OfType<JsonObject>())
            {
                yield return item;
            }

            var next = answer["NextToken"] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;
            if (next is null || next == token)
            {
                yield break;
            }

            token = next;
        }
    }
}
