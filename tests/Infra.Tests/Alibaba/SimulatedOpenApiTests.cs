using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using k8s;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Alibaba.Credentials;
using Orchestrator.Infra.Alibaba.Products;
using Orchestrator.Infra.Alibaba.Signing;
using Orchestrator.Infra.Tests.Simulator;
using Orchestrator.Simulator;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Infra.Tests.Alibaba;

/// <summary>Our clients against the simulated OpenAPI, on a clock that stands still until a test moves it on.</summary>
public sealed class SimulatedOpenApiTests
{
    private const string Region = "cn-hangzhou";
    private const string Type = "ecs.g7.8xlarge";

    private readonly ManualClock _environment = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tells_who_calls_and_refuses_who_is_not_known()
    {
        await using var cloud = await StartAsync();

        var identity = await new StsClient(Client(cloud), Region).GetCallerIdentityAsync(Token);
        Assert.Equal(("acs:ram::1000000000000001:user/simulated", "RAMUser"), (identity.Arn, identity.IdentityType));

        Assert.Equal("InvalidAccessKeyId.NotFound", (await RefusedAsync(Client(cloud, new Credential("nobody", "x")))).Code);
        Assert.Equal("SignatureDoesNotMatch", (await RefusedAsync(Client(cloud, new Credential(SimulatedAccessKey.Standard.Id, "x")))).Code);
        Assert.Equal("InvalidSecurityToken.Malformed", (await RefusedAsync(Client(cloud, Standard with { SecurityToken = "x" }))).Code);

        static async Task<ApiException> RefusedAsync(OpenApiClient client) =>
            await Assert.ThrowsAsync<ApiException>(() => new StsClient(client, Region).GetCallerIdentityAsync(Token));
    }

    [Fact]
    public async Task A_clock_that_is_wrong_by_more_than_a_quarter_of_an_hour_is_refused_with_a_mend()
    {
        await using var cloud = await StartAsync();
        using var late = Client(cloud, systemClock: new ShiftedClock(TimeSpan.FromMinutes(-16)));
        using var nearly = Client(cloud, systemClock: new ShiftedClock(TimeSpan.FromMinutes(14)));

        var refused = await Assert.ThrowsAsync<ApiException>(() => new StsClient(late, Region).GetCallerIdentityAsync(Token));

        Assert.Equal(("InvalidTimeStamp.Expired", ApiErrorKind.ClockSkew), (refused.Code, refused.Kind));
        Assert.Contains("clock", refused.Fix, StringComparison.Ordinal);
        await new StsClient(nearly, Region).GetCallerIdentityAsync(Token);
    }

    [Theory]
    [InlineData("unsigned", "IncompleteSignature")]
    [InlineData("replayed", "SignatureNonceUsed")]
    [InlineData("query", "SignatureDoesNotMatch")]
    [InlineData("body", "SignatureDoesNotMatch")]
    [InlineData("header", "SignatureDoesNotMatch")]
    public async Task A_request_that_was_tampered_with_is_refused(string how, string code)
    {
        await using var cloud = await StartAsync();
        using var http = new HttpClient();
        var request = new ApiRequest(ApiOperation.Rpc(ApiProduct.Ecs, "DescribeZones"), Region, new JsonObject { ["RegionId"] = Region });
        var wire = WireRequest.Of(request, cloud.BaseAddress.Authority, Standard, "nonce", TimeProvider.System.GetUtcNow());
        if (how == "replayed")
        {
            using var first = await http.SendAsync(wire.ToMessage(cloud.BaseAddress), Token);
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        }

        using var message = how switch
        {
            "unsigned" => (wire with { Authorization = null }).ToMessage(cloud.BaseAddress),
            "query" => (wire with { Head = wire.Head with { Query = [new("RegionId", "cn-beijing")] } }).ToMessage(cloud.BaseAddress),
            "body" => (wire with { Body = [1, 2, 3] }).ToMessage(cloud.BaseAddress),
            _ => wire.ToMessage(cloud.BaseAddress),
        };
        if (how == "header")
        {
            message.Headers.TryAddWithoutValidation("x-acs-extra", "not signed");
        }

        using var response = await http.SendAsync(message, Token);

        var error = await response.Content.ReadFromJsonAsync<JsonObject>(Token);
        Assert.Equal(code, error!["Code"]!.ToString());
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.NotEmpty(error["RequestId"]!.ToString());
        Assert.NotEmpty(error["HostId"]!.ToString());
        Assert.NotEmpty(error["Recommend"]!.ToString());
    }

    [Fact]
    public async Task Takes_a_role_on_and_the_role_lacks_what_its_taker_lacks()
    {
        await using var cloud = await StartAsync(options => options with { AccessKeys = [new SimulatedAccessKey("LTAIPOOR", "secret", "poor") { Denied = ["rds:*", "ecs:RunInstances"] }] });
        var folder = Directory.CreateTempSubdirectory("profiles-");
        var file = Path.Combine(folder.FullName, "config.json");
        await File.WriteAllTextAsync(file, """{"current":"night","profiles":[{"name":"night","mode":"RamRoleArn","access_key_id":"LTAIPOOR","access_key_secret":"secret","ram_role_arn":"acs:ram::1000000000000001:role/night","ram_session_name":"shift"}]}""", Token);
        using var chain = new CredentialChain(new CredentialOptions { ProfileFile = file, Variable = _ => null }, Options(cloud), TimeProvider.System);
        using var client = Client(cloud, source: chain);

        var identity = await new StsClient(client, Region).GetCallerIdentityAsync(Token);
        var refused = await Assert.ThrowsAsync<ApiException>(() => new RdsClient(client, Region).ListInstancesAsync(Token).ToListAsync(Token).AsTask());
        folder.Delete(recursive: true);

        Assert.Equal("acs:ram::1000000000000001:assumed-role/night/shift", identity.Arn);
        Assert.Equal("AssumedRoleUser", identity.IdentityType);
        Assert.Equal((ApiErrorKind.Forbidden, "rds:DescribeDBInstances"), (refused.Kind, refused.LackingAction));
        Assert.Contains("Allow rds:DescribeDBInstances in the RAM policy of SubUser shift", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_account_gets_its_role_without_a_key()
    {
        await using var cloud = await StartAsync();
        var token = Path.GetTempFileName();
        await File.WriteAllTextAsync(token, "header.claims.signature", Token);
        var variables = new Dictionary<string, string> { ["ALIBABA_CLOUD_ROLE_ARN"] = "acs:ram::1000000000000001:role/pod", ["ALIBABA_CLOUD_OIDC_PROVIDER_ARN"] = "acs:ram::1:oidc-provider/ack", ["ALIBABA_CLOUD_OIDC_TOKEN_FILE"] = token };
        using var chain = new CredentialChain(new CredentialOptions { Variable = variables.GetValueOrDefault }, Options(cloud), TimeProvider.System);

        var identity = await new StsClient(Client(cloud, source: chain), Region).GetCallerIdentityAsync(Token);
        File.Delete(token);

        Assert.Equal("acs:ram::1000000000000001:assumed-role/pod/orchestrator", identity.Arn);
    }

    [Fact]
    public async Task A_throttled_action_waits_as_long_as_the_cloud_says_and_then_goes_on()
    {
        await using var cloud = await StartAsync(options => options with { CallsPerMinute = new Dictionary<string, int> { ["ecs:DescribeRegions"] = 2 } });
        var waits = new WaitingClock();
        // The client's waits move the cloud's clock on.
        using var client = new OpenApiClient(new StaticCredentials(Standard), Options(cloud), new Moving(_environment, waits), TimeProvider.System);
        var ecs = new EcsClient(client, Region);

        for (var i = 0; i < 5; i++)
        {
            Assert.NotEmpty(await ecs.ListRegionsAsync(Token));
        }

        Assert.Equal(2, waits.Waits.Count);
        Assert.All(waits.Waits, wait => Assert.InRange(wait, TimeSpan.FromSeconds(59), TimeSpan.FromSeconds(76)));
        Assert.NotEmpty(await ecs.ListZonesAsync(Token));
    }

    [Fact]
    public async Task A_lost_answer_is_asked_for_again_with_the_same_token_and_makes_nothing_twice()
    {
        await using var cloud = await StartAsync();
        using var http = new HttpClient();
        var plan = new { rules = new[] { new { route = "/openapi/vpc/CreateVpc", lostAnswerPercent = 100, times = 2 }, new { route = "/openapi/cs/CreateCluster", lostAnswerPercent = 100, times = 1 } } };
        using var planned = await http.PutAsJsonAsync(new Uri(cloud.BaseAddress, "sim/faults"), plan, Token);
        Assert.Equal(HttpStatusCode.OK, planned.StatusCode);
        var vpc = new VpcClient(Client(cloud), Region);

        var id = await vpc.CreateVpcAsync(new CreateVpcRequest("net", "10.0.0.0/8", "once"), Token);
        Assert.Equal(id, await vpc.CreateVpcAsync(new CreateVpcRequest("net", "10.0.0.0/8", "once"), Token));

        Assert.Single(await vpc.ListVpcsAsync(null, Token).ToListAsync(Token));
        Assert.Single(cloud.Effects, effect => effect.Kind == "resource-create");
        var other = await Assert.ThrowsAsync<ApiException>(() => vpc.CreateVpcAsync(new CreateVpcRequest("other", "10.0.0.0/8", "once"), Token));
        Assert.Equal(ApiErrorKind.TokenReused, other.Kind);

        // Without a token the caller is told to look, and finds it by name.
        _environment.Advance(10);
        var a = await vpc.CreateVSwitchAsync(new CreateVSwitchRequest(id, "cn-hangzhou-h", "10.0.0.0/20", "a"), Token);
        var ack = new AckClient(Client(cloud), Region);
        var lost = await Assert.ThrowsAsync<ApiException>(() => ack.CreateClusterAsync(new CreateAckClusterRequest("k8s", Region, id, [a], "172.21.0.0/20"), Token));
        Assert.True(lost.EffectUnknown);
        Assert.Single(await ack.ListClustersAsync("k8s", Token).ToListAsync(Token));
    }

    [Fact]
    public async Task Injected_throttling_and_errors_have_the_apis_own_shape()
    {
        await using var cloud = await StartAsync();
        using var http = new HttpClient();
        var plan = new { rules = new object[] { new { route = "/openapi/ecs/DescribeRegions", throttlePercent = 100 }, new { route = "/openapi/cs/*", errorPercent = 100 } } };
        using var planned = await http.PutAsJsonAsync(new Uri(cloud.BaseAddress, "sim/faults"), plan, Token);
        planned.EnsureSuccessStatusCode();
        var options = Options(cloud) with { Attempts = 1, ThrottleTimeout = TimeSpan.Zero };

        var throttled = await Assert.ThrowsAsync<ApiException>(() => new EcsClient(Client(cloud, options: options), Region).ListRegionsAsync(Token));
        var failed = await Assert.ThrowsAsync<ApiException>(() => new AckClient(Client(cloud, options: options), Region).DescribeClusterAsync("c1", Token));

        Assert.Equal(("Throttling.User", HttpStatusCode.BadRequest), (throttled.Code, throttled.Status));
        Assert.Equal(("ServiceUnavailable", HttpStatusCode.ServiceUnavailable), (failed.Code, failed.Status));
        Assert.NotNull(failed.RequestId);
    }

    [Fact]
    public async Task A_unit_serves_once_its_parts_run_and_goes_on_serving_while_it_shrinks()
    {
        await using var cloud = await StartAsync();
        var unit = await UnitAsync(cloud, hosts: 4);
        using var http = new HttpClient();
        var (alb, ess) = (new AlbClient(unit.Client, Region), new EssClient(unit.Client, Region));

        var balancer = await alb.GetLoadBalancerAsync(unit.Balancer, Token);
        Assert.Equal("Active", balancer.LoadBalancerStatus);
        Assert.Equal(HttpStatusCode.OK, await HealthAsync());
        var servers = await alb.ListServersAsync(unit.Servers, Token).ToListAsync(Token);
        Assert.Equal(4, servers.Count);
        Assert.All(servers, server => Assert.Equal("Available", server.Status));

        // Weight 0 first, then away: fast scale-down.
        await alb.UpdateServersAsync(unit.Servers, [.. servers.Take(3).Select(server => server with { Weight = 0 })], "drain", Token);
        Assert.Equal(HttpStatusCode.OK, await HealthAsync());
        var activity = await ess.ScaleToAsync(unit.Group, 1, "down", Token);
        var busy = await Assert.ThrowsAsync<ApiException>(() => ess.ScaleToAsync(unit.Group, 0, "down-more", Token));
        Assert.Equal(("ScalingActivityInProgress", ApiErrorKind.Busy), (busy.Code, busy.Kind));
        Assert.Equal("InProgress", (await ess.FindActivityAsync(unit.Group, activity!, Token))!.StatusCode);
        _environment.Advance(20);
        Assert.Equal("Successful", (await ess.FindActivityAsync(unit.Group, activity!, Token))!.StatusCode);
        Assert.Single(await ess.ListInstancesAsync(unit.Group, Token).ToListAsync(Token));

        await ess.ScaleToAsync(unit.Group, 0, "down-to-nothing", Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await HealthAsync());

        async Task<HttpStatusCode> HealthAsync()
        {
            using var response = await http.GetAsync(new Uri($"http://{balancer.DnsName}/healthz"), Token);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task Traffic_weights_of_a_rule_are_in_force_once_the_rule_is_available()
    {
        await using var cloud = await StartAsync();
        var unit = await UnitAsync(cloud, hosts: 1);
        var alb = new AlbClient(unit.Client, Region);
        var green = await alb.CreateServerGroupAsync(new CreateServerGroupRequest("green", unit.Network, "HTTP", new HealthCheckSpec(false), "green"), Token);
        var rule = await alb.CreateRuleAsync(
            new CreateRuleRequest(unit.Listener, 1, "split", [RuleCondition.Path("/*")], [ForwardAction.To(new ServerGroupTuple(unit.Servers, 100), new ServerGroupTuple(green, 0)) with { Order = 1 }], "rule"), Token);
        _environment.Advance(6);

        await alb.SetWeightsAsync(rule, [new ServerGroupTuple(unit.Servers, 20), new ServerGroupTuple(green, 80)], "shift", Token);
        var changing = Assert.Single(await alb.ListRulesAsync(unit.Listener, Token).ToListAsync(Token));
        var busy = await Assert.ThrowsAsync<ApiException>(() => alb.SetWeightsAsync(rule, [new ServerGroupTuple(green, 100)], "shift-again", Token));
        _environment.Advance(6);
        var settled = Assert.Single(await alb.ListRulesAsync(unit.Listener, Token).ToListAsync(Token));

        Assert.Equal(("Configuring", "Available"), (changing.RuleStatus, settled.RuleStatus));
        Assert.Equal(ApiErrorKind.Busy, busy.Kind);
        Assert.Equal([(unit.Servers, 20), (green, 80)], settled.RuleActions[0].ForwardGroupConfig.ServerGroupTuples.Select(tuple => (tuple.ServerGroupId, tuple.Weight!.Value)));
    }

    [Fact]
    public async Task A_zone_without_stock_leaves_the_group_to_the_other_and_both_without_leave_it_short_with_a_reason()
    {
        await using var cloud = await StartAsync(options => options with { Stock = new Dictionary<string, int> { [$"cn-hangzhou-h/{Type}"] = 1, [$"cn-hangzhou-i/{Type}"] = 4 } });
        var unit = await UnitAsync(cloud, hosts: 4);
        var (ess, ecs) = (new EssClient(unit.Client, Region), new EcsClient(unit.Client, Region));

        var zones = (await ess.ListInstancesAsync(unit.Group, Token).ToListAsync(Token)).GroupBy(instance => instance.ZoneId!).ToDictionary(zone => zone.Key, zone => zone.Count());
        Assert.Equal((1, 3), (zones["cn-hangzhou-h"], zones["cn-hangzhou-i"]));
        Assert.DoesNotContain("cn-hangzhou-h", await ecs.ListZonesWithStockAsync(Type, Token));
        Assert.Contains("cn-hangzhou-i", await ecs.ListZonesWithStockAsync(Type, Token));

        var activity = await ess.ScaleToAsync(unit.Group, 8, "more", Token);
        _environment.Advance(120);
        var ended = await ess.FindActivityAsync(unit.Group, activity!, Token);
        Assert.Equal("Warning", ended!.StatusCode);
        Assert.Equal("OperationDenied.NoStock", ended.ErrorCode);
        Assert.Equal(5, (await ess.FindScalingGroupAsync(unit.Group, Token))!.ActiveCapacity);

        var none = await Assert.ThrowsAsync<ApiException>(() => ecs.RunInstancesAsync(new RunInstancesRequest("img", Type, unit.SecurityGroup, unit.SwitchA, 1, "one-more"), Token));
        Assert.Equal(ApiErrorKind.NoStock, none.Kind);
    }

    [Fact]
    public async Task One_stock_of_machines_is_shared_with_the_other_ways_to_rent()
    {
        await using var cloud = await StartAsync(options => options with { HostStock = 5 });
        var unit = await UnitAsync(cloud, hosts: 4);

        var refused = await Assert.ThrowsAsync<ApiException>(() => new EcsClient(unit.Client, Region).RunInstancesAsync(
            new RunInstancesRequest("image", Type, unit.SecurityGroup, unit.SwitchA, 2, "more"), Token));

        Assert.Equal(("OperationDenied.NoStock", ApiErrorKind.NoStock), (refused.Code, refused.Kind));
        Assert.NotEmpty(unit.Group);
    }

    [Fact]
    public async Task A_quota_that_is_used_up_is_told_and_can_be_read_before()
    {
        await using var cloud = await StartAsync(options => options with { Quotas = new Dictionary<string, int> { ["vpc_quota_vpcs"] = 1 } });
        var vpc = new VpcClient(Client(cloud), Region);
        await vpc.CreateVpcAsync(new CreateVpcRequest("one", "10.0.0.0/8", "1"), Token);

        var quota = await new QuotasClient(Client(cloud), Region).GetQuotaAsync("vpc", "vpc_quota_vpcs", Token);
        var refused = await Assert.ThrowsAsync<ApiException>(() => vpc.CreateVpcAsync(new CreateVpcRequest("two", "10.0.0.0/8", "2"), Token));

        Assert.Equal((1, 1), (quota.TotalQuota, quota.TotalUsage));
        Assert.Equal(ApiErrorKind.Quota, refused.Kind);
        Assert.NotEmpty(await new QuotasClient(Client(cloud), Region).ListQuotasAsync("vpc", Token).ToListAsync(Token));
    }

    [Fact]
    public async Task A_machine_that_is_stopped_without_charge_gives_its_stock_back_and_may_find_none_again()
    {
        await using var cloud = await StartAsync(options => options with { Stock = new Dictionary<string, int> { ["cn-hangzhou-h"] = 1 } });
        var net = await NetworkAsync(cloud);
        var ecs = new EcsClient(net.Client, Region);
        var first = Assert.Single(await ecs.RunInstancesAsync(new RunInstancesRequest("img", Type, net.SecurityGroup, net.SwitchA, 1, "first"), Token));
        _environment.Advance(90);

        Assert.Equal("200", Assert.Single(await ecs.StopInstancesAsync([first], force: true, stopCharging: true, Token)).Code);
        _environment.Advance(10);
        var second = Assert.Single(await ecs.RunInstancesAsync(new RunInstancesRequest("img", Type, net.SecurityGroup, net.SwitchA, 1, "second"), Token));
        var start = Assert.Single(await ecs.StartInstancesAsync([first], Token));

        Assert.Equal("OperationDenied.NoStock", start.Code);
        Assert.Equal("Stopped", (await ecs.DescribeStatusAsync([first, second], Token))[first]);
        var machine = Assert.Single(await ecs.DescribeInstancesAsync([second], Token));
        Assert.Equal((32, 131_072, "10.0.0.5"), (machine.Cpu, machine.Memory, machine.PrivateAddress));
        Assert.Equal((32, 128), (await ecs.DescribeInstanceTypesAsync([Type], Token))[0] is var type ? (type.CpuCoreCount, (int)type.MemorySize) : default);
        await ecs.DeleteInstancesAsync([first, second], force: true, "away", Token);
        _environment.Advance(20);
        Assert.Empty(await ecs.ListInstancesAsync(net.Network, Token).ToListAsync(Token));
    }

    [Fact]
    public async Task What_others_need_cannot_be_deleted()
    {
        await using var cloud = await StartAsync();
        var unit = await UnitAsync(cloud, hosts: 1);
        var (vpc, ecs, alb, ess) = (new VpcClient(unit.Client, Region), new EcsClient(unit.Client, Region), new AlbClient(unit.Client, Region), new EssClient(unit.Client, Region));

        foreach (var delete in new Func<Task>[]
        {
            () => vpc.DeleteVpcAsync(unit.Network, Token),
            () => vpc.DeleteVSwitchAsync(unit.SwitchA, Token),
            () => ecs.DeleteSecurityGroupAsync(unit.SecurityGroup, Token),
            () => alb.DeleteServerGroupAsync(unit.Servers, "t1", Token),
            () => alb.DeleteLoadBalancerAsync(unit.Balancer, "t2", Token),
            () => ess.DeleteScalingGroupAsync(unit.Group, force: false, Token),
        })
        {
            Assert.Equal(ApiErrorKind.InUse, (await Assert.ThrowsAsync<ApiException>(delete)).Kind);
        }
    }

    [Fact]
    public async Task A_database_and_a_cache_answer_at_their_addresses_once_they_run()
    {
        await using var cloud = await StartAsync();
        var net = await NetworkAsync(cloud);
        var (rds, redis) = (new RdsClient(net.Client, Region), new RedisClient(net.Client, Region));
        var db = await rds.CreateInstanceAsync(new CreateDbInstanceRequest("MySQL", "8.0", "mysql.x8.4xlarge.2", 500, net.Network, net.SwitchA, "10.0.0.0/8", "db"), Token);
        var cache = await redis.CreateInstanceAsync(new CreateRedisInstanceRequest("cache", "redis.master.large.default", "5.0", "cn-hangzhou-h", net.Network, net.SwitchA, "cache"), Token);

        Assert.Equal(("Creating", null), (await rds.DescribeInstanceAsync(db, Token)) is var young ? (young.DbInstanceStatus, young.ConnectionString) : default);
        Assert.Equal(ApiErrorKind.Busy, (await Assert.ThrowsAsync<ApiException>(() => redis.DeleteInstanceAsync(cache, Token))).Kind);
        _environment.Advance(300);

        var database = await rds.DescribeInstanceAsync(db, Token);
        var store = await redis.DescribeInstanceAsync(cache, Token);
        Assert.Equal(("Running", "Normal"), (database.DbInstanceStatus, store.InstanceStatus));
        using var tcp = new System.Net.Sockets.TcpClient();
        await tcp.ConnectAsync(store.ConnectionDomain!, store.Port!.Value, Token);
        await tcp.GetStream().WriteAsync("PING\r\n"u8.ToArray(), Token);
        var buffer = new byte[7];
        await tcp.GetStream().ReadExactlyAsync(buffer, Token);
        Assert.Equal("+PONG\r\n", System.Text.Encoding.ASCII.GetString(buffer));
        await rds.SetSecurityIpsAsync(db, "10.1.0.0/16", Token);
        await rds.DeleteInstanceAsync(db, Token);
        _environment.Advance(20);
        Assert.Equal(ApiErrorKind.NotFound, (await Assert.ThrowsAsync<ApiException>(() => rds.DescribeInstanceAsync(db, Token))).Kind);
    }

    [Fact]
    public async Task Instances_of_a_node_pool_are_the_nodes_of_its_cluster()
    {
        await using var cloud = await StartAsync();
        var net = await NetworkAsync(cloud);
        var ack = new AckClient(net.Client, Region);
        var cluster = await ack.CreateClusterAsync(new CreateAckClusterRequest("unit-k8s", Region, net.Network, [net.SwitchA, net.SwitchB], "172.21.0.0/20"), Token);
        Assert.Equal("initial", (await ack.DescribeClusterAsync(cluster, Token)).State);
        Assert.Equal("ErrorClusterState", (await Assert.ThrowsAsync<ApiException>(() => ack.DescribeKubeconfigAsync(cluster, false, Token))).Code);
        _environment.Advance(330);
        var pool = await ack.CreateNodePoolAsync(cluster, new AckNodePoolSpec(new AckNodePoolName("online"), new AckScalingGroup(["ecs.g7.4xlarge"], [net.SwitchA, net.SwitchB], 3)), Token);

        var kubeconfig = await ack.DescribeKubeconfigAsync(cluster, false, Token);
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(kubeconfig));
        using var kubernetes = new k8s.Kubernetes(await KubernetesClientConfiguration.BuildConfigFromConfigFileAsync(stream));
        Assert.Empty((await kubernetes.CoreV1.ListNodeAsync(cancellationToken: Token)).Items);
        _environment.Advance(90);
        var nodes = (await kubernetes.CoreV1.ListNodeAsync(cancellationToken: Token)).Items;

        var listed = await ack.ListNodesAsync(cluster, pool, Token).ToListAsync(Token);
        Assert.Equal(listed.Select(node => node.NodeName).Order(), nodes.Select(node => node.Metadata.Name).Order());
        Assert.All(nodes, node => Assert.Equal("16", node.Status.Capacity["cpu"].ToString()));
        Assert.Equal(listed.Select(node => node.InstanceId).Order(), (await new EcsClient(net.Client, Region).ListInstancesAsync(net.Network, Token).ToListAsync(Token)).Select(one => one.InstanceId).Order());

        var task = await ack.RemoveNodesAsync(cluster, pool, [listed[0].NodeName], release: true, drain: true, Token);
        Assert.Equal("running", (await ack.DescribeTaskAsync(task!, Token)).State);
        Assert.Equal(2, (await kubernetes.CoreV1.ListNodeAsync(cancellationToken: Token)).Items.Count);
        await ack.ScaleNodePoolAsync(cluster, pool, 2, Token);
        _environment.Advance(90);
        Assert.Equal(4, (await kubernetes.CoreV1.ListNodeAsync(cancellationToken: Token)).Items.Count);
        await ack.ResizeNodePoolAsync(cluster, pool, 1, Token);
        _environment.Advance(15);
        Assert.Equal(1, (await ack.DescribeNodePoolAsync(cluster, pool, Token)).Status.HealthyNodes);
        await ack.DeleteClusterAsync(cluster, Token);
        _environment.Advance(60);
        Assert.Empty(await new EcsClient(net.Client, Region).ListInstancesAsync(net.Network, Token).ToListAsync(Token));
        Assert.Equal(ApiErrorKind.NotFound, (await Assert.ThrowsAsync<ApiException>(() => ack.DescribeClusterAsync(cluster, Token))).Kind);
    }

    [Fact]
    public async Task The_fleets_own_clusters_are_listed_with_their_nodes_and_cannot_be_changed()
    {
        await using var cloud = await StartAsync();
        var ack = new AckClient(Client(cloud), Region);

        Assert.Equal([Clouds.Cluster], (await ack.ListClustersAsync(null, Token).ToListAsync(Token)).Select(cluster => cluster.ClusterId));
        Assert.Equal(["node-0000", "node-0001", "node-0002", "node-0003"], (await ack.ListNodesAsync(Clouds.Cluster, "main", Token).ToListAsync(Token)).Select(node => node.NodeName));
        Assert.Equal(4, Assert.Single(await ack.ListNodePoolsAsync(Clouds.Cluster, Token)).Status.HealthyNodes);
        Assert.Equal("OperationDenied.FleetCluster", (await Assert.ThrowsAsync<ApiException>(() => ack.DeleteClusterAsync(Clouds.Cluster, Token))).Code);
    }

    [Fact]
    public async Task A_big_data_cluster_lends_and_gives_back_nodes_of_its_task_group_only()
    {
        await using var cloud = await StartAsync();
        var net = await NetworkAsync(cloud);
        var emr = new EmrClient(net.Client, Region);
        var cluster = await emr.CreateClusterAsync(
            new CreateEmrClusterRequest(
                "emr", "DATALAKE", "EMR-5.16.0", [new EmrApplication("YARN")], new EmrNodeAttributes(net.Network, "cn-hangzhou-h", net.SecurityGroup),
                [new EmrNodeGroupSpec("MASTER", "master", 1, ["ecs.g7.xlarge"], [net.SwitchA]), new EmrNodeGroupSpec("TASK", "task", 3, ["ecs.g7.4xlarge"], [net.SwitchA])],
                "emr"),
            Token);
        Assert.Equal("STARTING", (await emr.GetClusterAsync(cluster, Token)).ClusterState);
        _environment.Advance(300);
        var groups = await emr.ListNodeGroupsAsync(cluster, Token).ToListAsync(Token);
        var (master, task) = (groups.Single(group => group.NodeGroupType == "MASTER").NodeGroupId, groups.Single(group => group.NodeGroupType == "TASK").NodeGroupId);

        await Assert.ThrowsAsync<ApiException>(() => emr.DecreaseNodesAsync(cluster, master, 1, Token));
        await emr.IncreaseNodesAsync(cluster, task, 2, Token);
        Assert.Equal(ApiErrorKind.Busy, (await Assert.ThrowsAsync<ApiException>(() => emr.DecreaseNodesAsync(cluster, task, 1, Token))).Kind);
        _environment.Advance(90);
        var nodes = await emr.ListNodesAsync(cluster, task, Token).ToListAsync(Token);
        await emr.DecreaseNodesAsync(cluster, task, nodes.Take(4).Select(node => node.NodeId), Token);
        _environment.Advance(15);

        Assert.Equal(1, (await emr.ListNodeGroupsAsync(cluster, Token).ToListAsync(Token)).Single(group => group.NodeGroupId == task).RunningNodeCount);
        Assert.Equal(5, nodes.Count);
    }

    [Theory]
    [InlineData("xx-mars-1", "InvalidRegionId.NotFound", ApiErrorKind.Unsupported)]
    [InlineData(Region, "InvalidCidrBlock.Malformed", ApiErrorKind.InvalidParameter)]
    public async Task Wrong_input_is_told_by_the_apis_codes(string region, string code, ApiErrorKind kind)
    {
        await using var cloud = await StartAsync();

        var refused = await Assert.ThrowsAsync<ApiException>(() => new VpcClient(Client(cloud), region).CreateVpcAsync(new CreateVpcRequest("net", "10.0.0.0/99", "t"), Token));

        Assert.Equal((code, kind), (refused.Code, refused.Kind));
    }

    [Fact]
    public async Task A_switch_gives_out_the_addresses_that_it_has_each_to_one_machine()
    {
        await using var cloud = await StartAsync();
        var net = await NetworkAsync(cloud, "10.0.0.0/28");
        var ecs = new EcsClient(net.Client, Region);

        var first = await ecs.RunInstancesAsync(new RunInstancesRequest("img", Type, net.SecurityGroup, net.SwitchA, 8, "first"), Token);
        Assert.Equal(3, (await new VpcClient(net.Client, Region).DescribeVSwitchAsync(net.SwitchA, Token)).AvailableIpAddressCount);
        var full = await Assert.ThrowsAsync<ApiException>(() => ecs.RunInstancesAsync(new RunInstancesRequest("img", Type, net.SecurityGroup, net.SwitchA, 4, "more"), Token));
        Assert.Equal("InvalidVSwitchId.IpNotEnough", full.Code);
        Assert.Equal(3, (await ecs.RunInstancesAsync(new RunInstancesRequest("img", Type, net.SecurityGroup, net.SwitchA, 4, "some") { MinAmount = 1 }, Token)).Length);
        _environment.Advance(90);
        await ecs.DeleteInstancesAsync(first, force: true, "away", Token);
        _environment.Advance(15);
        await ecs.RunInstancesAsync(new RunInstancesRequest("img", Type, net.SecurityGroup, net.SwitchA, 8, "again"), Token);

        var addresses = (await ecs.ListInstancesAsync(net.Network, Token).ToListAsync(Token)).Select(machine => machine.PrivateAddress!).ToList();
        Assert.Equal(11, addresses.Distinct().Count());
        Assert.All(addresses, address => Assert.InRange(int.Parse(address.Split('.')[3], System.Globalization.CultureInfo.InvariantCulture), 4, 14));
    }

    /// <summary>Every call of a unit's life, with each of its parameters in turn left out or made nonsense.</summary>
    [Fact]
    public async Task Nonsense_in_any_parameter_is_refused_in_the_apis_shape_or_does_no_harm()
    {
        await using var cloud = await StartAsync(options => options with { CallsPerMinute = new Dictionary<string, int>() });
        var unit = await UnitAsync(cloud, hosts: 2);
        var ids = new Dictionary<string, string>
        {
            ["vpc"] = unit.Network, ["a"] = unit.SwitchA, ["b"] = unit.SwitchA, ["sg"] = unit.SecurityGroup, ["servers"] = unit.Servers, ["green"] = unit.Servers, ["asg"] = unit.Group, ["alb"] = unit.Balancer, ["lsn"] = unit.Listener,
        };
        JsonNode?[] nonsense = [null, "", "-1", "99999999999999999999", "[", "{}", "\u2603 '\"<&", new JsonArray("x", 1, null), new JsonObject { ["x"] = new JsonObject { ["1"] = "y" } }, true];
        var sent = 0;
        foreach (var step in JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Sdk.NodeSdk.Folder, "life.json"), Token))!.AsArray())
        {
            var text = System.Text.RegularExpressions.Regex.Replace(step!.ToJsonString(), @"\$\{([\w-]+)\}", found => ids.GetValueOrDefault(found.Groups[1].Value, "none-1"));
            var whole = JsonNode.Parse(text)!.AsObject();
            foreach (var name in (whole["with"] as JsonObject ?? []).Select(pair => pair.Key).Where(name => name != "DryRun").ToList())
            {
                foreach (var value in nonsense)
                {
                    var changed = whole.DeepClone().AsObject();
                    var with = changed["with"]!.AsObject();
                    with[name] = value?.DeepClone();
                    with.Remove("ClientToken");
                    try
                    {
                        await unit.Client.CallAsync(Sdk.SdkProofTests.Request(changed), Token);
                    }
                    catch (ApiException e)
                    {
                        Assert.True(e.Status is >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError && e.RequestId is not null, $"{changed.ToJsonString()}: {e}");
                    }

                    sent++;
                }
            }
        }

        Assert.True(sent > 3_000, $"only {sent} calls");
        Assert.NotEmpty(await new EcsClient(unit.Client, Region).ListRegionsAsync(Token));
    }

    [Fact]
    public async Task A_thousand_instances_leave_within_seconds_in_ten_calls()
    {
        await using var cloud = await StartAsync(options => options with { CallsPerMinute = new Dictionary<string, int> { ["*"] = 1_000 } });
        var net = await NetworkAsync(cloud, "10.0.0.0/16");
        var ecs = new EcsClient(net.Client, Region);
        var batches = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => ecs.RunInstancesAsync(new RunInstancesRequest("img", Type, net.SecurityGroup, net.SwitchA, 100, $"run-{i}"), Token)));
        _environment.Advance(90);
        var started = TimeProvider.System.GetTimestamp();

        await Task.WhenAll(batches.Select((batch, i) => ecs.StopInstancesAsync(batch, force: true, stopCharging: true, Token)));

        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(10));
        _environment.Advance(10);
        var states = await ecs.DescribeStatusAsync([.. batches.SelectMany(batch => batch)], Token);
        Assert.Equal(1_000, states.Count(state => state.Value == "Stopped"));
    }

    private static Credential Standard => new(SimulatedAccessKey.Standard.Id, SimulatedAccessKey.Standard.Secret);

    private Task<SimulatedCloud> StartAsync(Func<SimulatedCloudOptions, SimulatedCloudOptions>? with = null) => Clouds.StartAsync(environmentClock: _environment, with: with);

    private static OpenApiOptions Options(SimulatedCloud cloud) => new() { Endpoints = ImmutableDictionary<string, Uri>.Empty.Add("*", cloud.BaseAddress) };

    private OpenApiClient Client(SimulatedCloud cloud, Credential? credential = null, TimeProvider? systemClock = null, CredentialSource? source = null, OpenApiOptions? options = null) =>
        new(source ?? new StaticCredentials(credential ?? Standard), options ?? Options(cloud), _environment, systemClock ?? TimeProvider.System);

    private sealed record Net(OpenApiClient Client, string Network, string SwitchA, string SwitchB, string SecurityGroup);

    private sealed record Unit(OpenApiClient Client, string Network, string SwitchA, string SecurityGroup, string Servers, string Group, string Balancer, string Listener);

    private async Task<Net> NetworkAsync(SimulatedCloud cloud, string first = "10.0.0.0/20")
    {
        var client = Client(cloud);
        var vpc = new VpcClient(client, Region);
        var network = await vpc.CreateVpcAsync(new CreateVpcRequest("net", "10.0.0.0/8", "net"), Token);
        Assert.Equal("Pending", (await vpc.DescribeVpcAsync(network, Token)).Status);
        _environment.Advance(6);
        Assert.Equal("Available", (await vpc.DescribeVpcAsync(network, Token)).Status);
        var a = await vpc.CreateVSwitchAsync(new CreateVSwitchRequest(network, "cn-hangzhou-h", first, "a"), Token);
        var b = await vpc.CreateVSwitchAsync(new CreateVSwitchRequest(network, "cn-hangzhou-i", "10.9.0.0/20", "b"), Token);
        _environment.Advance(6);
        var group = await new EcsClient(client, Region).CreateSecurityGroupAsync(new CreateSecurityGroupRequest("hosts", network, "sg", "enterprise"), Token);
        return new Net(client, network, a, b, group);
    }

    private async Task<Unit> UnitAsync(SimulatedCloud cloud, int hosts)
    {
        var net = await NetworkAsync(cloud);
        var (alb, ess, ecs) = (new AlbClient(net.Client, Region), new EssClient(net.Client, Region), new EcsClient(net.Client, Region));
        await ecs.AuthorizeAsync(net.SecurityGroup, [new SecurityGroupRule("TCP", "8080/8080", "10.0.0.0/8")], Token);
        await ecs.AuthorizeAsync(net.SecurityGroup, [new SecurityGroupRule("TCP", "8080/8080", "10.0.0.0/8")], Token);
        Assert.Equal("8080/8080", Assert.Single(await ecs.DescribeSecurityGroupRulesAsync(net.SecurityGroup, Token)).PortRange);
        var servers = await alb.CreateServerGroupAsync(new CreateServerGroupRequest("servers", net.Network, "HTTP", new HealthCheckSpec(true) { HealthCheckPath = "/healthz" }, "servers"), Token);
        var balancer = await alb.CreateLoadBalancerAsync(
            new CreateLoadBalancerRequest(
                "unit-1-alb", net.Network, "Intranet", "Standard", new LoadBalancerBilling("PostPay"), [new ZoneMapping("cn-hangzhou-h", net.SwitchA), new ZoneMapping("cn-hangzhou-i", net.SwitchB)], "alb"),
            Token);
        var group = await ess.CreateScalingGroupAsync(
            new CreateScalingGroupRequest("hosts", 0, 100, "group")
            {
                DesiredCapacity = hosts, DefaultCooldown = 0, MultiAzPolicy = "BALANCE", RemovalPolicies = ["NewestInstance"], VSwitchIds = [net.SwitchA, net.SwitchB], AlbServerGroups = [new AlbServerGroupLink(servers, 8080, 100)],
            },
            Token);
        var configuration = await ess.CreateScalingConfigurationAsync(
            new CreateScalingConfigurationRequest(group, "img", net.SecurityGroup, "configuration") { InstanceTypes = [Type], SystemDisk = new SystemDiskSpec("cloud_essd"), UserData = "e30=" }, Token);
        await ess.EnableAsync(group, configuration, Token);
        _environment.Advance(90);
        Assert.Equal(("Active", hosts), (await ess.FindScalingGroupAsync(group, Token)) is { } found ? (found.LifecycleState, found.ActiveCapacity) : default);
        var listener = await alb.CreateListenerAsync(new CreateListenerRequest(balancer, 80, "HTTP", [ForwardAction.To(new ServerGroupTuple(servers))], "listener"), Token);
        _environment.Advance(10);
        Assert.Equal("Running", (await alb.GetListenerAsync(listener, Token)).ListenerStatus);
        return new Unit(net.Client, net.Network, net.SwitchA, net.SecurityGroup, servers, group, balancer, listener);
    }

    /// <summary>The system clock, wrong by a fixed time.</summary>
    private sealed class ShiftedClock(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }

    /// <summary>Waits on it are over at once, and move the cloud's clock on.</summary>
    private sealed class Moving(ManualClock cloud, WaitingClock waits) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => cloud.GetUtcNow();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            cloud.Advance(dueTime);
            return waits.CreateTimer(callback, state, dueTime, period);
        }
    }
}
