using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Fleet.Clock;

namespace Orchestrator.Server.Files;

/// <summary>
/// The night that a data folder's runs take place in, and the simulated cloud that stands in for the world. It is there while
/// the night goes on: the cloud is a process of its own, outlives a kill of the one that started it, and ends with this file.
/// </summary>
/// <param name="Fleet">The fleet file, whole path.</param>
internal sealed record NightFile(NightAnchor Anchor, Uri Cloud, string Fleet);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(NightAnchor))]
internal sealed partial class NightJson : JsonSerializerContext
{
    public static string Write(NightAnchor anchor) => JsonSerializer.Serialize(anchor, Default.NightAnchor);
}
