using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Language;

/// <summary>Makes the JSON schema of runbooks, for editors: the grammar, and each activity's arguments chosen by <c>run</c>.</summary>
public static class RunbookSchema
{
    private static readonly JsonSerializerOptions Indented = new(WorkflowJson.Options) { WriteIndented = true, NewLine = "\n" };

    /// <summary>The schema (2020-12) as text, the same for the same catalog; it ends in a line end.</summary>
    public static string Text(ActivityCatalog catalog) => Create(catalog).ToJsonString(Indented) + "\n";

    private static JsonObject Create(ActivityCatalog catalog)
    {
        var activities = catalog.Activities.Values.OrderBy(info => info.Name, StringComparer.Ordinal).ToArray();
        var schema = Parse(Grammar);
        var definitions = schema["$defs"]!.AsObject();
        foreach (var info in activities)
        {
            definitions[$"with.{info.Name}"] = Open(Relocate(info.ArgumentsSchema.DeepClone(), $"#/$defs/with.{info.Name}"));
        }

        definitions["activity"] = new JsonObject
        {
            ["oneOf"] = new JsonArray([.. activities.Select(info => new JsonObject { ["const"] = info.Name, ["title"] = info.Title, ["description"] = info.Description })]),
        };
        definitions["arguments"] = new JsonObject
        {
            ["allOf"] = new JsonArray([.. activities.Select(info => new JsonObject
            {
                ["if"] = new JsonObject { ["properties"] = new JsonObject { ["run"] = new JsonObject { ["const"] = info.Name } }, ["required"] = new JsonArray("run") },
                ["then"] = new JsonObject { ["properties"] = new JsonObject { ["with"] = new JsonObject { ["$ref"] = $"#/$defs/with.{info.Name}" } } },
            })]),
        };
        return schema;
    }

    /// <summary>References within an activity's schema point to where it stands now.</summary>
    private static JsonNode Relocate(JsonNode node, string to)
    {
        if (node is JsonObject @object)
        {
            foreach (var (name, value) in @object.ToArray())
            {
                if (name == "$ref" && value is JsonValue text && text.TryGetValue<string>(out var reference) && reference.StartsWith('#'))
                {
                    @object[name] = to + reference[1..];
                }
                else if (value is not null)
                {
                    Relocate(value, to);
                }
            }
        }
        else if (node is JsonArray list)
        {
            foreach (var item in list.OfType<JsonNode>())
            {
                Relocate(item, to);
            }
        }

        return node;
    }

    /// <summary>Lets an expression stand wherever a value may.</summary>
    private static JsonNode Open(JsonNode schema)
    {
        if (schema is not JsonObject @object)
        {
            return schema;
        }

        if (@object["properties"] is JsonObject properties)
        {
            foreach (var (name, value) in properties.ToArray())
            {
                properties[name] = OrExpression(value!.DeepClone());
            }
        }

        foreach (var key in new[] { "items", "additionalProperties" })
        {
            if (@object[key] is JsonObject inner)
            {
                @object[key] = OrExpression(inner.DeepClone());
            }
        }

        return @object;
    }

    private static JsonNode OrExpression(JsonNode schema) => schema is JsonObject
        ? new JsonObject { ["anyOf"] = new JsonArray(Open(schema), new JsonObject { ["$ref"] = "#/$defs/expression" }) }
        : schema;

    private static JsonObject Parse(string text) => JsonNode.Parse(text)!.AsObject();

    private const string Grammar = """
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "title": "Orchestrator runbook",
          "type": "object",
          "required": ["runbook", "steps"],
          "additionalProperties": false,
          "properties": {
            "runbook": { "type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,63}$", "description": "The runbook's name." },
            "description": { "type": "string" },
            "inputs": { "type": "object", "propertyNames": { "pattern": "^[A-Za-z][A-Za-z0-9_]{0,63}$" }, "additionalProperties": { "$ref": "#/$defs/input" } },
            "triggers": { "type": "array", "items": { "$ref": "#/$defs/trigger" } },
            "locks": { "$ref": "#/$defs/locks" },
            "onFailure": { "$ref": "#/$defs/onFailure" },
            "lane": { "enum": ["normal", "emergency"], "description": "Default: normal. An emergency run takes locks over." },
            "preauthorised": { "type": "string", "minLength": 1, "description": "Why destructive steps need no approval in this runbook." },
            "steps": { "$ref": "#/$defs/steps" }
          },
          "$defs": {
            "expression": { "type": "string", "pattern": "\\$\\{" },
            "condition": { "anyOf": [{ "$ref": "#/$defs/expression" }, { "type": "boolean" }] },
            "duration": { "type": "string", "pattern": "^([0-9]+(\\.[0-9]+)?(d|h|ms|m|s))+$", "description": "As in 15m, 1h30m, 200ms." },
            "locks": { "type": "array", "items": { "type": "string" }, "description": "Resources to hold; a name may end in *." },
            "onFailure": { "enum": ["pause", "undo", "continue"], "description": "What a failed step does to the run. Default: pause." },
            "type": { "enum": ["string", "integer", "number", "boolean", "array", "object", "duration", "time"] },
            "roles": { "type": "array", "minItems": 1, "items": { "type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_-]{0,63}$" } },
            "steps": { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/step" } },
            "input": {
              "type": "object", "required": ["type"], "additionalProperties": false,
              "properties": {
                "type": { "$ref": "#/$defs/type" }, "description": { "type": "string" }, "default": {},
                "minimum": { "type": "number" }, "maximum": { "type": "number" }, "unit": { "type": "string", "minLength": 1, "maxLength": 24, "description": "What a number counts, as in hosts." }, "enum": { "type": "array" }, "items": { "$ref": "#/$defs/type" }
              }
            },
            "trigger": {
              "type": "object", "required": ["cron"], "additionalProperties": false,
              "properties": {
                "cron": { "type": "string", "description": "Six or seven fields: seconds first, a year last or none." },
                "timeZone": { "type": "string", "description": "IANA name. Default: UTC." },
                "misfire": { "enum": ["fire-once", "skip"], "description": "Default: fire-once." }
              }
            },
            "retry": {
              "type": "object", "required": ["attempts"], "additionalProperties": false,
              "properties": {
                "attempts": { "type": "integer", "minimum": 1, "maximum": 1000 }, "delay": { "$ref": "#/$defs/duration" },
                "backoff": { "type": "number", "minimum": 1, "maximum": 100 }, "maxDelay": { "$ref": "#/$defs/duration" },
                "jitter": { "type": "number", "minimum": 0, "maximum": 1 }
              }
            },
            "undo": {
              "type": "object", "required": ["run"], "additionalProperties": false, "$ref": "#/$defs/arguments",
              "properties": { "run": { "$ref": "#/$defs/activity" }, "with": { "type": "object" }, "retry": { "$ref": "#/$defs/retry" }, "timeout": { "$ref": "#/$defs/duration" } }
            },
            "step": {
              "type": "object", "required": ["id"], "unevaluatedProperties": false, "$ref": "#/$defs/arguments",
              "properties": {
                "id": { "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$" }, "title": { "type": "string" },
                "when": { "$ref": "#/$defs/condition" }, "locks": { "$ref": "#/$defs/locks" }, "onFailure": { "$ref": "#/$defs/onFailure" }
              },
              "oneOf": [
                { "required": ["run"], "properties": { "run": { "$ref": "#/$defs/activity" }, "with": { "type": "object" }, "timeout": { "$ref": "#/$defs/duration" }, "retry": { "$ref": "#/$defs/retry" }, "undo": { "$ref": "#/$defs/undo" }, "irreversible": { "type": "boolean" }, "workers": { "type": "object", "minProperties": 1, "maxProperties": 4, "additionalProperties": { "type": ["string", "number"] }, "description": "What the worker must offer, as in region: cn-hangzhou." } } },
                { "required": ["steps"], "not": { "anyOf": [{ "required": ["forEach"] }, { "required": ["if"] }, { "required": ["repeat"] }] }, "properties": { "steps": { "$ref": "#/$defs/steps" }, "timeout": { "$ref": "#/$defs/duration" } } },
                { "required": ["parallel"], "properties": { "parallel": { "type": "array", "minItems": 1, "items": { "type": "object", "required": ["steps"], "additionalProperties": false, "properties": { "id": { "type": "string" }, "steps": { "$ref": "#/$defs/steps" } } } }, "timeout": { "$ref": "#/$defs/duration" } } },
                { "required": ["forEach", "steps"], "properties": { "forEach": { "anyOf": [{ "type": "array" }, { "$ref": "#/$defs/expression" }] }, "as": { "type": "string" }, "atMost": { "type": "integer", "minimum": 1, "maximum": 100000 }, "steps": { "$ref": "#/$defs/steps" }, "timeout": { "$ref": "#/$defs/duration" } } },
                { "required": ["if", "steps"], "properties": { "if": { "$ref": "#/$defs/condition" }, "steps": { "$ref": "#/$defs/steps" }, "else": { "$ref": "#/$defs/steps" }, "timeout": { "$ref": "#/$defs/duration" } } },
                { "required": ["repeat", "steps"], "properties": { "repeat": { "type": "object", "required": ["atMost"], "additionalProperties": false, "properties": { "atMost": { "type": "integer", "minimum": 1, "maximum": 100000 }, "until": { "$ref": "#/$defs/condition" }, "delay": { "$ref": "#/$defs/duration" } } }, "steps": { "$ref": "#/$defs/steps" }, "timeout": { "$ref": "#/$defs/duration" } } },
                { "required": ["try"], "anyOf": [{ "required": ["catch"] }, { "required": ["finally"] }], "properties": { "try": { "$ref": "#/$defs/steps" }, "catch": { "$ref": "#/$defs/steps" }, "finally": { "$ref": "#/$defs/steps" }, "timeout": { "$ref": "#/$defs/duration" } } },
                { "required": ["approval"], "properties": { "approval": { "type": "object", "required": ["title", "roles"], "additionalProperties": false, "properties": { "title": { "type": "string" }, "evidence": {}, "roles": { "$ref": "#/$defs/roles" }, "quorum": { "type": "integer", "minimum": 1, "maximum": 20 }, "timeout": { "$ref": "#/$defs/duration" }, "onTimeout": { "anyOf": [{ "const": "reject" }, { "type": "object", "required": ["escalate"], "additionalProperties": false, "properties": { "escalate": { "$ref": "#/$defs/roles" } } }] } } } } },
                { "required": ["wait"], "properties": { "wait": { "type": "object", "additionalProperties": false, "properties": { "until": { "type": "string" }, "for": { "type": ["string", "number"] }, "signal": { "type": "string" }, "timeout": { "$ref": "#/$defs/duration" } }, "oneOf": [{ "required": ["until"] }, { "required": ["for"] }, { "required": ["signal"] }] } } },
                { "required": ["runbook"], "properties": { "runbook": { "type": "string" }, "with": { "type": "object" }, "timeout": { "$ref": "#/$defs/duration" } } }
              ]
            }
          }
        }
        """;
}
