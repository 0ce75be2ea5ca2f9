using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Orchestrator.Infra.Traffic;

internal sealed record TrafficBody(
    DateTimeOffset At, double RequestsPerSecond, double P99Milliseconds, double ErrorRate, ImmutableDictionary<string, DestinationBody> Destinations);

internal sealed record DestinationBody(double RequestsPerSecond);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TrafficBody))]
internal sealed partial class BalancerJson : JsonSerializerContext;
