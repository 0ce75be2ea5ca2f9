using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orchestrator.Infra.Connections;
using Orchestrator.Infra.Settings;

namespace Orchestrator.Infra.Tests.Connections;

public sealed class ClusterCheckTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cluster_that_has_all_works()
    {
        await using var api = await FakeApi.StartAsync();

        var findings = await CheckAsync(api);

        Assert.Equal(["version", "identity", "permissions", "nodes", "koordinator"], findings.Select(one => one.Check));
        Assert.All(findings, one => Assert.True(one.Status == ConnectionStatus.Works, one.ToString()));
        Assert.All(findings, one => Assert.False(one.Simulated));
        Assert.Contains("we are system:serviceaccount:orchestrator-access:orchestrator", findings[1].Detail, StringComparison.Ordinal);
        Assert.Contains("2 nodes, 1 ready, 1 with a co-location state", findings[3].Detail, StringComparison.Ordinal);
        Assert.Contains("Koordinator 1.7.1", findings[4].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_we_may_not_do_is_named_with_the_role_that_has_it()
    {
        await using var api = await FakeApi.StartAsync();
        api.Denied.Add("patch nodes");
        api.Denied.Add("create pods/eviction");

        var permissions = (await CheckAsync(api)).Single(one => one.Check == "permissions");

        Assert.Equal(ConnectionStatus.Fails, permissions.Status);
        Assert.Equal("we may not patch nodes, create pods/eviction", permissions.Detail);
        Assert.Contains("deploy/kubernetes/fleet-cluster/role.yaml", permissions.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_role_that_ships_has_every_permission_that_is_asked_for()
    {
        await using var api = await FakeApi.StartAsync();
        await CheckAsync(api);

        var role = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "deploy", "kubernetes", "fleet-cluster", "role.yaml"), Cancel);
        var rules = role.Split("- apiGroups: ").Skip(1).Select(rule => (
            Group: Words(rule.Split('\n')[0]), Resources: Words(Line(rule, "resources:")), Verbs: Words(Line(rule, "verbs:")))).ToArray();

        Assert.NotEmpty(api.Asked);
        Assert.All(api.Asked, asked => Assert.True(
            rules.Any(rule => rule.Group.Contains(asked.Group) && rule.Resources.Contains(asked.Resource) && rule.Verbs.Contains(asked.Verb)), $"role.yaml lacks {asked}"));

        static string Line(string rule, string key) => rule.Split('\n').First(line => line.Contains(key, StringComparison.Ordinal)).Split(key)[1];
        static string[] Words(string list) => [.. list.Trim(' ', '[', ']').Split(',').Select(word => word.Trim(' ', '"'))];
    }

    [Theory]
    [InlineData(401, "it does not know our credentials", "Renew the token")]
    [InlineData(403, "it forbids it (403): users \"nobody\" cannot", "Bind a role")]
    [InlineData(404, "there is no Kubernetes API at this address", "Correct Infra:Clusters:a")]
    [InlineData(500, "it answers 500", "Check the API server")]
    public async Task An_answer_that_is_no_use_is_told_once_with_a_fix(int status, string detail, string fix)
    {
        await using var api = await FakeApi.StartAsync();
        api.Always = (status, """{"kind":"Status","message":"users \"nobody\" cannot get path \"/version\""}""");

        var finding = Assert.Single(await CheckAsync(api));

        Assert.Equal(("version", ConnectionStatus.Fails), (finding.Check, finding.Status));
        Assert.Contains(detail, finding.Detail, StringComparison.Ordinal);
        Assert.Contains(fix, finding.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_of_a_proxy_is_no_Kubernetes_API()
    {
        await using var api = await FakeApi.StartAsync();
        api.Always = (200, "<html>Sign in</html>");

        var finding = Assert.Single(await CheckAsync(api));

        Assert.Contains("no Kubernetes API", finding.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_at_the_address_is_told_at_once()
    {
        var finding = Assert.Single(await new ClusterCheck("a", new ClusterEndpoint { Server = new Uri("http://127.0.0.1:9/") }, null, colocated: true, null).CheckAsync(Cancel));

        Assert.Contains("no answer: Connection refused", finding.Detail, StringComparison.Ordinal);
        Assert.Null(finding.Simulated);
    }

    [Fact]
    public async Task A_context_that_the_kubeconfig_lacks_is_told_before_anything_is_asked()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: []\n", Cancel);

        var finding = Assert.Single(await new ClusterCheck("a", new ClusterEndpoint { Kubeconfig = file, Context = "prod" }, null, colocated: true, null).CheckAsync(Cancel));

        File.Delete(file);
        Assert.Equal(("settings", ConnectionStatus.Fails), (finding.Check, finding.Status));
        Assert.Contains("prod", finding.Detail, StringComparison.Ordinal);
        Assert.Contains("Infra:Clusters:a", finding.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("koordinator-sh/koord-manager:v1.6.0", ConnectionStatus.Fails, "Upgrade it to 1.7")]
    [InlineData("koordinator-sh/koord-manager:latest", ConnectionStatus.Limited, "Make sure that it is 1.7")]
    [InlineData("koordinator-sh/koord-manager:v1.8.0-rc1@sha256:00", ConnectionStatus.Works, null)]
    public async Task An_older_Koordinator_is_found_by_its_manager_s_image(string image, ConnectionStatus status, string? fix)
    {
        await using var api = await FakeApi.StartAsync();
        api.ManagerImage = image;

        var finding = (await CheckAsync(api)).Single(one => one.Check == "koordinator");

        Assert.Equal(status, finding.Status);
        Assert.True(fix is null ? finding.Fix is null : finding.Fix!.Contains(fix, StringComparison.Ordinal), finding.Fix);
    }

    [Fact]
    public async Task A_cluster_without_Koordinator_cannot_lend_its_nodes()
    {
        await using var api = await FakeApi.StartAsync();
        api.HasKoordinator = false;

        var lends = (await CheckAsync(api)).Single(one => one.Check == "koordinator");
        var online = await new ClusterCheck("a", new ClusterEndpoint { Server = api.Address }, null, colocated: false, null).CheckAsync(Cancel);

        Assert.Equal(ConnectionStatus.Fails, lends.Status);
        Assert.Contains("Koordinator is not installed", lends.Detail, StringComparison.Ordinal);
        Assert.All(online, one => Assert.Equal(ConnectionStatus.Works, one.Status));
    }

    [Fact]
    public async Task A_server_that_is_too_old_is_refused_by_its_version()
    {
        await using var api = await FakeApi.StartAsync();
        api.Minor = "19+";

        var finding = Assert.Single(await CheckAsync(api));

        Assert.Equal(ConnectionStatus.Fails, finding.Status);
        Assert.Contains("1.22 or newer", finding.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_simulation_says_so_itself()
    {
        await using var api = await FakeApi.StartAsync();
        api.Simulated = true;

        Assert.All(await CheckAsync(api), one => Assert.True(one.Simulated));
    }

    private static Task<IReadOnlyList<ConnectionFinding>> CheckAsync(FakeApi api) =>
        new ClusterCheck("a", new ClusterEndpoint { Server = api.Address, Token = "t" }, null, colocated: true, new TrafficOptions()).CheckAsync(Cancel);

    /// <summary>An API server in the shape that Kubernetes documents, of two nodes.</summary>
    private sealed class FakeApi : IAsyncDisposable
    {
        private WebApplication _application = null!;

        public Uri Address { get; private set; } = null!;

        public (int Status, string Body)? Always { get; set; }

        public HashSet<string> Denied { get; } = [];

        public ConcurrentQueue<(string Verb, string Group, string Resource)> Asked { get; } = [];

        public bool HasKoordinator { get; set; } = true;

        public bool Simulated { get; set; }

        public string Minor { get; set; } = "31";

        public string ManagerImage { get; set; } = "koordinator-sh/koord-manager:v1.7.1";

        public static async Task<FakeApi> StartAsync()
        {
            var api = new FakeApi();
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
            builder.Logging.ClearProviders();
            api._application = builder.Build();
            api._application.Run(api.AnswerAsync);
            await api._application.StartAsync(Cancel);
            api.Address = new Uri(api._application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
            return api;
        }

        public async ValueTask DisposeAsync() => await _application.DisposeAsync();

        private async Task AnswerAsync(HttpContext context)
        {
            if (Simulated) context.Response.Headers["X-Simulated"] = "true";
            var (status, body) = Always ?? await OfAsync(context.Request);
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(body, Cancel);
        }

        private async Task<(int Status, string Body)> OfAsync(HttpRequest request) => request.Path.Value switch
        {
            "/version" or "/version/" => (200, $$"""{"major":"1","minor":"{{Minor}}","gitVersion":"v1.{{Minor}}.2","gitCommit":"","gitTreeState":"","buildDate":"","goVersion":"","compiler":"","platform":""}"""),
            "/apis/authentication.k8s.io/v1/selfsubjectreviews" => (201, """{"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1","status":{"userInfo":{"username":"system:serviceaccount:orchestrator-access:orchestrator"}}}"""),
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" => (201, await ReviewAsync(request)),
            "/api/v1/nodes" => (200, """
                {"kind":"NodeList","apiVersion":"v1","metadata":{},"items":[
                {"metadata":{"name":"n-1","labels":{"orchestrator.io/colocation-state":"offline-only"}},"status":{"conditions":[{"type":"Ready","status":"True"}]}},
                {"metadata":{"name":"n-2"},"status":{"conditions":[{"type":"Ready","status":"Unknown"}]}}]}
                """),
            "/apis/slo.koordinator.sh/v1alpha1/nodemetrics" when HasKoordinator => (200, """{"kind":"NodeMetricList","items":[{"metadata":{"name":"n-1"}}],"metadata":{}}"""),
            "/apis/apps/v1/namespaces/koordinator-system/deployments/koord-manager" when HasKoordinator => (200, """{"kind":"Deployment","metadata":{"name":"koord-manager"},"spec":{"selector":{},"template":{"spec":{"containers":[{"name":"manager","image":"IMAGE"}]}}}}""".Replace("IMAGE", ManagerImage, StringComparison.Ordinal)),
            _ => ((int)HttpStatusCode.NotFound, """{"kind":"Status","message":"the server could not find the requested resource"}"""),
        };

        private async Task<string> ReviewAsync(HttpRequest request)
        {
            var attributes = (await JsonNode.ParseAsync(request.Body, cancellationToken: Cancel))!["spec"]!["resourceAttributes"]!;
            var resource = attributes["resource"]!.ToString() + (attributes["subresource"] is { } part ? $"/{part}" : "");
            Asked.Enqueue((attributes["verb"]!.ToString(), attributes["group"]?.ToString() ?? "", resource));
            var allowed = !Denied.Contains($"{attributes["verb"]} {resource}");
            return new JsonObject { ["kind"] = "SelfSubjectAccessReview", ["spec"] = new JsonObject(), ["status"] = new JsonObject { ["allowed"] = allowed } }.ToJsonString();
        }
    }
}
