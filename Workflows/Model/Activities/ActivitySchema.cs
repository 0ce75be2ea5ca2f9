using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.Activities;

/// <summary>Makes an activity's JSON schema from its argument or result type.</summary>
public static class ActivitySchema
{
    private static readonly JsonSchemaExporterOptions Exporter = new()
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = (context, exported) => Refine(context, exported),
    };

    /// <summary>
    /// The schema (2020-12) of a type as <see cref="WorkflowJson.Options"/> reads it. A constructor parameter without a
    /// default and a <c>required</c> member are required; members that are not declared are refused;
    /// <c>[Description]</c>, <c>[Range]</c>, <c>[MinLength]</c>, <c>[MaxLength]</c> and <c>[RegularExpression]</c> are taken over.
    /// </summary>
    public static JsonNode Of(Type type)
    {
        var schema = WorkflowJson.Options.GetJsonSchemaAsNode(type, Exporter);
        return schema is JsonObject ? schema : new JsonObject();
    }

    private static JsonNode Refine(JsonSchemaExporterContext context, JsonNode exported)
    {
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        var schema = exported as JsonObject ?? [];
        if (type == typeof(TimeSpan))
        {
            RefineDuration(schema);
        }
        else if (type.IsEnum && schema.ContainsKey("enum") && !schema.ContainsKey("type"))
        {
            schema["type"] = context.TypeInfo.Type == type ? "string" : new JsonArray("string", "null");
        }

        // The exporter leaves out items that anything fits, and a value with a converter of its own looks so to it.
        if (context.TypeInfo is { Kind: JsonTypeInfoKind.Enumerable, ElementType: { } element } && (element == typeof(TimeSpan) || element == typeof(TimeSpan?)))
        {
            var items = new JsonObject();
            RefineDuration(items);
            schema["items"] = items;
        }

        if (context.TypeInfo.Kind == JsonTypeInfoKind.Object && schema.ContainsKey("properties") && !schema.ContainsKey("$ref"))
        {
            RefineObject(context.TypeInfo, schema);
        }

        if (context.PropertyInfo is { } property)
        {
            Annotate(property, schema);
        }
        else if (type.GetCustomAttribute<DescriptionAttribute>() is { } about)
        {
            schema["description"] = about.Description;
        }

        return schema.Count == 0 ? exported : schema;
    }

    private static void RefineObject(JsonTypeInfo type, JsonObject schema)
    {
        var required = type.Properties
            .Where(property => property.IsRequired || property.AssociatedParameter is { HasDefaultValue: false })
            .Select(property => (JsonNode)property.Name)
            .ToArray();
        schema.Remove("required");
        if (required.Length > 0)
        {
            schema["required"] = new JsonArray(required);
        }

        schema["additionalProperties"] = type.Properties.Any(property => property.IsExtensionData);

        // The exporter does not offer a nullable value with a converter of its own for refinement.
        foreach (var property in type.Properties.Where(property => property.PropertyType == typeof(TimeSpan?)))
        {
            if (schema["properties"]![property.Name] is JsonObject optional)
            {
                RefineDuration(optional);
                Annotate(property, optional);
            }
        }
    }

    private static void RefineDuration(JsonObject schema)
    {
        schema["type"] = "string";
        schema["pattern"] = Duration.Pattern;
        schema["description"] = "A duration, as in 15m or 1h30m.";
    }

    private static void Annotate(JsonPropertyInfo property, JsonObject schema)
    {
        if (Find<DescriptionAttribute>(property) is { } description)
        {
            schema["description"] = description.Description;
        }

        if (Find<RangeAttribute>(property) is { } range)
        {
            schema["minimum"] = JsonNode.Parse(Convert.ToString(range.Minimum, System.Globalization.CultureInfo.InvariantCulture)!);
            schema["maximum"] = JsonNode.Parse(Convert.ToString(range.Maximum, System.Globalization.CultureInfo.InvariantCulture)!);
        }

        var isList = schema.ContainsKey("items");
        if (Find<MinLengthAttribute>(property) is { } least)
        {
            schema[isList ? "minItems" : "minLength"] = least.Length;
        }

        if (Find<MaxLengthAttribute>(property) is { } most)
        {
            schema[isList ? "maxItems" : "maxLength"] = most.Length;
        }

        if (Find<RegularExpressionAttribute>(property) is { } pattern)
        {
            schema["pattern"] = $"^(?:{pattern.Pattern})$";
        }
    }

    /// <summary>An attribute of the property, or of the record's parameter that declares it.</summary>
    private static T? Find<T>(JsonPropertyInfo property)
        where T : Attribute =>
        Of<T>(property.AttributeProvider) ?? Of<T>(property.AssociatedParameter?.AttributeProvider);

    private static T? Of<T>(ICustomAttributeProvider? provider)
        where T : Attribute => provider?.GetCustomAttributes(typeof(T), inherit: true).OfType<T>().FirstOrDefault();
}
