using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Orchestrator.Fleet.Clock;
using Orchestrator.Simulator.Effects;
using Orchestrator.Simulator.Faults;

namespace Orchestrator.Simulator;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Effect))]
[JsonSerializable(typeof(NightAnchor))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(FaultPlan))]
internal sealed partial class SimulatorJson : JsonSerializerContext;
