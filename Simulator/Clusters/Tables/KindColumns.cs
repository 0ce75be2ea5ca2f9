using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters.Tables;

/// <summary>One column of a kind's table.</summary>
/// <param name="Priority">Above 0: shown by <c>-o wide</c> only.</param>
internal sealed record Column(string Name, string Type, int Priority, Func<JsonObject, DateTimeOffset, JsonNode?> Cell)
{
    public string Format => Name == "Name" ? "name" : "";
}

/// <summary>The columns that <c>kubectl get</c> shows of each kind, as the API server's printers give them.</summary>
internal static class KindColumns
{
    private static readonly Column Name = new("Name", "string", 0, (body, _) => Text(body, "metadata.name"));

    private static readonly Column Age = new("Age", "string", 0, (body, now) => Ages.Since(Text(body, "metadata.creationTimestamp"), now));

    private static readonly FrozenDictionary<ResourceKind, Column[]> BuiltIn = new Dictionary<ResourceKind, Column[]>
    {
        [ResourceKind.Node] =
        [
            Name,
            Plain("Status", NodeStatusOf),
            Plain("Roles", RolesOf),
            Age,
            Plain("Version", body => Text(body, "status.nodeInfo.kubeletVersion")),
            Wide("Internal-IP", body => AddressOf(body, "InternalIP")),
            Wide("External-IP", body => AddressOf(body, "ExternalIP")),
            Wide("OS-Image", body => Or(Text(body, "status.nodeInfo.osImage"), "<unknown>")),
            Wide("Kernel-Version", body => Or(Text(body, "status.nodeInfo.kernelVersion"), "<unknown>")),
            Wide("Container-Runtime", body => Or(Text(body, "status.nodeInfo.containerRuntimeVersion"), "<unknown>")),
        ],
        [ResourceKind.Pod] =
        [
            Name,
            Plain("Ready", body => $"{Containers(body).Count(container => container["ready"]?.GetValue<bool>() is true)}/{List(body, "spec.containers").Count()}"),
            Plain("Status", PodStatusOf),
            Plain("Restarts", body => Number(Containers(body).Sum(container => container["restartCount"]?.GetValue<int>() ?? 0))),
            Age,
            Wide("IP", body => Or(Text(body, "status.podIP"), "<none>")),
            Wide("Node", body => Or(Text(body, "spec.nodeName"), "<none>")),
            Wide("Nominated Node", body => Or(Text(body, "status.nominatedNodeName"), "<none>")),
            Wide("Readiness Gates", _ => "<none>"),
        ],
        [ResourceKind.Deployment] =
        [
            Name,
            Plain("Ready", body => $"{Number(body, "status.readyReplicas")}/{Number(body, "spec.replicas", 1)}"),
            Count("Up-to-date", "status.updatedReplicas"),
            Count("Available", "status.availableReplicas"),
            Age,
            .. ContainersAndSelector("spec.selector.matchLabels"),
        ],
        [ResourceKind.DaemonSet] =
        [
            Name,
            Count("Desired", "status.desiredNumberScheduled"),
            Count("Current", "status.currentNumberScheduled"),
            Count("Ready", "status.numberReady"),
            Count("Up-to-date", "status.updatedNumberScheduled"),
            Count("Available", "status.numberAvailable"),
            Plain("Node Selector", body => Labels(body, "spec.template.spec.nodeSelector")),
            Age,
            .. ContainersAndSelector("spec.selector.matchLabels"),
        ],
        [ResourceKind.Job] =
        [
            Name,
            Plain("Status", JobStatusOf),
            Plain("Completions", body => $"{Number(body, "status.succeeded")}/{Number(body, "spec.completions", 1)}"),
            new("Duration", "string", 0, DurationOf),
            Age,
            .. ContainersAndSelector("spec.selector.matchLabels"),
        ],
        [ResourceKind.Service] =
        [
            Name,
            Plain("Type", body => Or(Text(body, "spec.type"), "ClusterIP")),
            Plain("Cluster-IP", body => Or(Text(body, "spec.clusterIP"), "<none>")),
            Plain("External-IP", ExternalIpOf),
            Plain("Port(s)", body => Or(string.Join(',', List(body, "spec.ports").Select(port => $"{port["port"]}{(port["nodePort"] is { } node ? $":{node}" : "")}/{port["protocol"]?.ToString() ?? "TCP"}")), "<none>")),
            Age,
            Wide("Selector", body => Labels(body, "spec.selector")),
        ],
        [ResourceKind.Namespace] = [Name, Plain("Status", body => Text(body, "status.phase")), Age],
        [ResourceKind.ConfigMap] = [Name, new("Data", "integer", 0, (body, _) => Entries(body, "data") + Entries(body, "binaryData")), Age],
        [ResourceKind.Secret] = [Name, Plain("Type", body => Or(Text(body, "type"), "Opaque")), new("Data", "integer", 0, (body, _) => Entries(body, "data")), Age],
        [ResourceKind.ServiceAccount] = [Name, new("Secrets", "integer", 0, (body, _) => List(body, "secrets").Count()), Age],
        [ResourceKind.Lease] = [Name, Plain("Holder", body => Text(body, "spec.holderIdentity")), Age],
        [ResourceKind.DisruptionBudget] =
        [
            Name,
            Plain("Min Available", body => Or(Text(body, "spec.minAvailable"), "N/A")),
            Plain("Max Unavailable", body => Or(Text(body, "spec.maxUnavailable"), "N/A")),
            Count("Allowed Disruptions", "status.disruptionsAllowed"),
            Age,
        ],
        [ResourceKind.Definition] = [Name, new("Created At", "date", 0, (body, _) => Text(body, "metadata.creationTimestamp"))],
        [ResourceKind.Event] =
        [
            new("Last Seen", "string", 0, (body, now) => Ages.Since(Text(body, "lastTimestamp") ?? Text(body, "eventTime"), now)),
            Plain("Type", body => Text(body, "type")),
            Plain("Reason", body => Text(body, "reason")),
            Plain("Object", body => $"{Text(body, "involvedObject.kind")?.ToLowerInvariant()}/{Text(body, "involvedObject.name")}"),
            Wide("Subobject", body => Text(body, "involvedObject.fieldPath")),
            Wide("Source", body => string.Join(", ", new[] { Text(body, "source.component") ?? Text(body, "reportingComponent"), Text(body, "source.host") }.Where(part => !string.IsNullOrEmpty(part)))),
            Plain("Message", body => Text(body, "message")?.Trim()),
            new("First Seen", "string", 1, (body, now) => Ages.Since(Text(body, "firstTimestamp") ?? Text(body, "eventTime"), now)),
            new("Count", "string", 1, (body, _) => Number(body, "count", 1)),
            new("Name", "string", 1, (body, _) => Text(body, "metadata.name")),
        ],
    }.ToFrozenDictionary();

    public static IReadOnlyList<Column> Of(ResourceKind kind) => BuiltIn.TryGetValue(kind, out var columns)
        ? columns
        : [Name, .. kind.Columns.Select(OfDefinition), .. kind.Columns.IsEmpty ? [Age] : Array.Empty<Column>()];

    private static Column OfDefinition(PrinterColumn column) => new(column.Name, column.Type, column.Priority, (body, now) =>
    {
        // A value that is not there is an empty cell.
        var found = PrinterPath.Find(body, column.Path);
        return column.Type switch
        {
            _ when found.Count == 0 => null,
            "date" => Ages.Since(found[0].ToString(), now),
            "integer" or "number" or "boolean" => found[0].DeepClone(),
            _ => found is [JsonArray list] ? list.ToJsonString() : string.Join(',', found.Select(value => value.ToString())),
        };
    });

    private static Column Plain(string name, Func<JsonObject, string?> cell) => new(name, "string", 0, (body, _) => cell(body));

    private static Column Wide(string name, Func<JsonObject, string?> cell) => new(name, "string", 1, (body, _) => cell(body));

    private static Column Count(string name, string path) => new(name, "integer", 0, (body, _) => JsonValue.Create(long.Parse(Number(body, path), CultureInfo.InvariantCulture)));

    private static Column[] ContainersAndSelector(string selector) =>
    [
        Wide("Containers", body => string.Join(',', List(body, "spec.template.spec.containers").Select(container => container["name"]))),
        Wide("Images", body => string.Join(',', List(body, "spec.template.spec.containers").Select(container => container["image"]))),
        Wide("Selector", body => Labels(body, selector)),
    ];

    private static string NodeStatusOf(JsonObject body)
    {
        var ready = List(body, "status.conditions").FirstOrDefault(condition => condition["type"]?.ToString() == "Ready");
        var status = ready is null ? "Unknown" : ready["status"]?.ToString() == "True" ? "Ready" : "NotReady";
        return body["spec"]?["unschedulable"]?.GetValue<bool>() is true ? $"{status},SchedulingDisabled" : status;
    }

    private static string RolesOf(JsonObject body)
    {
        const string prefix = "node-role.kubernetes.io/";
        var roles = (body["metadata"]?["labels"] as JsonObject ?? []).Select(label => label.Key).Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name => name[prefix.Length..]).Order(StringComparer.Ordinal);
        return Or(string.Join(',', roles), "<none>");
    }

    private static string AddressOf(JsonObject body, string type) =>
        Or(List(body, "status.addresses").FirstOrDefault(address => address["type"]?.ToString() == type)?["address"]?.ToString(), "<none>");

    private static string PodStatusOf(JsonObject body)
    {
        if (body["metadata"]?["deletionTimestamp"] is not null)
        {
            return "Terminating";
        }

        var state = Containers(body).Select(container => container["state"]).FirstOrDefault(state => state?["waiting"] is not null || state?["terminated"] is not null);
        return Or(state?["terminated"]?["reason"]?.ToString() ?? state?["waiting"]?["reason"]?.ToString() ?? Text(body, "status.reason"), Or(Text(body, "status.phase"), "Unknown"));
    }

    private static string JobStatusOf(JsonObject body)
    {
        bool Is(string type) => List(body, "status.conditions").Any(condition => condition["type"]?.ToString() == type && condition["status"]?.ToString() == "True");
        return Is("Complete") ? "Complete" : Is("Failed") ? "Failed" : Is("Suspended") ? "Suspended" : "Running";
    }

    private static JsonNode? DurationOf(JsonObject body, DateTimeOffset now)
    {
        if (Text(body, "status.startTime") is not { } started)
        {
            return "";
        }

        var ended = Text(body, "status.completionTime") is { } at ? DateTimeOffset.Parse(at, CultureInfo.InvariantCulture) : now;
        return Ages.Since(started, ended);
    }

    private static string ExternalIpOf(JsonObject body)
    {
        if (Text(body, "spec.type") != "LoadBalancer")
        {
            return "<none>";
        }

        return Or(string.Join(',', List(body, "status.loadBalancer.ingress").Select(ingress => ingress["ip"] ?? ingress["hostname"])), "<pending>");
    }

    private static IEnumerable<JsonObject> Containers(JsonObject body) => List(body, "status.containerStatuses");

    private static IEnumerable<JsonObject> List(JsonObject body, string path) => (At(body, path) as JsonArray ?? []).OfType<JsonObject>();

    private static int Entries(JsonObject body, string path) => (At(body, path) as JsonObject)?.Count ?? 0;

    private static string Labels(JsonObject body, string path) =>
        Or(string.Join(',', (At(body, path) as JsonObject ?? []).OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}")), "<none>");

    private static string Number(JsonObject body, string path, int otherwise = 0) => At(body, path)?.ToString() ?? Number(otherwise);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string? Text(JsonObject body, string path) => At(body, path)?.ToString();

    private static string Or(string? text, string otherwise) => string.IsNullOrEmpty(text) ? otherwise : text;

    private static JsonNode? At(JsonObject body, string path) => path.Split('.').Aggregate((JsonNode?)body, (at, name) => (at as JsonObject)?[name]);
}
