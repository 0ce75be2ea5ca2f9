using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Orchestrator.Infra.Alibaba.Calling;

/// <summary>What one call says.</summary>
/// <param name="Region">Chooses the endpoint; products that need <c>RegionId</c> as a parameter have it there too.</param>
/// <param name="Parameters">RPC style: all parameters, nested as the API's documentation has them. ROA style: the query.</param>
public sealed record ApiRequest(ApiOperation Operation, string Region, JsonObject Parameters)
{
    /// <summary>ROA style: values of the path by name.</summary>
    public ImmutableDictionary<string, string> PathValues { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>ROA style: the body; null sends none.</summary>
    public JsonObject? Body { get; init; }

    /// <summary>The call's idempotency key, when it has one.</summary>
    public string? ClientToken => Parameters[nameof(ClientToken)] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;
}
