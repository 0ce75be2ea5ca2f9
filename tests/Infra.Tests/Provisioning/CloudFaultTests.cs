using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.Stacks;

namespace Orchestrator.Infra.Tests.Provisioning;

/// <summary>What a real cloud does to a stack while it is built, and what the engine makes of it.</summary>
public sealed class CloudFaultTests
{
    /// <summary>What a cloud unit is made of, without the rules of its security group.</summary>
    private static readonly string[] things =
    [
        "alb:CreateListener", "alb:CreateLoadBalancer unit-1-alb", "alb:CreateServerGroup unit-1-servers", "ecs:CreateSecurityGroup unit-1-hosts", "ess:CreateScalingConfiguration unit-1-hosts", "ess:CreateScalingGroup unit-1-hosts",
        "kvstore:CreateInstance unit-1-cache", "rds:CreateDBInstance unit-1-db", "vpc:CreateVSwitch unit-1-a", "vpc:CreateVSwitch unit-1-b", "vpc:CreateVpc unit-1-vpc",
    ];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_answer_to_a_creation_is_lost_once_and_nothing_is_made_twice()
    {
        await using var bench = await CloudBench.StartAsync();
        await bench.SpoilAsync(
            [.. things.Select(thing => thing.Split(' ')[0]).Distinct().Select(action => new { route = $"/openapi/{action.Replace(":", "/", StringComparison.Ordinal)}", lostAnswerPercent = 100, times = 1 })]);

        var built = await bench.Engine().UpAsync(CloudBench.Unit(), null, Stop);

        Assert.True(built.Succeeded, string.Join("; ", built.Failures));
        Assert.Equal(things, bench.Made());
        await DestroyAsync(bench, CloudBench.Unit());
    }

    /// <summary>No client token keeps this API from making two: what the lost call made is looked for and found.</summary>
    [Fact]
    public async Task A_cluster_whose_creation_was_never_answered_is_found_and_adopted_and_takes_what_runs_on_it()
    {
        await using var bench = await CloudBench.StartAsync();
        var request = bench.Write(ClusterProgram, "  address: ${ack.connections.apiServerIntranet}\n");
        await bench.SpoilAsync(new { route = "/openapi/cs/CreateCluster", lostAnswerPercent = 100, times = 1 }, new { route = "/openapi/cs/CreateClusterNodePool", lostAnswerPercent = 100, times = 1 });

        var built = await bench.Engine().UpAsync(request, null, Stop);

        Assert.True(built.Succeeded, string.Join("; ", built.Failures));
        Assert.Equal(1, bench.Made().Count(made => made.StartsWith("cs:CreateCluster ", StringComparison.Ordinal)));
        Assert.Equal(1, bench.Made().Count(made => made.StartsWith("cs:CreateClusterNodePool ", StringComparison.Ordinal)));
        Assert.Contains("/clusters/", built.Outputs["address"]!.ToString(), StringComparison.Ordinal);
        Assert.Contains(bench.Cloud.Effects, effect => effect.Kind == "object" && effect.Detail.Contains("Namespace", StringComparison.OrdinalIgnoreCase) || effect.Target.Contains("trading", StringComparison.Ordinal));
        await DestroyAsync(bench, request);
    }

    /// <summary>The process dies between the creation and its answer; the next one goes on where the cloud stands.</summary>
    [Theory]
    [InlineData("/openapi/rds/CreateDBInstance", true)]
    [InlineData("/openapi/rds/CreateDBInstance", false)]
    [InlineData("/openapi/ess/CreateScalingConfiguration", true)]
    [InlineData("/openapi/alb/CreateLoadBalancer", false)]
    public async Task A_unit_whose_builder_never_got_an_answer_is_gone_on_with_or_taken_down_whole(string route, bool completes)
    {
        await using var bench = await CloudBench.StartAsync();

        // However often the call is tried, and whoever asks what there is: the step fails and does not know.
        await bench.SpoilAsync(new { route, lostAnswerPercent = 100 }, new { route = "/openapi/*/*List*", errorPercent = 100 }, new { route = "/openapi/rds/DescribeDBInstances", errorPercent = 100 }, new { route = "/openapi/ess/DescribeScalingConfigurations", errorPercent = 100 });
        var failed = await bench.Engine().UpAsync(CloudBench.Unit(), null, Stop);
        Assert.False(failed.Succeeded);
        Assert.NotEmpty(bench.State(CloudBench.Unit()).PendingOperations);

        await bench.SpoilAsync();
        if (completes)
        {
            var built = await bench.Engine().UpAsync(CloudBench.Unit(), null, Stop);

            Assert.True(built.Succeeded, string.Join("; ", built.Failures));
            Assert.Equal(things, bench.Made());
            Assert.Empty(bench.State(CloudBench.Unit()).PendingOperations);
        }

        await DestroyAsync(bench, CloudBench.Unit());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(9)]
    public async Task A_unit_that_is_half_built_when_its_builder_is_stopped_is_taken_down_whole(int after)
    {
        await using var bench = await CloudBench.StartAsync(speed: 200);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var done = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.Engine().UpAsync(
            CloudBench.Unit(),
            happened =>
            {
                if (happened is ResourceOutputs && Interlocked.Increment(ref done) == after + 1)
                {
                    stopping.Cancel();
                }
            },
            stopping.Token));
        Assert.NotEmpty(bench.Left());

        await DestroyAsync(bench, CloudBench.Unit());
    }

    [Fact]
    public async Task A_unit_is_built_though_the_cloud_throttles_for_minutes()
    {
        await using var bench = await CloudBench.StartAsync(options => options with { CallsPerMinute = new Dictionary<string, int> { ["*"] = 2 } }, speed: 2_000);

        var built = await bench.Engine().UpAsync(CloudBench.Unit(), null, Stop);

        Assert.True(built.Succeeded, string.Join("; ", built.Failures));
        Assert.Equal(things, bench.Made());
    }

    [Fact]
    public async Task A_quota_that_is_used_up_is_told_with_its_mend_and_the_rest_can_be_taken_down()
    {
        await using var bench = await CloudBench.StartAsync(options => options with { Quotas = new Dictionary<string, int> { ["rds_quota_instances"] = 0 } });

        var failed = await bench.Engine().UpAsync(CloudBench.Unit(), null, Stop);

        var failure = Assert.Single(failed.Failures);
        Assert.Equal(("database", false), (StackResource.NameOf(failure.Urn), failure.Retryable));
        Assert.Contains("Quota Center", failure.Message, StringComparison.Ordinal);
        Assert.Empty(bench.State(CloudBench.Unit()).PendingOperations);
        await DestroyAsync(bench, CloudBench.Unit());
    }

    [Fact]
    public async Task Hosts_come_from_the_other_zone_and_the_next_type_where_the_first_is_sold_out()
    {
        await using var bench = await CloudBench.StartAsync(options => options with
        {
            Stock = new Dictionary<string, int> { ["cn-hangzhou-h/ecs.g7.8xlarge"] = 0, ["cn-hangzhou-i/ecs.g7.8xlarge"] = 1 },
        });

        var built = await bench.Engine().UpAsync(CloudBench.Unit(hosts: 3), null, Stop);

        Assert.True(built.Succeeded, string.Join("; ", built.Failures));
        var instances = new List<(string Type, string Zone, string Status)>();
        await foreach (var instance in bench.Alibaba.Ecs(CloudBench.Region).ListInstancesAsync(null, Stop))
        {
            instances.Add((instance.InstanceType, instance.ZoneId, instance.Status));
        }

        Assert.Equal(3, instances.Count);
        Assert.All(instances, instance => Assert.Equal("Running", instance.Status));
        Assert.Equal(("ecs.g7.8xlarge", "cn-hangzhou-i", "Running"), Assert.Single(instances, instance => instance.Type == "ecs.g7.8xlarge"));
    }

    [Fact]
    public async Task Hosts_that_no_zone_has_fail_the_unit_with_the_cloud_s_own_word_and_come_when_fewer_are_wanted()
    {
        await using var bench = await CloudBench.StartAsync(options => options with { HostStock = 1 });

        var failed = await bench.Engine().UpAsync(CloudBench.Unit(hosts: 2), null, Stop);

        var failure = Assert.Single(failed.Failures);
        Assert.Equal(("hostConfiguration", "OperationDenied.NoStock", true), (StackResource.NameOf(failure.Urn), failure.Code, failure.Retryable));
        Assert.Contains("1 of 2 instances in service", failure.Message, StringComparison.Ordinal);

        var built = await bench.Engine().UpAsync(CloudBench.Unit(hosts: 1), null, Stop);
        Assert.True(built.Succeeded, string.Join("; ", built.Failures));
        await DestroyAsync(bench, CloudBench.Unit());
    }

    [Fact]
    public async Task A_wrong_secret_makes_nothing_says_so_and_loses_nothing_of_what_was_begun()
    {
        await using var bench = await CloudBench.StartAsync();
        var wrong = CloudBench.Standard with { AccessKeySecret = "wrong" };

        var refused = await bench.Engine(wrong).UpAsync(CloudBench.Unit(), null, Stop);

        Assert.All(refused.Failures, failure => Assert.Equal(("SignatureDoesNotMatch", false), (failure.Code, failure.Retryable)));
        Assert.Empty(bench.Cloud.Effects);

        await bench.SpoilAsync(new { route = "/openapi/vpc/CreateVpc", lostAnswerPercent = 100 }, new { route = "/openapi/vpc/DescribeVpcs", errorPercent = 100 });
        await bench.Engine().UpAsync(CloudBench.Unit(), null, Stop);
        await bench.SpoilAsync();
        var begun = bench.Left();
        Assert.Single(begun);
        Assert.False((await bench.Engine(wrong).UpAsync(CloudBench.Unit(), null, Stop)).Succeeded);
        Assert.False((await bench.Engine(wrong).DestroyAsync(CloudBench.Unit(), null, Stop)).Succeeded);
        Assert.Single(bench.State(CloudBench.Unit()).PendingOperations);

        await DestroyAsync(bench, CloudBench.Unit());
    }

    [Fact]
    public async Task A_machine_whose_clock_is_wrong_is_told_to_set_it()
    {
        await using var bench = await CloudBench.StartAsync();

        var refused = await bench.Engine(systemClock: new SkewedClock(TimeSpan.FromMinutes(-20))).UpAsync(CloudBench.Unit(), null, Stop);

        Assert.All(refused.Failures, failure => Assert.Equal(("InvalidTimeStamp.Expired", false), (failure.Code, failure.Retryable)));
        Assert.Contains("clock", refused.Failures[0].Message, StringComparison.Ordinal);
        Assert.Empty(bench.Cloud.Effects);
    }

    [Fact]
    public async Task What_the_engine_does_not_pass_on_is_refused_by_its_place_before_anything_is_made()
    {
        await using var bench = await CloudBench.StartAsync();
        var request = bench.Write("  net:\n    type: alicloud:vpc/network:Network\n    properties:\n      cidrBlock: 10.0.0.0/8\n      userCidrs: [ 10.1.0.0/16 ]\n  other:\n    type: pulumi:providers:alicloud\n    properties: { region: cn-hangzhou, secretKey: mine }\n");

        var refused = await Assert.ThrowsAsync<StackProgramException>(() => bench.Engine().UpAsync(request, null, Stop));

        Assert.Equal(2, refused.Diagnostics.Length);
        Assert.Contains("'userCidrs' of alicloud:vpc/network:Network", refused.Diagnostics[0].Message, StringComparison.Ordinal);
        Assert.Equal(8, refused.Diagnostics[0].Position.Line);
        Assert.Contains("takes no 'secretKey' from a program", refused.Diagnostics[1].Message, StringComparison.Ordinal);
        Assert.Empty(bench.Cloud.Effects);
    }

    [Fact]
    public async Task What_a_resource_shows_has_the_providers_names_and_a_refresh_finds_what_others_deleted()
    {
        await using var bench = await CloudBench.StartAsync();
        var built = await bench.Engine().UpAsync(CloudBench.Unit(), null, Stop);
        Assert.True(built.Succeeded, string.Join("; ", built.Failures));

        foreach (var resource in bench.State(CloudBench.Unit()).Resources.Where(resource => resource.Type.StartsWith("alicloud:", StringComparison.Ordinal)))
        {
            Assert.NotEmpty(resource.Outputs);
            Assert.All(resource.Outputs, output => Assert.True(ResourceSchema.Outputs(resource.Type).ContainsKey(output.Key), $"{resource.Type} has no output {output.Key}"));
        }

        var cache = bench.State(CloudBench.Unit()).Resources.Single(resource => resource.Type == "alicloud:kvstore/instance:Instance").Id!;
        await bench.Alibaba.Redis(CloudBench.Region).DeleteInstanceAsync(cache, Stop);
        StackOutcome refreshed;
        do
        {
            refreshed = await bench.Engine().RefreshAsync(CloudBench.Unit(), null, Stop);
            Assert.True(refreshed.Succeeded, string.Join("; ", refreshed.Failures));
        }
        while (!refreshed.Changes.ContainsKey("delete"));

        var repaired = await bench.Engine().UpAsync(CloudBench.Unit(), null, Stop);
        Assert.True(repaired.Succeeded, string.Join("; ", repaired.Failures));
        Assert.Equal(1, repaired.Changes["create"]);
    }

    private static async Task DestroyAsync(CloudBench bench, StackRequest request)
    {
        var gone = await bench.Engine().DestroyAsync(request, null, Stop);
        Assert.True(gone.Succeeded, string.Join("; ", gone.Failures));
        Assert.Empty(bench.Left());
    }

    private const string ClusterProgram = """
          net:
            type: alicloud:vpc/network:Network
            properties: { vpcName: k8s, cidrBlock: 10.0.0.0/8 }
          nodes:
            type: alicloud:vpc/switch:Switch
            properties: { vpcId: "${net.id}", zoneId: cn-hangzhou-h, cidrBlock: 10.1.0.0/20 }
          ack:
            type: alicloud:cs/managedKubernetes:ManagedKubernetes
            properties: { name: unit-k8s, clusterSpec: ack.pro.small, vswitchIds: [ "${nodes.id}" ], podVswitchIds: [ "${nodes.id}" ], serviceCidr: 172.21.0.0/20 }
          pool:
            type: alicloud:cs/nodePool:NodePool
            properties: { clusterId: "${ack.id}", nodePoolName: main, vswitchIds: [ "${nodes.id}" ], instanceTypes: [ ecs.g7.2xlarge ], desiredSize: "2" }
          lender:
            type: pulumi:providers:kubernetes
            properties: { context: "${ack.id}" }
          space:
            type: kubernetes:core/v1:Namespace
            properties: { metadata: { name: trading } }
            options: { provider: "${lender}", dependsOn: [ "${pool}" ] }
        """;

    private sealed class SkewedClock(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
