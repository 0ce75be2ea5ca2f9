using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Orchestrator.Fleet.Clock;

namespace Orchestrator.Simulator.Serving;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ClockAnchor))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class SimulatorJson : JsonSerializerContext;
