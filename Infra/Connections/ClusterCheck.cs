using System.Globalization;
using System.Net;
using System.Text.Json;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Orchestrator.Infra.Clusters;
using Orchestrator.Infra.Settings;

namespace Orchestrator.Infra.Connections;

/// <summary>
/// Tries a cluster's API server: whether it answers, who we are to it, whether we may do what the steps do, and whether Koordinator is there. Changes nothing.
/// Asks once: a server that is away now is told as away.
/// </summary>
internal sealed class ClusterCheck(string cluster, ClusterEndpoint? endpoint, Uri? cloud, bool colocated, TrafficOptions? route)
{
    // From 1.7 on, the profiles' shares for batch and its floor mean something.
    private static readonly Version LeastKoordinator = Fleet.Colocation.Prerequisites.LeastKoordinator;

    // Server-side apply is stable from it on.
    private static readonly Version LeastKubernetes = new(1, 22);

    // Of the objects that steps read and write; the verbs are those of the API's roles.
    private static readonly Access[] always = [new("list", "", "nodes", null), new("list", "", "pods", null)];
    private static readonly Access[] shifting =
    [
        new("patch", "", "nodes", null),
        new("create", "", "pods", null) { Subresource = "eviction" },
        new("delete", "", "pods", null),
        new("get", "", "configmaps", Slo.Namespace), new("create", "", "configmaps", Slo.Namespace), new("update", "", "configmaps", Slo.Namespace), new("patch", "", "configmaps", Slo.Namespace),
        new("list", Slo.Group, Slo.NodeMetrics, null),
        new("list", "scheduling.sigs.k8s.io", "elasticquotas", null), new("patch", "scheduling.sigs.k8s.io", "elasticquotas", null),
    ];

    private string Connection => $"cluster {cluster}";

    public async Task<IReadOnlyList<ConnectionFinding>> CheckAsync(CancellationToken cancellationToken)
    {
        KubernetesClientConfiguration configuration;
        try
        {
            configuration = ClusterAccess.Of(cluster, endpoint, cloud);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return [new(Connection, "settings", ConnectionStatus.Fails, OneLine(exception.Message)) { Fix = $"Correct Infra:Clusters:{cluster}: kubectl config get-contexts shows what the file has" }];
        }

        configuration.DisableHttp2 = true;
        configuration.UserAgent = "orchestrator doctor";
        var where = new Uri(configuration.Host).GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/');
        using var client = new k8s.Kubernetes(configuration);
        var findings = new List<ConnectionFinding>();
        bool? simulated = null;
        foreach (var (name, check) in Checks())
        {
            ConnectionFinding finding;
            try
            {
                finding = await check(client, cancellationToken);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                finding = Failure(name, exception);
            }

            simulated ??= finding.Simulated;
            findings.Add(finding with { Where = where, Simulated = simulated });
            // Without an answer, or without being let in, the others would say the same.
            if (finding is { Check: "version" or "identity", Status: ConnectionStatus.Fails }) break;
        }

        return findings;
    }

    private IEnumerable<(string Name, Func<IKubernetes, CancellationToken, Task<ConnectionFinding>> Check)> Checks()
    {
        yield return ("version", VersionAsync);
        yield return ("identity", IdentityAsync);
        yield return ("permissions", PermissionsAsync);
        yield return ("nodes", NodesAsync);
        if (colocated) yield return ("koordinator", KoordinatorAsync);
    }

    private async Task<ConnectionFinding> VersionAsync(IKubernetes client, CancellationToken cancellationToken)
    {
        using var answer = await client.Version.GetCodeWithHttpMessagesAsync(cancellationToken: cancellationToken);
        var version = answer.Body;
        var numbers = string.Concat($"{version.Major}.{version.Minor}".Where(letter => char.IsAsciiDigit(letter) || letter == '.'));
        var old = Version.TryParse(numbers, out var read) && read < LeastKubernetes;
        return new ConnectionFinding(Connection, "version", old ? ConnectionStatus.Fails : ConnectionStatus.Works, $"Kubernetes {version.GitVersion}")
        {
            Fix = old ? $"Upgrade it to {LeastKubernetes} or newer: steps write by server-side apply" : null,
            Simulated = answer.Response.Headers.Contains(SimulationMark.Header),
        };
    }

    /// <summary>Also the first call that needs credentials.</summary>
    private async Task<ConnectionFinding> IdentityAsync(IKubernetes client, CancellationToken cancellationToken)
    {
        try
        {
            var review = await client.AuthenticationV1.CreateSelfSubjectReviewAsync(new V1SelfSubjectReview(), cancellationToken: cancellationToken);
            return new ConnectionFinding(Connection, "identity", ConnectionStatus.Works, $"we are {review.Status?.UserInfo?.Username ?? "somebody without a name"}");
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed)
        {
            return new ConnectionFinding(Connection, "identity", ConnectionStatus.Works, "it does not say who we are (Kubernetes does from 1.28 on)");
        }
    }

    private async Task<ConnectionFinding> PermissionsAsync(IKubernetes client, CancellationToken cancellationToken)
    {
        var needed = always.Concat(colocated ? shifting : []).Concat(route is null ? [] : Routing(route)).ToArray();
        var refused = new List<Access>();
        foreach (var access in needed)
        {
            var review = new V1SelfSubjectAccessReview
            {
                Spec = new V1SelfSubjectAccessReviewSpec
                {
                    ResourceAttributes = new V1ResourceAttributes { Verb = access.Verb, Group = access.Group, Resource = access.Resource, Subresource = access.Subresource, NamespaceProperty = access.Namespace },
                },
            };
            try
            {
                if ((await client.AuthorizationV1.CreateSelfSubjectAccessReviewAsync(review, cancellationToken: cancellationToken)).Status?.Allowed != true) refused.Add(access);
            }
            catch (HttpOperationException exception) when (exception.Response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed)
            {
                return new ConnectionFinding(Connection, "permissions", ConnectionStatus.Limited, "it does not answer what we may do")
                {
                    Fix = $"Check by hand that the user of Infra:Clusters:{cluster} may {string.Join(", ", needed.Select(one => one.ToString()))}",
                };
            }
        }

        return refused.Count == 0
            ? new ConnectionFinding(Connection, "permissions", ConnectionStatus.Works, $"all {needed.Length} that steps need")
            : new ConnectionFinding(Connection, "permissions", ConnectionStatus.Fails, $"we may not {string.Join(", ", refused)}")
            {
                Fix = "Bind a role with these verbs to that user; deploy/kubernetes/fleet-cluster/role.yaml has all that are needed",
            };
    }

    private async Task<ConnectionFinding> NodesAsync(IKubernetes client, CancellationToken cancellationToken)
    {
        var (count, ready, labelled) = (0, 0, 0);
        string? next = null;
        do
        {
            var page = await client.CoreV1.ListNodeAsync(limit: 500, continueParameter: next, cancellationToken: cancellationToken);
            count += page.Items.Count;
            ready += page.Items.Count(node => node.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) == true);
            labelled += page.Items.Count(node => NodeReader.Read(node, null, default).State is not null);
            next = page.Metadata?.ContinueProperty;
        }
        while (!string.IsNullOrEmpty(next));

        var state = colocated ? string.Create(CultureInfo.InvariantCulture, $", {labelled} with a co-location state") : "";
        var detail = string.Create(CultureInfo.InvariantCulture, $"{count} nodes, {ready} ready{state}");
        return count == 0
            ? new ConnectionFinding(Connection, "nodes", ConnectionStatus.Fails, "it has no nodes") { Fix = "Check that the kubeconfig names the cluster that is meant" }
            : ready == 0
                ? new ConnectionFinding(Connection, "nodes", ConnectionStatus.Fails, detail) { Fix = "Find out why none is ready: kubectl describe nodes" }
                : new ConnectionFinding(Connection, "nodes", ConnectionStatus.Works, detail);
    }

    /// <summary>That its metrics are there, and which version its manager is where that can be read.</summary>
    private async Task<ConnectionFinding> KoordinatorAsync(IKubernetes client, CancellationToken cancellationToken)
    {
        int metrics;
        try
        {
            var list = (JsonElement)await client.CustomObjects.ListClusterCustomObjectAsync(Slo.Group, Slo.Version, Slo.NodeMetrics, limit: 1, cancellationToken: cancellationToken);
            metrics = list.GetProperty("items").GetArrayLength();
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return new ConnectionFinding(Connection, "koordinator", ConnectionStatus.Fails, $"it knows no {Slo.NodeMetrics}.{Slo.Group}: Koordinator is not installed")
            {
                Fix = $"Install Koordinator {LeastKoordinator} or newer (https://koordinator.sh/docs/installation), or leave {cluster} out of the fleet file",
            };
        }

        if (metrics == 0)
        {
            return new ConnectionFinding(Connection, "koordinator", ConnectionStatus.Fails, "no node has a metric: no koordlet reports")
            {
                Fix = $"Check the koordlet pods: kubectl -n {Slo.Namespace} get pods",
            };
        }

        var image = await ManagerImageAsync(client, cancellationToken);
        return KoordinatorInstall.VersionOf(image) is not { } version
            ? new ConnectionFinding(Connection, "koordinator", ConnectionStatus.Limited, $"nodes report metrics; which version it is cannot be read{(image is null ? "" : $" from the image {image}")}")
            {
                Fix = $"Make sure that it is {LeastKoordinator} or newer: older ones pass over the shares for batch of our profiles",
            }
            : version < LeastKoordinator
                ? new ConnectionFinding(Connection, "koordinator", ConnectionStatus.Fails, $"Koordinator {version}") { Fix = $"Upgrade it to {LeastKoordinator} or newer: this one passes over the shares for batch of our profiles" }
                : new ConnectionFinding(Connection, "koordinator", ConnectionStatus.Works, $"Koordinator {version}, nodes report metrics");
    }

    private static async Task<string?> ManagerImageAsync(IKubernetes client, CancellationToken cancellationToken)
    {
        try
        {
            var manager = await client.AppsV1.ReadNamespacedDeploymentAsync("koord-manager", Slo.Namespace, cancellationToken: cancellationToken);
            return manager.Spec?.Template?.Spec?.Containers is [var container, ..] ? container.Image : null;
        }
        catch (HttpOperationException exception) when (exception.Response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Forbidden)
        {
            return null;
        }
    }

    private static IEnumerable<Access> Routing(TrafficOptions route) =>
        ((string[])["get", "patch"]).Select(verb => new Access(verb, "gateway.networking.k8s.io", "httproutes", route.Namespace));

    private ConnectionFinding Failure(string check, Exception exception)
    {
        var (detail, fix) = exception switch
        {
            HttpOperationException { Response.StatusCode: HttpStatusCode.Unauthorized } => ("it does not know our credentials (401)", $"Renew the token or certificate of Infra:Clusters:{cluster}"),
            HttpOperationException { Response.StatusCode: HttpStatusCode.Forbidden } refused => ($"it forbids it (403): {ClusterConnection.Shorten(StatusText.Message(refused.Response.Content))}", "Bind a role that allows it to that user; deploy/kubernetes/fleet-cluster/role.yaml has all that are needed"),
            HttpOperationException { Response.StatusCode: HttpStatusCode.NotFound } => ($"it answers 404: there is no Kubernetes API at this address", $"Correct Infra:Clusters:{cluster}"),
            HttpOperationException other => ($"it answers {(int)other.Response.StatusCode}: {ClusterConnection.Shorten(StatusText.Message(other.Response.Content))}", "Check the API server, and what stands between here and it"),
            JsonException => ("what it answers is no Kubernetes API", $"Correct Infra:Clusters:{cluster}"),
            _ => ($"no answer: {Innermost(exception)}", $"Check that the API server runs, the way to it, and Infra:Clusters:{cluster}"),
        };
        return new ConnectionFinding(Connection, check, ConnectionStatus.Fails, OneLine(detail)) { Fix = fix };
    }

    private static string Innermost(Exception exception)
    {
        while (exception.InnerException is { } inner) exception = inner;
        return exception is OperationCanceledException ? "it took too long" : exception.Message.TrimEnd('.');
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();

    /// <param name="Group">Empty: the core group.</param>
    /// <param name="Namespace">Null: all, or a kind without namespaces.</param>
    private sealed record Access(string Verb, string Group, string Resource, string? Namespace)
    {
        public string? Subresource { get; init; }

        public override string ToString() =>
            $"{Verb} {Resource}{(Subresource is null ? "" : $"/{Subresource}")}{(Group.Length == 0 ? "" : $".{Group}")}{(Namespace is null ? "" : $" in {Namespace}")}";
    }
}
