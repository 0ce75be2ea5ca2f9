using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Fleet.Clock;

namespace Orchestrator.Server.Files;

/// <summary>
/// The night that a data folder's runs take place in, and the simulated cloud that stands in for the world. It is there while
/// the night goes on: the cloud is a process of its own, outlives a kill of the one that started it, and ends with this file.
/// </summary>
/// <param name="Fleet">The fleet file, whole path.</param>
internal sealed record EnvironmentFile(ClockAnchor Anchor, Uri Cloud, string Fleet);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ClockAnchor))]
internal sealed partial class EnvironmentJson : JsonSerializerContext
{
    public static string Write(ClockAnchor anchor) => JsonSerializer.Serialize(anchor, Default.ClockAnchor);
}
