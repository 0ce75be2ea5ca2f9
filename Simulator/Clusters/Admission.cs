using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Orchestrator.Simulator.Clusters.Objects;
using Orchestrator.Simulator.Clusters.Schemas;
using Orchestrator.Simulator.Colocation;

namespace Orchestrator.Simulator.Clusters;

/// <summary>What the API server does to an object before it is stored: its schema, defaults, and the rules of its kind.</summary>
internal static partial class Admission
{
    private static readonly string[] ImmutableJobFields = ["template", "selector", "completions", "completionMode"];

    /// <exception cref="StatusException">400, 422.</exception>
    public static void Admit(HttpContext context, ResourceKind kind, string name, JsonObject wanted, JsonObject? current, string validation)
    {
        Tell(context, SchemaCheck.Prune(kind, wanted), validation);
        if (current is null)
        {
            RequireName(kind, name);
        }

        if (kind == ResourceKind.Deployment)
        {
            AdmitDeployment(name, wanted, current);
        }
        else if (kind == ResourceKind.Job)
        {
            AdmitJob(name, wanted, current);
        }
        else if (kind == ResourceKind.Service)
        {
            AdmitService(name, wanted);
        }
        else if (kind == ResourceKind.DisruptionBudget)
        {
            if (wanted["spec"]?["minAvailable"] is not null && wanted["spec"]?["maxUnavailable"] is not null)
            {
                throw StatusException.Invalid(kind, name, "spec: Invalid value: minAvailable and maxUnavailable cannot be both set");
            }
        }
        else if (kind == ResourceKind.Pod)
        {
            AdmitPod(kind, name, wanted["spec"] as JsonObject, "spec");
        }
        else if (kind == ResourceKind.Secret)
        {
            AdmitSecret(wanted);
        }
        else if (kind == ResourceKind.HttpRoute)
        {
            Routes.Admit(name, wanted);
        }
        else if (kind == ResourceKind.Definition)
        {
            Definitions.KindOf(name, wanted);
        }
    }

    /// <summary>Fields that are not in the schema: an error, a warning in the answer, or nothing.</summary>
    private static void Tell(HttpContext context, IReadOnlyList<string> unknown, string validation)
    {
        if (unknown.Count > 0 && validation == "Strict")
        {
            throw StatusException.BadRequest("strict decoding error: " + string.Join(", ", unknown.Select(path => $"unknown field \"{path}\"")));
        }

        if (validation == "Warn")
        {
            foreach (var path in unknown)
            {
                context.Response.Headers.Append("Warning", $"299 - \"unknown field \\\"{path}\\\"\"");
            }
        }
    }

    private static void RequireName(ResourceKind kind, string name)
    {
        if (name.Length > 253 || !Subdomain().IsMatch(name))
        {
            throw StatusException.Invalid(kind, name, $"metadata.name: Invalid value: \"{name}\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character");
        }
    }

    private static void AdmitDeployment(string name, JsonObject wanted, JsonObject? current)
    {
        if (wanted["spec"] is not JsonObject spec)
        {
            return;
        }

        spec["replicas"] ??= 1;
        spec["revisionHistoryLimit"] ??= 10;
        spec["progressDeadlineSeconds"] ??= 600;
        spec["strategy"] ??= new JsonObject { ["type"] = "RollingUpdate", ["rollingUpdate"] = new JsonObject { ["maxUnavailable"] = "25%", ["maxSurge"] = "25%" } };
        if (current?["spec"]?["selector"] is { } selector && !JsonNode.DeepEquals(selector, spec["selector"]))
        {
            throw StatusException.Invalid(ResourceKind.Deployment, name, $"spec.selector: Invalid value: {spec["selector"]?.ToJsonString() ?? "null"}: field is immutable");
        }

        if (spec["selector"] is JsonObject chosen && !LabelSelector.OfLabels(chosen).Matches(LabelsOf(spec["template"])))
        {
            throw StatusException.Invalid(ResourceKind.Deployment, name, $"spec.template.metadata.labels: Invalid value: {spec["template"]?["metadata"]?["labels"]?.ToJsonString() ?? "null"}: `selector` does not match template `labels`");
        }

        AdmitPod(ResourceKind.Deployment, name, spec["template"]?["spec"] as JsonObject, "spec.template.spec");
    }

    private static void AdmitJob(string name, JsonObject wanted, JsonObject? current)
    {
        if (wanted["spec"] is not JsonObject spec || wanted["metadata"] is not JsonObject metadata)
        {
            throw StatusException.Invalid(ResourceKind.Job, name, "spec.template: Required value");
        }

        if (spec["template"]?["spec"]?["restartPolicy"]?.ToString() is not ("Never" or "OnFailure"))
        {
            throw StatusException.Invalid(ResourceKind.Job, name, "spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\"");
        }

        spec["parallelism"] ??= 1;
        spec["completions"] ??= 1;
        spec["backoffLimit"] ??= 6;
        spec["completionMode"] ??= "NonIndexed";
        spec["suspend"] ??= false;
        if (current is null)
        {
            // The selector is the job's own uid, so that no two jobs share pods.
            var uid = Guid.CreateVersion7().ToString();
            metadata["uid"] = uid;
            spec["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["batch.kubernetes.io/controller-uid"] = uid } };
            var template = spec["template"]!.AsObject();
            var inner = template["metadata"] as JsonObject ?? [];
            template["metadata"] = inner.Parent is null ? inner : template["metadata"];
            var labels = inner["labels"] as JsonObject ?? [];
            inner["labels"] = labels.Parent is null ? labels : inner["labels"];
            foreach (var prefix in new[] { "", "batch.kubernetes.io/" })
            {
                labels[$"{prefix}controller-uid"] = uid;
                labels[$"{prefix}job-name"] = name;
            }
        }
        else
        {
            // What the server added to the template is kept for a client that sends its own manifest again.
            spec["selector"] ??= current["spec"]?["selector"]?.DeepClone();
            if (spec["template"]?["metadata"]?["labels"] is JsonObject labels && current["spec"]?["template"]?["metadata"]?["labels"] is JsonObject before)
            {
                foreach (var (label, value) in before.Where(label => label.Key.EndsWith("controller-uid", StringComparison.Ordinal) || label.Key.EndsWith("job-name", StringComparison.Ordinal)))
                {
                    labels[label] ??= value?.DeepClone();
                }
            }

            if (ImmutableJobFields.FirstOrDefault(field => !JsonNode.DeepEquals(spec[field], current["spec"]?[field])) is { } changed)
            {
                throw StatusException.Invalid(ResourceKind.Job, name, $"spec.{changed}: Invalid value: {spec[changed]?.ToJsonString() ?? "null"}: field is immutable");
            }
        }

        AdmitPod(ResourceKind.Job, name, spec["template"]?["spec"] as JsonObject, "spec.template.spec");
    }

    private static void AdmitService(string name, JsonObject wanted)
    {
        if (wanted["spec"] is not JsonObject spec)
        {
            return;
        }

        spec["type"] ??= "ClusterIP";
        spec["sessionAffinity"] ??= "None";
        if (spec["type"]!.ToString() != "ExternalName" && spec["clusterIP"] is null)
        {
            var number = (int)(StableRandom.Of(0, name, "cluster-ip") * 65_000);
            spec["clusterIP"] = string.Create(CultureInfo.InvariantCulture, $"10.96.{number / 250}.{1 + (number % 250)}");
        }

        foreach (var port in (spec["ports"] as JsonArray ?? []).OfType<JsonObject>())
        {
            port["protocol"] ??= "TCP";
            port["targetPort"] ??= port["port"]?.DeepClone();
        }
    }

    /// <summary>At least one container, and no name twice.</summary>
    private static void AdmitPod(ResourceKind kind, string name, JsonObject? spec, string path)
    {
        var containers = (spec?["containers"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        if (spec is null || containers.Count == 0)
        {
            throw StatusException.Invalid(kind, name, $"{path}.containers: Required value");
        }

        var twice = containers.GroupBy(container => container["name"]?.ToString()).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
        {
            throw StatusException.Invalid(kind, name, $"{path}.containers[1].name: Duplicate value: \"{twice.Key}\"");
        }

        spec["restartPolicy"] ??= "Always";
    }

    /// <summary><c>stringData</c> is written, never read: it becomes <c>data</c>.</summary>
    private static void AdmitSecret(JsonObject secret)
    {
        secret["type"] ??= "Opaque";
        if (secret["stringData"] is not JsonObject texts)
        {
            return;
        }

        var data = secret["data"] as JsonObject ?? [];
        secret["data"] = data.Parent is null ? data : secret["data"];
        foreach (var (key, text) in texts)
        {
            data[key] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text?.ToString() ?? ""));
        }

        secret.Remove("stringData");
    }

    private static Dictionary<string, string> LabelsOf(JsonNode? template) =>
        (template?["metadata"]?["labels"] as JsonObject ?? []).ToDictionary(label => label.Key, label => label.Value?.ToString() ?? "", StringComparer.Ordinal);

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")]
    private static partial Regex Subdomain();
}
