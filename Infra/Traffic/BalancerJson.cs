using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Orchestrator.Infra.Traffic;

internal sealed record WeightsBody(ImmutableDictionary<string, int> Weights);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(WeightsBody))]
internal sealed partial class BalancerJson : JsonSerializerContext;
