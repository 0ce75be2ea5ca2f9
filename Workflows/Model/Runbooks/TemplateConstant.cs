using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.Runbooks;

/// <summary>The value of a template that holds no expression.</summary>
public static class TemplateConstant
{
    // Deeper than a YAML document may be nested.
    private const int DeepestValue = 256;

    /// <summary>Null when it is not constant.</summary>
    public static JsonElement? Of(Template template) => template switch
    {
        LiteralTemplate literal => literal.Value,
        { IsConstant: false } => null,
        _ => Build(template),
    };

    private static JsonElement Build(Template template)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = WorkflowJson.Options.Encoder, MaxDepth = DeepestValue }))
        {
            Write(writer, template);
        }

        return JsonElement.Parse(buffer.WrittenSpan, new JsonDocumentOptions { MaxDepth = DeepestValue });
    }

    private static void Write(Utf8JsonWriter writer, Template template)
    {
        switch (template)
        {
            case LiteralTemplate literal:
                literal.Value.WriteTo(writer);
                break;
            case ListTemplate list:
                writer.WriteStartArray();
                foreach (var item in list.Items)
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            case MapTemplate map:
                writer.WriteStartObject();
                foreach (var (name, member) in map.Entries)
                {
                    writer.WritePropertyName(name);
                    Write(writer, member);
                }

                writer.WriteEndObject();
                break;
            default:
                throw new UnreachableException($"{template.GetType().Name} is no constant");
        }
    }
}
