using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Orchestrator.Infra.Tests.Simulator;

public sealed class ColocationTests
{
    private const double CpuMilli = 32_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_profiles_a_node_offers_nothing_to_batch()
    {
        var environmentClock = new ManualClock();
        await using var cloud = await Clouds.StartAsync(environmentClock: environmentClock);
        using var client = Clouds.ClientOf(cloud);

        environmentClock.Advance(60);

        Assert.False((await NodeAsync(client)).Status.Allocatable.ContainsKey("kubernetes.io/batch-cpu"));
    }

    [Fact]
    public async Task Allocatable_follows_label_and_profile_after_the_controllers_reaction()
    {
        var environmentClock = new ManualClock();
        await using var cloud = await Clouds.StartAsync(environmentClock: environmentClock);
        using var client = Clouds.ClientOf(cloud);

        await ApplyProfilesAsync(client);
        Assert.Null(await BatchCpuAsync(client));
        environmentClock.Advance(10);
        Assert.Equal(0.90 * CpuMilli, await BatchCpuAsync(client));

        await LabelAsync(client, "stress-test");
        Assert.Equal(0.90 * CpuMilli, await BatchCpuAsync(client));
        environmentClock.Advance(10);
        Assert.Equal(0.50 * CpuMilli, await BatchCpuAsync(client));

        await LabelAsync(client, "peak-degrade-lossy");
        environmentClock.Advance(10);
        Assert.Equal(0, await BatchCpuAsync(client));
    }

    [Fact]
    public async Task Online_use_leaves_less_to_batch_than_the_threshold_allows()
    {
        var environmentClock = new ManualClock();
        await using var cloud = await Clouds.StartAsync(environmentClock: environmentClock);
        using var client = Clouds.ClientOf(cloud);
        // Pods of no unit use what they asked for: 20 cores on each of the four nodes.
        await Clouds.DeployAsync(client, "resident", replicas: 4, cpu: "20", memory: "8Gi", unit: null);

        await ApplyProfilesAsync(client);
        environmentClock.Advance(90);

        // 95 % of 32 cores, less 20 cores online and the system's own.
        Assert.InRange((await BatchCpuAsync(client))!.Value, 9_000, 10_400);
    }

    [Fact]
    public async Task Suppression_is_quick_down_and_gives_back_a_tenth_of_the_cores_a_second()
    {
        var environmentClock = new ManualClock();
        await using var cloud = await Clouds.StartAsync(environmentClock: environmentClock);
        using var client = Clouds.ClientOf(cloud);
        using var http = new HttpClient { BaseAddress = cloud.BaseAddress };
        await ApplyProfilesAsync(client);
        environmentClock.Advance(120);
        await LabelAsync(client, "peak-degrade-lossless");
        environmentClock.Advance(7);

        var low = await LimitAsync(http);
        await LabelAsync(client, "offline-only");
        environmentClock.Advance(1.9);
        Assert.Equal(low, await LimitAsync(http));
        var before = low;
        for (var second = 0; second < 20; second++)
        {
            environmentClock.Advance(1);
            var now = await LimitAsync(http);
            Assert.InRange(now - before, 0, (0.1 * CpuMilli) + 1);
            before = now;
        }

        Assert.InRange(low, 0.45 * CpuMilli, 0.5 * CpuMilli);
        Assert.InRange(before, 0.9 * CpuMilli, CpuMilli);
    }

    [Fact]
    public async Task Running_batch_outlives_its_allocatable_and_ends_with_its_tasks()
    {
        var environmentClock = new ManualClock();
        await using var cloud = await Clouds.StartAsync(environmentClock: environmentClock);
        using var client = Clouds.ClientOf(cloud);
        using var http = new HttpClient { BaseAddress = cloud.BaseAddress };
        await ApplyProfilesAsync(client);
        environmentClock.Advance(1_800);
        var (before, memory) = (OnNode(await BatchPodsAsync(client)), await HostAsync(http, "batchMemoryUsedMiB"));

        await LabelAsync(client, "peak-degrade-lossless");
        environmentClock.Advance(16);
        var (soon, held) = (OnNode(await BatchPodsAsync(client)), await HostAsync(http, "batchMemoryUsedMiB"));
        var (limit, used) = (await LimitAsync(http), await HostAsync(http, "batchCpuUsedMilli"));
        environmentClock.Advance(7_200);
        var late = OnNode(await BatchPodsAsync(client));

        Assert.Equal(7, before);
        // Pressed down at once, but there with all their memory.
        Assert.InRange(soon, before - 2, before);
        Assert.Equal(memory * soon / before, held, tolerance: 1);
        Assert.Equal(limit, used);
        Assert.InRange(used, 0, soon * 4_000.0);
        // 3,200 m are offered, no pod of 4,000 m fits.
        Assert.Equal(3_200, await BatchCpuAsync(client));
        Assert.Equal(0, late);
    }

    [Theory]
    [InlineData("", 7)]
    [InlineData("BEMemoryEvict", 0)]
    [InlineData("CPUAllocatableEvict", 0)]
    [InlineData("MemoryAllocatableEvict", 0)]
    public async Task A_lossy_profile_evicts_only_behind_koordlets_gates(string gate, int expected)
    {
        var environmentClock = new ManualClock();
        var fleet = Clouds.AFleet();
        fleet = fleet with { Clusters = [fleet.Clusters[0] with { KoordletGates = gate.Length > 0 ? [gate] : [] }] };
        await using var cloud = await Clouds.StartAsync(fleet, environmentClock);
        using var client = Clouds.ClientOf(cloud);
        await ApplyProfilesAsync(client, new()
        {
            ["memoryEvictThresholdPercent"] = 2, ["memoryEvictLowerPercent"] = 1, ["cpuAllocatableEvictThresholdPercent"] = 100, ["cpuAllocatableEvictLowerPercent"] = 90,
            ["memoryAllocatableEvictThresholdPercent"] = 100, ["memoryAllocatableEvictLowerPercent"] = 90,
        });
        environmentClock.Advance(300);

        await LabelAsync(client, "peak-degrade-lossy");
        environmentClock.Advance(25);
        var pods = await BatchPodsAsync(client);

        Assert.InRange(OnNode(pods), Math.Max(0, expected - 2), expected);
        Assert.Equal(expected == 0, pods.Items.Any(pod => pod.Spec.NodeName is null));
    }

    [Fact]
    public async Task What_batch_runs_does_not_depend_on_who_looks()
    {
        var (watched, alone) = (new ManualClock(), new ManualClock());
        await using var one = await Clouds.StartAsync(environmentClock: watched);
        await using var other = await Clouds.StartAsync(environmentClock: alone);
        using var client = Clouds.ClientOf(one);
        using var quiet = Clouds.ClientOf(other);
        await ApplyProfilesAsync(client);
        await ApplyProfilesAsync(quiet);

        for (var look = 0; look < 40; look++)
        {
            watched.Advance(7.3);
            await BatchPodsAsync(client);
        }

        alone.Advance(40 * 7.3);

        Assert.Equal((await BatchPodsAsync(client)).Items.Select(pod => pod.Metadata.Name).Order(), (await BatchPodsAsync(quiet)).Items.Select(pod => pod.Metadata.Name).Order());
    }

    internal static async Task ApplyProfilesAsync(IKubernetes client, Dictionary<string, int>? lossy = null)
    {
        var rows = new (string State, int Cpu, int Memory, int Reclaim, int Suppress)[]
        {
            ("offline-only", 90, 85, 95, 95),
            ("transitional", 70, 65, 95, 80),
            ("stress-test", 50, 45, 90, 65),
            ("peak-degrade-lossless", 10, 10, 75, 50),
            ("peak-degrade-lossy", 0, 0, 75, 40),
        };
        JsonObject Entry(string state) => new() { ["name"] = state, ["nodeSelector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["orchestrator.io/colocation-state"] = state } } };
        var colocation = new JsonArray();
        var thresholds = new JsonArray();
        foreach (var row in rows)
        {
            var entry = Entry(row.State);
            entry["enable"] = true;
            entry["batchCPUThresholdPercent"] = row.Cpu;
            entry["batchMemoryThresholdPercent"] = row.Memory;
            entry["cpuReclaimThresholdPercent"] = row.Reclaim;
            entry["memoryReclaimThresholdPercent"] = 90;
            entry["metricReportIntervalSeconds"] = 20;
            colocation.Add(entry);
            var threshold = Entry(row.State);
            threshold["cpuSuppressThresholdPercent"] = row.Suppress;
            threshold["cpuSuppressMinPercent"] = 5;
            foreach (var (key, value) in row.State == "peak-degrade-lossy" && lossy is not null ? lossy : [])
            {
                threshold[key] = value;
            }

            thresholds.Add(threshold);
        }

        var map = new V1ConfigMap
        {
            ApiVersion = "v1",
            Kind = "ConfigMap",
            Metadata = new V1ObjectMeta { Name = "slo-controller-config", NamespaceProperty = "koordinator-system" },
            Data = new Dictionary<string, string>
            {
                ["colocation-config"] = new JsonObject { ["enable"] = true, ["nodeConfigs"] = colocation }.ToJsonString(),
                ["resource-threshold-config"] = new JsonObject { ["nodeStrategies"] = thresholds }.ToJsonString(),
            },
        };
        await client.CoreV1.PatchNamespacedConfigMapAsync(
            new V1Patch(KubernetesJson.Serialize(map), V1Patch.PatchType.ApplyPatch),
            "slo-controller-config",
            "koordinator-system",
            fieldManager: "orchestrator",
            force: true,
            cancellationToken: Cancellation);
    }

    internal static Task LabelAsync(IKubernetes client, string state, int node = 0) => client.CoreV1.PatchNodeAsync(
        new V1Patch($$"""{"metadata":{"labels":{"orchestrator.io/colocation-state":"{{state}}"},"annotations":{"orchestrator.io/idempotency-key":"to-{{state}}" } } }""", V1Patch.PatchType.MergePatch),
        Clouds.Node(node),
        cancellationToken: Cancellation);

    private static Task<V1PodList> BatchPodsAsync(k8s.Kubernetes client) => client.CoreV1.ListPodForAllNamespacesAsync(labelSelector: "koordinator.sh/qosClass=BE", cancellationToken: Cancellation);

    private static int OnNode(V1PodList pods) => pods.Items.Count(pod => pod.Spec.NodeName == Clouds.Node(0));

    private static Task<V1Node> NodeAsync(IKubernetes client) => client.CoreV1.ReadNodeAsync(Clouds.Node(0), cancellationToken: Cancellation);

    private static async Task<double?> BatchCpuAsync(IKubernetes client) =>
        (await NodeAsync(client)).Status.Allocatable.TryGetValue("kubernetes.io/batch-cpu", out var quantity)
            ? (double)quantity.ToDecimal()
            : null;

    private static Task<double> LimitAsync(HttpClient http) => HostAsync(http, "batchCpuLimitMilli");

    private static async Task<double> HostAsync(HttpClient http, string what)
    {
        var body = JsonNode.Parse(await http.GetStringAsync($"sim/hosts/{Clouds.Cluster}/{Clouds.Node(0)}", Cancellation))!;
        return body[what]!.GetValue<double>();
    }
}
