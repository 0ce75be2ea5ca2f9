using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Stacks;

namespace Orchestrator.Infra.Provisioning.State;

/// <summary>A state as it travels between engines: <c>{version: 3, deployment}</c>, what <c>pulumi stack export</c> prints and <c>pulumi stack import</c> reads.</summary>
internal static class DeploymentDocuments
{
    /// <summary>Of a checkpoint. What only the embedded engine writes into one is left out.</summary>
    public static JsonObject Of(string checkpoint)
    {
        var deployment = JsonNode.Parse(checkpoint)!["checkpoint"]!["latest"]!.DeepClone().AsObject();
        foreach (var pending in deployment["pending_operations"] as JsonArray ?? [])
        {
            pending!.AsObject().Remove("clientToken");
        }

        deployment["metadata"] = new JsonObject();
        return new JsonObject { ["version"] = 3, ["deployment"] = deployment };
    }

    /// <summary>As a checkpoint of the embedded engine. What it does not know it would lose, so that is refused.</summary>
    /// <exception cref="StackStateException">It is none, another stack's, or holds what the embedded engine cannot keep.</exception>
    public static string ToCheckpoint(JsonObject document, string project, string stack)
    {
        var deployment = Check(document, project, stack).DeepClone().AsObject();
        if (deployment["secrets_providers"]?["type"] is JsonValue type && type.TryGetValue<string>(out var provider) && provider is not ("" or "passphrase"))
        {
            throw new StackStateException($"the document for stack {project}/{stack} has secrets of provider '{provider}', and the embedded engine has passphrases only; change it with: pulumi stack change-secrets-provider passphrase");
        }

        foreach (var pending in deployment["pending_operations"] as JsonArray ?? [])
        {
            // Nobody knows under which token another engine asked for it.
            pending!.AsObject()["clientToken"] = "";
        }

        return new JsonObject { ["version"] = 3, ["checkpoint"] = new JsonObject { ["stack"] = $"organization/{project}/{stack}", ["latest"] = deployment } }.ToJsonString();
    }

    /// <summary>The deployment in such a document.</summary>
    /// <exception cref="StackStateException">It is none, or another stack's.</exception>
    public static JsonObject Check(JsonObject document, string project, string stack)
    {
        var shown = $"the document for stack {project}/{stack}";
        if (document["version"] is not JsonValue version || !version.TryGetValue<int>(out var number))
        {
            throw new StackStateException($"{shown} is no deployment: it has no version; give what 'stack export' printed");
        }

        if (number != 3)
        {
            throw new StackStateException($"{shown} is a deployment of version {number}, and 3 is read here; export it with a pulumi CLI that writes version 3");
        }

        if (document["deployment"] is not JsonObject deployment)
        {
            throw new StackStateException($"{shown} has no deployment; give what 'stack export' printed");
        }

        var resources = deployment["resources"] switch
        {
            null => [],
            JsonArray list => list,
            _ => throw new StackStateException($"{shown}: its resources are no list"),
        };
        foreach (var (index, resource) in resources.Index())
        {
            var urn = resource is JsonObject map && map["urn"] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
            if (urn is null || resource!["type"] is not JsonValue)
            {
                throw new StackStateException($"{shown}: resource {index} has no urn or no type");
            }

            if (!urn.StartsWith($"urn:pulumi:{stack}::{project}::", StringComparison.Ordinal))
            {
                throw new StackStateException($"{shown} is another stack's: it holds {urn}; import it under the name that it was exported from");
            }
        }

        return deployment;
    }
}
