using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Simulator.Effects;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Effect))]
internal sealed partial class EffectsJson : JsonSerializerContext;
