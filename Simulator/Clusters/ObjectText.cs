using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters;

/// <summary>Writes stored objects as they are answered: the stored text, and behind it the status that the model gives at this moment.</summary>
internal sealed class ObjectText(SimulatedCluster cluster)
{
    public void Write(IBufferWriter<byte> output, ResourceKind kind, StoredObject stored)
    {
        if (cluster.StatusOf(kind, stored) is not { } status)
        {
            output.Write(stored.Json);
            return;
        }

        output.Write(stored.Json.AsSpan(0, stored.Json.Length - 1));
        output.Write(",\"status\":"u8);
        using (var writer = new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true }))
        {
            status(writer);
        }

        output.Write("}"u8);
    }

    public JsonObject Read(ResourceKind kind, StoredObject stored)
    {
        var output = new ArrayBufferWriter<byte>(stored.Json.Length + 1024);
        Write(output, kind, stored);
        return JsonNode.Parse(output.WrittenSpan)!.AsObject();
    }
}
