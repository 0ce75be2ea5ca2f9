using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Orchestrator.Simulator.Clusters.Objects;
using Orchestrator.Simulator.Clusters.Schemas;

namespace Orchestrator.Simulator.Clusters;

/// <summary>The paths that say what the API server is and offers.</summary>
internal sealed class Discovery(SimulatedCluster cluster)
{
    private static readonly Answer Ok = new("text/plain", "ok");
    private static readonly Answer Version = new("application/json", """
        {"major":"1","minor":"33","emulationMajor":"1","emulationMinor":"33","minCompatibilityMajor":"1","minCompatibilityMinor":"32","gitVersion":"v1.33.0-simulated","gitCommit":"","gitTreeState":"clean","buildDate":"2026-01-01T00:00:00Z","goVersion":"none","compiler":"none","platform":"linux/amd64"}
        """);

    private static readonly string[] ObjectVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    private static readonly string[] StatusVerbs = ["get", "patch", "update"];

    /// <summary>A resource as discovery lists it.</summary>
    private sealed record Resource(string Group, string Version, string Name, string Singular, string Kind, bool Namespaced, IReadOnlyList<string> Verbs)
    {
        public IReadOnlyList<string> ShortNames { get; init; } = [];

        public IReadOnlyList<string> Categories { get; init; } = [];

        /// <summary>Of a subresource whose objects are of another group than its resource.</summary>
        public (string Group, string Version)? Of { get; init; }
    }

    /// <summary>Null when the path is none of discovery.</summary>
    /// <exception cref="StatusException">404: a group or version that is not offered.</exception>
    public Answer? Find(string path)
    {
        switch (path.Trim('/').Split('/'))
        {
            case ["version"]:
                return Version;
            case ["readyz" or "livez" or "healthz", ..]:
                return Ok;
            case [""]:
                return Json(new JsonObject { ["paths"] = new JsonArray([.. Paths().Select(one => (JsonNode)one)]) });
            case ["api"]:
                return Json(new JsonObject
                {
                    ["kind"] = "APIVersions",
                    ["versions"] = new JsonArray("v1"),
                    ["serverAddressByClientCIDRs"] = new JsonArray(new JsonObject { ["clientCIDR"] = "0.0.0.0/0", ["serverAddress"] = "127.0.0.1" }),
                });
            case ["apis"]:
                return Json(new JsonObject { ["kind"] = "APIGroupList", ["apiVersion"] = "v1", ["groups"] = new JsonArray([.. Groups().Select(GroupOf)]) });
            case ["apis", var group]:
                var offered = Groups().FirstOrDefault(one => one.Group == group);
                var body = offered.Group is null ? throw StatusException.UnknownPath() : GroupOf(offered);
                body["kind"] = "APIGroup";
                body["apiVersion"] = "v1";
                return Json(body);
            case ["api", var version]:
                return Json(ResourcesOf("", version));
            case ["apis", var group, var version]:
                return Json(ResourcesOf(group, version));
            case ["openapi", "v3"]:
                return Json(OpenApiDocuments.Index(cluster.Kinds));
            case ["openapi", "v3", .. var prefix]:
                return Json(OpenApiDocuments.Of(string.Join('/', prefix), cluster.Kinds) ?? throw StatusException.UnknownPath());
            default:
                return null;
        }
    }

    private IEnumerable<(string Group, string Version)> Groups() => Resources().Where(one => one.Group.Length > 0).Select(one => (one.Group, one.Version)).Distinct();

    private IEnumerable<string> Paths() => ["/api", "/api/v1", "/apis", .. Groups().SelectMany(one => new[] { $"/apis/{one.Group}", $"/apis/{one.Group}/{one.Version}" }).Distinct(), "/healthz", "/livez", "/openapi/v3", "/readyz", "/version"];

    private IEnumerable<Resource> Resources()
    {
        foreach (var kind in cluster.Kinds)
        {
            yield return new(kind.Group, kind.Version, kind.Plural, kind.Singular, kind.Kind, kind.Namespaced, ObjectVerbs) { ShortNames = kind.ShortNames, Categories = kind.Categories };
            if (kind.HasStatus)
            {
                yield return new(kind.Group, kind.Version, $"{kind.Plural}/status", "", kind.Kind, kind.Namespaced, StatusVerbs);
            }

            if (kind.HasScale)
            {
                yield return new(kind.Group, kind.Version, $"{kind.Plural}/scale", "", "Scale", kind.Namespaced, StatusVerbs) { Of = ("autoscaling", "v1") };
            }

            if (kind == ResourceKind.Pod)
            {
                yield return new("", "v1", "pods/eviction", "", "Eviction", true, ["create"]) { Of = ("policy", "v1") };
                yield return new("", "v1", "pods/log", "", "Pod", true, ["get"]);
            }
        }

        yield return new(Reviews.AuthenticationGroup, "v1", "selfsubjectreviews", "selfsubjectreview", "SelfSubjectReview", false, ["create"]);
        yield return new(Reviews.AuthorizationGroup, "v1", "selfsubjectaccessreviews", "selfsubjectaccessreview", "SelfSubjectAccessReview", false, ["create"]);
        yield return new(Reviews.AuthorizationGroup, "v1", "selfsubjectrulesreviews", "selfsubjectrulesreview", "SelfSubjectRulesReview", false, ["create"]);
        yield return new("metrics.k8s.io", "v1beta1", "nodes", "", "NodeMetrics", false, ["get", "list"]);
        yield return new("metrics.k8s.io", "v1beta1", "pods", "", "PodMetrics", true, ["get", "list"]);
        yield return new("slo.koordinator.sh", "v1alpha1", "nodemetrics", "nodemetric", "NodeMetric", false, ["get", "list"]);
    }

    private static JsonObject GroupOf((string Group, string Version) one)
    {
        JsonObject Version() => new() { ["groupVersion"] = $"{one.Group}/{one.Version}", ["version"] = one.Version };
        return new JsonObject { ["name"] = one.Group, ["versions"] = new JsonArray(Version()), ["preferredVersion"] = Version() };
    }

    private JsonObject ResourcesOf(string group, string version)
    {
        var offered = Resources().Where(one => one.Group == group && one.Version == version).ToList();
        return offered.Count == 0
            ? throw StatusException.UnknownPath()
            : new JsonObject
            {
                ["kind"] = "APIResourceList",
                ["apiVersion"] = "v1",
                ["groupVersion"] = group.Length == 0 ? version : $"{group}/{version}",
                ["resources"] = new JsonArray([.. offered.Select(Entry)]),
            };
    }

    private static JsonObject Entry(Resource resource)
    {
        var entry = new JsonObject
        {
            ["name"] = resource.Name,
            ["singularName"] = resource.Singular,
            ["namespaced"] = resource.Namespaced,
            ["kind"] = resource.Kind,
            ["verbs"] = Texts(resource.Verbs),
        };
        if (resource.Of is var (group, version))
        {
            entry["group"] = group;
            entry["version"] = version;
        }

        if (resource.ShortNames.Count > 0)
        {
            entry["shortNames"] = Texts(resource.ShortNames);
        }

        if (resource.Categories.Count > 0)
        {
            entry["categories"] = Texts(resource.Categories);
        }

        return entry;
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);

    private static Answer Json(JsonObject body) => new("application/json", body.ToJsonString());

    internal sealed record Answer(string ContentType, string Body)
    {
        public Task WriteAsync(HttpContext context)
        {
            if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
            {
                throw StatusException.MethodNotAllowed();
            }

            context.Response.ContentType = ContentType;
            return context.Response.WriteAsync(Body, context.RequestAborted);
        }
    }
}
