using Microsoft.AspNetCore.Http;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters;

/// <summary>The paths that say what the API server is and offers.</summary>
internal static class Discovery
{
    private static readonly Answer Ok = new("text/plain", "ok");
    private static readonly Answer Version = new("application/json", """
        {"major":"1","minor":"33","gitVersion":"v1.33.0-simulated","gitCommit":"","gitTreeState":"clean","buildDate":"2026-01-01T00:00:00Z","goVersion":"none","compiler":"none","platform":"simulated"}
        """);

    public static Answer? Find(string path) => path.Trim('/') switch
    {
        "version" => Version,
        "readyz" or "livez" or "healthz" => Ok,
        "api" => new("application/json", """{"kind":"APIVersions","versions":["v1"]}"""),
        "apis" => new("application/json", Groups()),
        "api/v1" => new("application/json", Resources("", "v1")),
        var other when other.Split('/') is ["apis", var group, var version] && Offers(group, version) => new("application/json", Resources(group, version)),
        _ => null,
    };

    private static bool Offers(string group, string version) => ResourceKind.All.Any(kind => kind.Group == group && kind.Version == version);

    private static string Groups()
    {
        var groups = ResourceKind.All.Where(kind => kind.Group.Length > 0).Select(kind => (kind.Group, kind.Version)).Distinct().Concat([(Group: "slo.koordinator.sh", Version: "v1alpha1"), (Group: "metrics.k8s.io", Version: "v1beta1")]).Select(each =>
            $$$"""{"name":"{{{each.Group}}}","versions":[{"groupVersion":"{{{each.Group}}}/{{{each.Version}}}","version":"{{{each.Version}}}"}],"preferredVersion":{"groupVersion":"{{{each.Group}}}/{{{each.Version}}}","version":"{{{each.Version}}}"}}""");
        return $$"""{"kind":"APIGroupList","apiVersion":"v1","groups":[{{string.Join(',', groups)}}]}""";
    }

    private static string Resources(string group, string version)
    {
        var resources = ResourceKind.All.Where(kind => kind.Group == group && kind.Version == version).Select(kind =>
            $$"""{"name":"{{kind.Plural}}","singularName":"","namespaced":{{(kind.Namespaced ? "true" : "false")}},"kind":"{{kind.Kind}}","verbs":["create","delete","get","list","patch","update","watch"]}""");
        var groupVersion = group.Length == 0 ? version : $"{group}/{version}";
        return $$"""{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"{{groupVersion}}","resources":[{{string.Join(',', resources)}}]}""";
    }

    internal sealed record Answer(string ContentType, string Body)
    {
        public Task WriteAsync(HttpContext context)
        {
            context.Response.ContentType = ContentType;
            return context.Response.WriteAsync(Body, context.RequestAborted);
        }
    }
}
