using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Orchestrator.Workflows.Language.Expressions;

/// <summary>A value of the scope as JSON, for an expression that gives it as it is.</summary>
internal static class ScopeValueJson
{
    public static void Write(Utf8JsonWriter writer, ScopeValue value)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        switch (value)
        {
            case JsonScopeValue { Value: var json }:
                json.WriteTo(writer);
                break;
            case ScopeList list:
                writer.WriteStartArray();
                for (var i = 0; i < list.Count; i++)
                {
                    Write(writer, list[i]);
                }

                writer.WriteEndArray();
                break;
            case ScopeObject @object:
                writer.WriteStartObject();
                foreach (var name in @object.Names)
                {
                    if (@object.Get(name) is { } member)
                    {
                        writer.WritePropertyName(name);
                        Write(writer, member);
                    }
                }

                writer.WriteEndObject();
                break;
        }
    }
}
