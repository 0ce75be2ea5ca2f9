using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Simulator.Faults;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(FaultPlan))]
internal sealed partial class FaultsJson : JsonSerializerContext;
