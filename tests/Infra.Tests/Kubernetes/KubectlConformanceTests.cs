using System.Net;
using System.Text.Json.Nodes;
using Orchestrator.Fleet.Clock;
using Orchestrator.Infra.Tests.Simulator;
using Orchestrator.Simulator;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Infra.Tests.Kubernetes;

/// <summary>The simulated API server by the hands of <c>kubectl</c>, which must not notice. Skipped by name where kubectl is not installed.</summary>
public sealed class KubectlConformanceTests
{
    private const string Web = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web, namespace: default, labels: { app: web } }
        spec:
          replicas: 3
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
              - name: app
                image: web:1
                ports: [ { containerPort: 80 } ]
                env: [ { name: MODE, value: fast } ]
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web, namespace: default }
        spec: { selector: { app: web }, ports: [ { port: 80 } ] }
        """;

    private const string Widget = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: { name: widgets.example.com }
        spec:
          group: example.com
          scope: Namespaced
          names: { kind: Widget, plural: widgets, singular: widget, shortNames: [wd] }
          versions:
          - name: v1
            served: true
            storage: true
            subresources: { status: {} }
            additionalPrinterColumns:
            - { name: Size, type: integer, jsonPath: .spec.size }
            - { name: Ready, type: string, jsonPath: '.status.conditions[?(@.type=="Ready")].status' }
            schema:
              openAPIV3Schema:
                type: object
                properties:
                  spec: { type: object, required: [size], properties: { size: { type: integer }, note: { type: string } } }
                  status: { type: object, x-kubernetes-preserve-unknown-fields: true }
        """;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_kind_is_shown_with_its_own_columns_and_in_every_form()
    {
        await using var cloud = await StartAsync();
        using var kubectl = new Kubectl(cloud.ClusterAddress(Clouds.Cluster));
        await kubectl.FeedAsync(Web, "apply", "-f", "-");

        Assert.Equal(["NAME", "STATUS", "ROLES", "AGE", "VERSION", "INTERNAL-IP", "EXTERNAL-IP", "OS-IMAGE", "KERNEL-VERSION", "CONTAINER-RUNTIME"], await ColumnsAsync("nodes", "-o", "wide"));
        Assert.Equal(["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"], await ColumnsAsync("deployments"));
        Assert.Equal(["NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "AGE"], await ColumnsAsync("pods", "-A"));
        Assert.Equal(["NAME", "STATUS", "AGE"], await ColumnsAsync("namespaces"));
        Assert.Equal(["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"], await ColumnsAsync("services"));
        Assert.Equal(["NAMESPACE", "NAME", "MIN AVAILABLE", "MAX UNAVAILABLE", "ALLOWED DISRUPTIONS", "AGE"], await ColumnsAsync("pdb", "-A"));
        Assert.Equal(["NAMESPACE", "NAME", "HOSTNAMES", "AGE"], await ColumnsAsync("httproutes", "-A"));
        Assert.Equal(["NAMESPACE", "NAME", "CLASS", "ADDRESS", "PROGRAMMED", "AGE"], await ColumnsAsync("gateways", "-A"));
        Assert.Equal(["NAMESPACE", "NAME", "AGE"], await ColumnsAsync("elasticquotas", "-A"));
        Assert.Equal(["NAME", "CREATED AT"], await ColumnsAsync("crd"));
        Assert.Equal(["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"], await ColumnsAsync("events"));
        Assert.Contains("deployment.apps/web", await kubectl.RunAsync("get", "all"), StringComparison.Ordinal);
        foreach (var kind in new[] { "nodes", "pods", "deployments", "namespaces", "events", "pdb", "httproutes", "elasticquotas", "crd" })
        {
            var json = JsonNode.Parse(await kubectl.RunAsync("get", kind, "-A", "-o", "json"))!["items"]!.AsArray();
            var names = (await kubectl.RunAsync("get", kind, "-A", "-o", "name")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(json.Count, names.Length);
            Assert.Contains("apiVersion: v1", await kubectl.RunAsync("get", kind, "-A", "-o", "yaml"), StringComparison.Ordinal);
        }

        async Task<string[]> ColumnsAsync(string kind, params string[] more)
        {
            var table = await kubectl.RunAsync(["get", kind, .. more]);
            return [.. System.Text.RegularExpressions.Regex.Split(table[..table.IndexOf('\n', StringComparison.Ordinal)].Trim(), "  +")];
        }
    }

    [Fact]
    public async Task Discovery_names_nothing_that_is_not_there()
    {
        await using var cloud = await StartAsync();
        using var kubectl = new Kubectl(cloud.ClusterAddress(Clouds.Cluster));

        var versions = (await kubectl.RunAsync("api-versions")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var listed = (await kubectl.RunAsync("api-resources", "--verbs=list", "-o", "name")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var resource in listed)
        {
            await kubectl.RunAsync("get", resource, "-A");
        }

        Assert.Contains("policy/v1", versions);
        Assert.Contains("slo.koordinator.sh/v1alpha1", versions);
        Assert.Contains("jobs.batch", listed);
        Assert.Contains("Server Version: v1.33.0", await kubectl.RunAsync("version"), StringComparison.Ordinal);
        Assert.Contains("is running at", await kubectl.RunAsync("cluster-info"), StringComparison.Ordinal);
        Assert.Equal("yes", (await kubectl.RunAsync("auth", "can-i", "create", "pods")).Trim());
        Assert.Contains("containerPort", await kubectl.RunAsync("explain", "pods.spec.containers.ports"), StringComparison.Ordinal);
        Assert.Matches("cpu: +32\n", await kubectl.RunAsync("describe", "node", Clouds.Node(0)));
        Assert.Contains(Clouds.Node(0), await kubectl.RunAsync("top", "nodes"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_diff_and_the_three_patches_change_what_they_name_and_nothing_else()
    {
        await using var cloud = await StartAsync();
        using var kubectl = new Kubectl(cloud.ClusterAddress(Clouds.Cluster));

        await kubectl.FeedAsync(Web, "apply", "-f", "-");
        Assert.Contains("deployment.apps/web unchanged", await kubectl.FeedAsync(Web, "apply", "-f", "-"), StringComparison.Ordinal);
        var (differs, diff) = await kubectl.TryAsync(Web.Replace("web:1", "web:2", StringComparison.Ordinal), "diff", "-f", "-");
        await kubectl.RunAsync("patch", "deployment", "web", "-p", """{"spec":{"template":{"spec":{"containers":[{"name":"app","env":[{"name":"LEVEL","value":"1"}]}]}}}}""");
        await kubectl.RunAsync("patch", "deployment", "web", "--type=merge", "-p", """{"metadata":{"labels":{"merged":"yes"}}}""");
        await kubectl.RunAsync("patch", "deployment", "web", "--type=json", "-p", """[{"op":"add","path":"/metadata/labels/added","value":"yes"}]""");
        await kubectl.FeedAsync(Web.Replace("web:1", "web:3", StringComparison.Ordinal), "apply", "-f", "-");
        await kubectl.RunAsync("label", "deployment", "web", "tier=front");
        await kubectl.RunAsync("annotate", "deployment", "web", "why=test");
        var after = JsonNode.Parse(await kubectl.RunAsync("get", "deployment", "web", "-o", "json"))!;

        Assert.Equal(1, differs);
        Assert.Contains("+        image: web:2", diff, StringComparison.Ordinal);
        var container = after["spec"]!["template"]!["spec"]!["containers"]![0]!;
        Assert.Equal("web:3", container["image"]!.ToString());
        Assert.Equal(["LEVEL", "MODE"], container["env"]!.AsArray().Select(one => one!["name"]!.ToString()).Order());
        Assert.Equal(["added", "app", "merged", "tier"], after["metadata"]!["labels"]!.AsObject().Select(label => label.Key).Order());
        Assert.Contains("strategic", await kubectl.FailAsync(null, "patch", "httproute", "trading", "-n", "trading", "-p", "{}"), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Server_side_apply_tells_the_field_and_its_manager_until_it_is_forced()
    {
        await using var cloud = await StartAsync();
        using var kubectl = new Kubectl(cloud.ClusterAddress(Clouds.Cluster));
        var other = Web.Replace("web:1", "web:2", StringComparison.Ordinal);
        await kubectl.FeedAsync(Web, "apply", "--server-side", "--field-manager=one", "-f", "-");

        var refused = await kubectl.FailAsync(other, "apply", "--server-side", "--field-manager=two", "-f", "-");
        await kubectl.FeedAsync(other, "apply", "--server-side", "--field-manager=two", "--force-conflicts", "-f", "-");
        var shared = """{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"default"},"spec":{"template":{"spec":{"containers":[{"name":"app","env":[{"name":"EXTRA","value":"x"}]}]}}}}""";
        await kubectl.FeedAsync(shared, "apply", "--server-side", "--field-manager=three", "-f", "-");
        await kubectl.FeedAsync(shared.Replace(""","env":[{"name":"EXTRA","value":"x"}]""", "", StringComparison.Ordinal), "apply", "--server-side", "--field-manager=three", "-f", "-");
        var container = JsonNode.Parse(await kubectl.RunAsync("get", "deployment", "web", "-o", "json"))!["spec"]!["template"]!["spec"]!["containers"]![0]!;

        Assert.Contains("""conflict with "one": .spec.template.spec.containers[name="app"].image""", refused, StringComparison.Ordinal);
        Assert.Equal("web:2", container["image"]!.ToString());
        Assert.Equal(["MODE"], container["env"]!.AsArray().Select(one => one!["name"]!.ToString()));
    }

    [Fact]
    public async Task A_dry_run_answers_alike_and_writes_nothing()
    {
        await using var cloud = await StartAsync();
        using var kubectl = new Kubectl(cloud.ClusterAddress(Clouds.Cluster));
        await kubectl.FeedAsync(Web, "apply", "-f", "-");
        var before = await kubectl.RunAsync("get", "deployment", "web", "-o", "jsonpath={.metadata.resourceVersion}");

        await kubectl.FeedAsync(Web.Replace("web:1", "web:2", StringComparison.Ordinal), "apply", "--dry-run=server", "-f", "-");
        await kubectl.FeedAsync(Web.Replace("web:1", "web:2", StringComparison.Ordinal), "apply", "--server-side", "--force-conflicts", "--dry-run=server", "-f", "-");
        await kubectl.RunAsync("scale", "deployment", "web", "--replicas=9", "--dry-run=server");
        await kubectl.RunAsync("delete", "deployment", "web", "--dry-run=server");
        await kubectl.RunAsync("create", "namespace", "never", "--dry-run=server");
        var after = await kubectl.RunAsync("get", "deployment", "web", "-o", "jsonpath={.metadata.resourceVersion}");

        Assert.Equal(before, after);
        Assert.Contains("not found", await kubectl.FailAsync(null, "get", "namespace", "never"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_drain_is_refused_by_the_disruption_budget_and_let_through_when_it_allows()
    {
        await using var cloud = await StartAsync();
        using var kubectl = new Kubectl(cloud.ClusterAddress(Clouds.Cluster));
        await kubectl.FeedAsync(Web, "apply", "-f", "-");
        await kubectl.RunAsync("create", "pdb", "web", "--selector=app=web", "--min-available=3");
        await kubectl.RunAsync("rollout", "status", "deployment/web", "--timeout=30s");
        var node = (await kubectl.RunAsync("get", "pods", "-l", "app=web", "-o", "jsonpath={.items[0].spec.nodeName}")).Trim();

        await kubectl.RunAsync("taint", "node", node, "busy=yes:NoSchedule");
        await kubectl.RunAsync("cordon", node);
        var cordoned = await kubectl.RunAsync("get", "node", node);
        var refused = await kubectl.FailAsync(null, "drain", node, "--pod-selector=app=web", "--timeout=1s");
        await kubectl.RunAsync("patch", "pdb", "web", "--type=merge", "-p", """{"spec":{"minAvailable":1}}""");
        var drained = await kubectl.RunAsync("drain", node, "--pod-selector=app=web", "--timeout=20s");
        await kubectl.RunAsync("uncordon", node);

        Assert.Contains("Ready,SchedulingDisabled", cordoned, StringComparison.Ordinal);
        Assert.Contains("would violate the pod's disruption budget", refused, StringComparison.Ordinal);
        Assert.Contains("evicted", drained, StringComparison.Ordinal);
        Assert.DoesNotContain("SchedulingDisabled", await kubectl.RunAsync("get", "node", node), StringComparison.Ordinal);
        Assert.Contains("Killing", await kubectl.RunAsync("get", "events"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Jobs_run_to_their_end_say_what_they_wrote_and_take_their_pods_along()
    {
        await using var cloud = await StartAsync();
        using var kubectl = new Kubectl(cloud.ClusterAddress(Clouds.Cluster));

        await kubectl.RunAsync("create", "job", "good", "--image=tool", "--", "sh", "-c", "echo one; sleep 1; echo 'two words'");
        await kubectl.FeedAsync("""{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"bad"},"spec":{"backoffLimit":0,"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"main","image":"tool","command":["sh","-c","echo broken && exit 3"]}]}}}}""", "apply", "-f", "-");
        await kubectl.RunAsync("wait", "--for=condition=complete", "job/good", "--timeout=30s");
        await kubectl.RunAsync("wait", "--for=condition=failed", "job/bad", "--timeout=30s");
        var log = await kubectl.RunAsync("logs", "job/good");
        var exit = await kubectl.RunAsync("get", "pods", "-l", "job-name=bad", "-o", "jsonpath={.items[0].status.containerStatuses[0].state.terminated.exitCode}");
        var jobs = await kubectl.RunAsync("get", "jobs");
        await kubectl.RunAsync("delete", "job", "good", "bad");
        await kubectl.RunAsync("wait", "--for=delete", "job/good", "--timeout=10s");

        Assert.Equal("one\ntwo words\n", log);
        Assert.Equal("3", exit);
        Assert.Matches("good +Complete +1/1", jobs);
        Assert.Matches("bad +Failed +0/1", jobs);
        Assert.Equal("", await kubectl.RunAsync("get", "pods", "-o", "name"));
    }

    [Fact]
    public async Task A_definition_adds_a_kind_with_its_schema_columns_and_status()
    {
        await using var cloud = await StartAsync();
        using var kubectl = new Kubectl(cloud.ClusterAddress(Clouds.Cluster));
        const string one = """{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"one","namespace":"default"},"spec":{"size":3}}""";

        await kubectl.FeedAsync(Widget, "apply", "-f", "-");
        await kubectl.RunAsync("wait", "--for=condition=Established", "crd/widgets.example.com", "--timeout=10s");
        await kubectl.FeedAsync(one, "apply", "-f", "-");
        var wrong = await kubectl.FailAsync(one.Replace("3", "\"big\"", StringComparison.Ordinal), "apply", "-f", "-");
        await kubectl.RunAsync("patch", "widget", "one", "--subresource=status", "--type=merge", "-p", """{"status":{"conditions":[{"type":"Ready","status":"True"}]},"spec":{"size":99}}""");
        await kubectl.RunAsync("wait", "--for=condition=Ready", "widget/one", "--timeout=10s");
        await kubectl.RunAsync("wait", "--for=jsonpath={.spec.size}=3", "widget/one", "--timeout=10s");
        var table = await kubectl.RunAsync("get", "wd");
        await kubectl.RunAsync("delete", "crd", "widgets.example.com");

        Assert.Contains("spec.size in body must be of type integer", wrong, StringComparison.Ordinal);
        Assert.Matches("NAME +SIZE +READY\none +3 +True", table);
        await kubectl.FailAsync(null, "get", "widgets");
    }

    [Fact]
    public async Task Selectors_pages_and_watches_give_what_they_should()
    {
        await using var cloud = await StartAsync(nodes: 7);
        using var kubectl = new Kubectl(cloud.ClusterAddress(Clouds.Cluster));
        await kubectl.FeedAsync(Web, "apply", "-f", "-");
        using var watch = kubectl.Start("get", "deployment", "web", "-w", "-o", "jsonpath={.spec.replicas}{\"\\n\"}");
        Assert.Equal("3", await watch.StandardOutput.ReadLineAsync(Stop));

        await kubectl.RunAsync("scale", "deployment", "web", "--replicas=2");
        string? seen;
        do
        {
            seen = await watch.StandardOutput.ReadLineAsync(Stop);
        }
        while (seen == "3");
        watch.Kill();
        var node = (await kubectl.RunAsync("get", "pods", "-l", "app in (web)", "-o", "jsonpath={.items[0].spec.nodeName}")).Trim();
        var there = await kubectl.RunAsync("get", "pods", "--field-selector", $"spec.nodeName={node}", "-o", "name");
        var paged = await kubectl.RunAsync("get", "nodes", "--chunk-size=2", "-o", "name");

        Assert.Equal("2", seen);
        Assert.Single(there.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(7, paged.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("field label not supported", await kubectl.FailAsync(null, "get", "pods", "--field-selector", "spec.colour=red"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"spec":{"replica":1}}""", "unknown field \"spec.replica\"")]
    [InlineData("""{"spec":{"replicas":"1"}}""", "cannot unmarshal string into Go struct field Deployment.spec.replicas of type int32")]
    [InlineData("""{"spec":{"selector":{"matchLabels":{"app":"other"}}}}""", "does not match template")]
    [InlineData("""{"spec":{"template":{"spec":{"containers":[]}}}}""", "spec.template.spec.containers: Required value")]
    [InlineData("""{"metadata":{"name":"Not_A_Name"}}""", "a lowercase RFC 1123 subdomain")]
    [InlineData("""{"metadata":{"namespace":"nowhere"}}""", "namespaces \"nowhere\" not found")]
    public async Task A_wrong_manifest_is_refused_with_field_and_reason(string change, string reason)
    {
        await using var cloud = await StartAsync();
        using var kubectl = new Kubectl(cloud.ClusterAddress(Clouds.Cluster));
        var manifest = JsonNode.Parse("""{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"default"},"spec":{"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"app","image":"web:1"}]}}}}""")!.AsObject();
        Merge(manifest, JsonNode.Parse(change)!.AsObject());

        Assert.Contains(reason, await kubectl.FailAsync(manifest.ToJsonString(), "create", "-f", "-"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Versions_of_a_list_are_exact_not_older_expired_or_not_there_yet()
    {
        await using var cloud = await StartAsync(with: options => options with { WatchHistory = 4 });
        using var kubectl = new Kubectl(cloud.ClusterAddress(Clouds.Cluster));
        using var http = new HttpClient { BaseAddress = cloud.ClusterAddress(Clouds.Cluster) };
        async Task<(HttpStatusCode Code, JsonNode Body)> GetAsync(string query)
        {
            using var answer = await http.GetAsync("api/v1/configmaps" + query, Stop);
            return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(Stop))!);
        }

        await kubectl.RunAsync("create", "configmap", "first");
        var version = (await GetAsync("")).Body["metadata"]!["resourceVersion"]!.ToString();
        await kubectl.RunAsync("create", "configmap", "second");

        Assert.Single((await GetAsync($"?resourceVersion={version}&resourceVersionMatch=Exact")).Body["items"]!.AsArray());
        Assert.Equal(2, (await GetAsync($"?resourceVersion={version}&resourceVersionMatch=NotOlderThan")).Body["items"]!.AsArray().Count);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await GetAsync("?resourceVersionMatch=Exact")).Code);
        Assert.Equal((HttpStatusCode.GatewayTimeout, "Timeout"), (await GetAsync("?resourceVersion=999999")) is var (late, body) ? (late, body["reason"]!.ToString()) : default);
        foreach (var name in new[] { "a", "b", "c", "d", "e" })
        {
            await kubectl.RunAsync("create", "configmap", name);
        }

        Assert.Equal((HttpStatusCode.Gone, "Expired"), (await GetAsync($"?resourceVersion={version}&resourceVersionMatch=Exact")) is var (gone, status) ? (gone, status["reason"]!.ToString()) : default);
    }

    [Fact]
    public async Task An_object_with_a_finalizer_waits_for_its_holder()
    {
        await using var cloud = await StartAsync();
        using var kubectl = new Kubectl(cloud.ClusterAddress(Clouds.Cluster));
        await kubectl.FeedAsync("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"held","finalizers":["example.com/hold"]}}""", "create", "-f", "-");

        await kubectl.RunAsync("delete", "configmap", "held", "--wait=false");
        var marked = await kubectl.RunAsync("get", "configmap", "held", "-o", "jsonpath={.metadata.deletionTimestamp}");
        await kubectl.RunAsync("patch", "configmap", "held", "--type=json", "-p", """[{"op":"remove","path":"/metadata/finalizers"}]""");

        Assert.NotEqual("", marked);
        await kubectl.FailAsync(null, "get", "configmap", "held");
    }

    private static void Merge(JsonObject target, JsonObject change)
    {
        foreach (var (name, value) in change)
        {
            if (value is JsonObject inner && target[name] is JsonObject there)
            {
                Merge(there, inner);
            }
            else
            {
                target[name] = value?.DeepClone();
            }
        }
    }

    private static async Task<SimulatedCloud> StartAsync(int nodes = 4, Func<SimulatedCloudOptions, SimulatedCloudOptions>? with = null)
    {
        await Kubectl.RequireAsync();
        return await Clouds.StartAsync(Clouds.AFleet(nodes), EnvironmentClock.StartingNow(), options => (with?.Invoke(options) ?? options) with { Delays = 0.02 });
    }
}
