using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Orchestrator.Infra.Clock;
using Orchestrator.Infra.Simulator.Effects;
using Orchestrator.Infra.Simulator.Faults;

namespace Orchestrator.Infra.Simulator;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Effect))]
[JsonSerializable(typeof(NightAnchor))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(FaultPlan))]
internal sealed partial class SimulatorJson : JsonSerializerContext;
