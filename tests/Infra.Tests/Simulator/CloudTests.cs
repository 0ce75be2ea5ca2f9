using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Orchestrator.Infra.Tests.Simulator;

public sealed class CloudTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lost_answer_has_taken_its_effect_once()
    {
        await using var cloud = await Clouds.StartAsync();
        using var client = Clouds.ClientOf(cloud);
        using var http = new HttpClient { BaseAddress = cloud.BaseAddress };
        using var content = JsonContent.Create(JsonNode.Parse("""{"rules":[{"route":"/clusters/*/nodes/*","methods":["PATCH"],"lostAnswerPercent":100,"times":1}]}"""));
        using var planned = await http.PutAsync("sim/faults", content, Cancellation);
        planned.EnsureSuccessStatusCode();

        await Assert.ThrowsAsync<HttpRequestException>(() => ColocationTests.LabelAsync(client, "transitional"));
        await ColocationTests.LabelAsync(client, "transitional");

        var effect = Assert.Single(cloud.Effects);
        Assert.Equal(("node-label", $"{Clouds.Cluster}/{Clouds.Node(0)}", "to-transitional", "offline-only→transitional"), (effect.Kind, effect.Target, effect.Key, effect.Detail));
    }

    [Fact]
    public async Task Throttled_requests_are_told_when_to_come_again()
    {
        await using var cloud = await Clouds.StartAsync();
        using var http = new HttpClient { BaseAddress = cloud.BaseAddress };
        using var content = JsonContent.Create(JsonNode.Parse("""{"rules":[{"route":"/clusters/*","throttlePercent":100}]}"""));
        using var planned = await http.PutAsync("sim/faults", content, Cancellation);
        planned.EnsureSuccessStatusCode();

        using var refused = await http.GetAsync($"clusters/{Clouds.Cluster}/api/v1/nodes", Cancellation);

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter!.Delta);
        Assert.Equal("Status", JsonNode.Parse(await refused.Content.ReadAsStringAsync(Cancellation))!["kind"]!.ToString());
    }

    [Fact]
    public async Task A_dead_node_turns_not_ready_and_its_metric_grows_old()
    {
        var environmentClock = new ManualClock();
        await using var cloud = await Clouds.StartAsync(environmentClock: environmentClock);
        using var client = Clouds.ClientOf(cloud);
        using var http = new HttpClient { BaseAddress = cloud.BaseAddress };
        using var content = JsonContent.Create(JsonNode.Parse($$"""{"deadNodes":["{{Clouds.Cluster}}/{{Clouds.Node(1)}}"]}"""));
        using var planned = await http.PutAsync("sim/faults", content, Cancellation);
        planned.EnsureSuccessStatusCode();

        environmentClock.Advance(600);
        var nodes = await client.CoreV1.ListNodeAsync(cancellationToken: Cancellation);

        var unknown = Assert.Single(nodes.Items, node => node.Status.Conditions.Any(condition => condition is { Type: "Ready", Status: "Unknown" }));
        Assert.Equal(Clouds.Node(1), unknown.Metadata.Name);
    }

    [Fact]
    public async Task A_service_answers_for_its_pods_once_they_are_ready()
    {
        var environmentClock = new ManualClock();
        await using var cloud = await Clouds.StartAsync(environmentClock: environmentClock);
        using var client = Clouds.ClientOf(cloud);
        using var http = new HttpClient();
        var labels = new Dictionary<string, string> { ["app"] = "trade" };
        await client.AppsV1.CreateNamespacedDeploymentAsync(
            new V1Deployment
            {
                Metadata = new V1ObjectMeta { Name = "trade" },
                Spec = new V1DeploymentSpec
                {
                    Replicas = 3,
                    Selector = new V1LabelSelector { MatchLabels = labels },
                    Template = new V1PodTemplateSpec { Metadata = new V1ObjectMeta { Labels = labels }, Spec = new V1PodSpec { Containers = [new V1Container { Name = "trade", Image = "trade:1" }] } },
                },
            },
            "default",
            cancellationToken: Cancellation);
        await client.CoreV1.CreateNamespacedServiceAsync(
            new V1Service { Metadata = new V1ObjectMeta { Name = "trade" }, Spec = new V1ServiceSpec { Type = "LoadBalancer", Selector = labels, Ports = [new V1ServicePort { Port = 80 }] } },
            "default",
            cancellationToken: Cancellation);

        environmentClock.Advance(15);
        var service = await client.CoreV1.ReadNamespacedServiceAsync("trade", "default", cancellationToken: Cancellation);
        var ingress = Assert.Single(service.Status.LoadBalancer.Ingress);
        var health = new Uri($"http://{ingress.Ip}:{ingress.Ports[0].Port}/healthz");
        using var early = await http.GetAsync(health, Cancellation);
        environmentClock.Advance(60);
        using var late = await http.GetAsync(health, Cancellation);
        var deployment = await client.AppsV1.ReadNamespacedDeploymentAsync("trade", "default", cancellationToken: Cancellation);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (early.StatusCode, late.StatusCode));
        Assert.Equal(3, deployment.Status.ReadyReplicas);
    }

    [Fact]
    public async Task Deleting_a_namespace_takes_its_pods_and_is_one_effect()
    {
        await using var cloud = await Clouds.StartAsync();
        using var client = Clouds.ClientOf(cloud);
        var labels = new Dictionary<string, string> { ["app"] = "trade" };
        await client.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = "unit-1" } }, cancellationToken: Cancellation);
        await client.AppsV1.CreateNamespacedDeploymentAsync(
            new V1Deployment
            {
                Metadata = new V1ObjectMeta { Name = "trade" },
                Spec = new V1DeploymentSpec { Replicas = 2, Selector = new V1LabelSelector { MatchLabels = labels }, Template = new V1PodTemplateSpec { Metadata = new V1ObjectMeta { Labels = labels }, Spec = new V1PodSpec { Containers = [new V1Container { Name = "trade", Image = "trade:1" }] } } },
            },
            "unit-1",
            cancellationToken: Cancellation);
        Assert.Equal(2, (await client.CoreV1.ListNamespacedPodAsync("unit-1", cancellationToken: Cancellation)).Items.Count);

        await client.CoreV1.DeleteNamespaceAsync("unit-1", cancellationToken: Cancellation);

        Assert.Empty((await client.CoreV1.ListNamespacedPodAsync("unit-1", cancellationToken: Cancellation)).Items);
        Assert.Equal(["object", "deployment", "object"], cloud.Effects.Select(effect => effect.Kind));
    }
}
