using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using CsCheck;
using Microsoft.Extensions.Logging;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Alibaba.Products;
using Orchestrator.Infra.Alibaba.Signing;

namespace Orchestrator.Infra.Tests.Alibaba;

public sealed class OpenApiClientTests
{
    private static readonly ApiOperation read = ApiOperation.Rpc(ApiProduct.Ecs, "DescribeRegions");
    private static readonly ApiOperation run = ApiOperation.Rpc(ApiProduct.Ecs, "RunInstances", ApiRepeat.WithToken);
    private static readonly ApiOperation create = ApiOperation.Roa(ApiProduct.Cs, "CreateCluster", HttpMethod.Post, "/clusters", ApiRepeat.Never);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sends_each_try_with_a_nonce_of_its_own()
    {
        var api = new FakeApi(FakeApi.Refuse(503, "ServiceUnavailable"), FakeApi.Json("""{"RequestId":"R-2"}"""));

        var answer = await api.Client().CallAsync(Request(read), Token);

        Assert.Equal("R-2", answer["RequestId"]!.GetValue<string>());
        Assert.Equal(2, api.Sent.Select(sent => sent.Headers["x-acs-signature-nonce"]).Distinct().Count());
        Assert.Equal(2, api.Sent.Select(sent => sent.Headers["authorization"]).Distinct().Count());
        Assert.All(api.Sent, sent => Assert.Equal("ecs-cn-hangzhou.aliyuncs.com", sent.Address.Host));
    }

    [Fact]
    public async Task Waits_as_long_as_a_throttling_answer_says_in_milliseconds()
    {
        var environmentClock = new WaitingClock();
        var api = new FakeApi(FakeApi.Refuse(400, "Throttling.User", "wait", ("x-acs-retry-after", "4000")), FakeApi.Json("{}"));
        using var client = new OpenApiClient(new StaticCredentials(FakeApi.Key), new OpenApiOptions(), environmentClock, TimeProvider.System, handler: api);

        await client.CallAsync(Request(run), Token);

        var waited = Assert.Single(environmentClock.Waits);
        Assert.InRange(waited, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(5));
        Assert.Equal(2, api.Sent.Count);
    }

    [Fact]
    public async Task Doubles_the_wait_of_one_throttled_api_and_leaves_the_others_alone()
    {
        var environmentClock = new WaitingClock();
        var api = new FakeApi([.. Enumerable.Repeat(FakeApi.Refuse(429, "Throttling"), 4), FakeApi.Json("{}")]);
        using var client = new OpenApiClient(new StaticCredentials(FakeApi.Key), new OpenApiOptions(), environmentClock, TimeProvider.System, handler: api);

        await client.CallAsync(Request(read), Token);
        await client.CallAsync(Request(run), Token);

        Assert.Equal(4, environmentClock.Waits.Count);
        Assert.True(environmentClock.Waits[3] > environmentClock.Waits[0] * 4, string.Join(' ', environmentClock.Waits));
    }

    [Fact]
    public async Task Others_wait_with_a_throttled_call_instead_of_being_refused_too()
    {
        var environmentClock = new WaitingClock();
        var gates = new ThrottleGates(environmentClock, TimeSpan.FromSeconds(20));
        var wait = gates.Close(Request(read), TimeSpan.FromSeconds(3));

        Assert.InRange(wait, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3.75));
        Assert.Equal(TimeSpan.FromSeconds(3), gates.ClosedFor(Request(read)));
        Assert.True(gates.ClosedFor(Request(run)) <= TimeSpan.Zero);
        Assert.True(gates.ClosedFor(Request(read) with { Region = "cn-beijing" }) <= TimeSpan.Zero);
        gates.Open(Request(read));
        Assert.True(gates.ClosedFor(Request(read)) <= TimeSpan.Zero);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task Gives_up_on_throttling_once_patience_ends_and_says_that_nothing_was_done()
    {
        var environmentClock = new WaitingClock();
        var api = new FakeApi(FakeApi.Refuse(400, "Throttling.Api", "again and again"));
        using var client = new OpenApiClient(new StaticCredentials(FakeApi.Key), new OpenApiOptions { ThrottleTimeout = TimeSpan.FromMinutes(2) }, environmentClock, TimeProvider.System, handler: api);

        var refused = await Assert.ThrowsAsync<ApiException>(() => client.CallAsync(Request(create), Token));

        Assert.Equal(ApiErrorKind.Throttled, refused.Kind);
        Assert.False(refused.EffectUnknown);
        Assert.True(refused.Retryable);
        Assert.True(environmentClock.Waits.Aggregate(TimeSpan.Zero, (sum, wait) => sum + wait) is var total && total > TimeSpan.FromSeconds(80) && total < TimeSpan.FromMinutes(2), total.ToString());
    }

    [Fact]
    public async Task Repeats_a_call_with_a_token_after_a_lost_answer_and_the_token_stays()
    {
        var api = new FakeApi(FakeApi.Break(), FakeApi.Json("{}"));

        await api.Client().CallAsync(Request(run, ("ClientToken", "t-1")), Token);

        Assert.Equal(2, api.Sent.Count);
        Assert.All(api.Sent, sent => Assert.Contains("ClientToken=t-1", sent.Address.Query, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Makes_a_call_without_a_token_once_when_its_answer_is_lost()
    {
        foreach (var request in new[] { Request(run), Request(create) })
        {
            var api = new FakeApi(FakeApi.Break());

            var lost = await Assert.ThrowsAsync<ApiException>(() => api.Client().CallAsync(request, Token));

            Assert.True(lost.EffectUnknown);
            Assert.Equal(ApiErrorKind.Unreachable, lost.Kind);
            Assert.Single(api.Sent);
        }
    }

    [Fact]
    public async Task Repeats_any_call_whose_connection_never_came_about()
    {
        var api = new FakeApi(FakeApi.Break(HttpRequestError.ConnectionError), FakeApi.Json("{}"));

        await api.Client().CallAsync(Request(create), Token);

        Assert.Equal(2, api.Sent.Count);
    }

    [Fact]
    public async Task An_unknown_effect_stays_unknown_when_the_next_try_is_refused()
    {
        var api = new FakeApi(FakeApi.Break(), FakeApi.Refuse(403, "Forbidden.RAM"));

        var refused = await Assert.ThrowsAsync<ApiException>(() => api.Client().CallAsync(Request(run, ("ClientToken", "t")), Token));

        Assert.True(refused.EffectUnknown);
    }

    [Fact]
    public async Task Ends_after_the_last_try_with_the_servers_error()
    {
        var api = new FakeApi(FakeApi.Refuse(500, "InternalError"));

        var refused = await Assert.ThrowsAsync<ApiException>(() => api.Client(options: new OpenApiOptions { Attempts = 3 }).CallAsync(Request(read), Token));

        Assert.Equal(ApiErrorKind.Unavailable, refused.Kind);
        Assert.Equal(3, api.Sent.Count);
    }

    [Fact]
    public async Task Fetches_credentials_anew_once_when_the_server_says_that_they_have_expired()
    {
        var source = new Renewing();
        var api = new FakeApi(FakeApi.Refuse(400, "InvalidSecurityToken.Expired"), FakeApi.Json("{}"));

        await api.Client(source).CallAsync(Request(read), Token);

        Assert.Equal(1, source.Renewals);
        Assert.Equal(["token-0", "token-1"], api.Sent.Select(sent => sent.Headers["x-acs-security-token"]));

        var stubborn = new FakeApi(FakeApi.Refuse(400, "InvalidSecurityToken.Expired"));
        var refused = await Assert.ThrowsAsync<ApiException>(() => stubborn.Client(new Renewing()).CallAsync(Request(read), Token));
        Assert.Equal(ApiErrorKind.Credentials, refused.Kind);
        Assert.Equal(2, stubborn.Sent.Count);
    }

    [Theory]
    [InlineData(404, "InvalidAccessKeyId.NotFound", ApiErrorKind.Credentials)]
    [InlineData(400, "SignatureDoesNotMatch", ApiErrorKind.Credentials)]
    [InlineData(400, "InvalidTimeStamp.Expired", ApiErrorKind.ClockSkew)]
    [InlineData(404, "InvalidRegionId.NotFound", ApiErrorKind.Unsupported)]
    [InlineData(403, "OperationDenied.NoStock", ApiErrorKind.NoStock)]
    [InlineData(403, "QuotaExceed.ElasticQuota", ApiErrorKind.Quota)]
    [InlineData(400, "QuotaExceeded.Vpc", ApiErrorKind.Quota)]
    [InlineData(404, "InvalidVpcId.NotFound", ApiErrorKind.NotFound)]
    [InlineData(404, "InvalidDBInstanceId.NotFound", ApiErrorKind.NotFound)]
    [InlineData(400, "IncorrectScalingGroupStatus", ApiErrorKind.Busy)]
    [InlineData(400, "ScalingActivityInProgress", ApiErrorKind.Busy)]
    [InlineData(400, "IncorrectStatus.LoadBalancer", ApiErrorKind.Busy)]
    [InlineData(400, "IncorrectBusinessStatus.LoadBalancer", ApiErrorKind.Busy)]
    [InlineData(400, "ResourceInConfiguring.Listener", ApiErrorKind.Busy)]
    [InlineData(400, "IdempotenceProcessing", ApiErrorKind.Busy)]
    [InlineData(400, "OperationDenied.DBInstanceStatus", ApiErrorKind.Busy)]
    [InlineData(400, "IncorrectVpcStatus", ApiErrorKind.Busy)]
    [InlineData(403, "IncorrectInstanceStatus", ApiErrorKind.Busy)]
    [InlineData(400, "IncorrectDBInstanceState", ApiErrorKind.Busy)]
    [InlineData(409, "TaskConflict", ApiErrorKind.Busy)]
    [InlineData(400, "ErrorClusterState", ApiErrorKind.Busy)]
    [InlineData(400, "Conflict.Lock", ApiErrorKind.Busy)]
    [InlineData(404, "ErrorClusterNotFound", ApiErrorKind.NotFound)]
    [InlineData(404, "ResourceNotFound.LoadBalancer", ApiErrorKind.NotFound)]
    [InlineData(400, "ResourceAlreadyExist.Listener", ApiErrorKind.Other)]
    [InlineData(400, "SystemBusy", ApiErrorKind.Unavailable)]
    [InlineData(400, "DependencyViolation.VSwitch", ApiErrorKind.InUse)]
    [InlineData(400, "ResourceInUse.ServerGroup", ApiErrorKind.InUse)]
    [InlineData(400, "IdempotentParameterMismatch", ApiErrorKind.TokenReused)]
    [InlineData(400, "InvalidParameter.CidrBlock", ApiErrorKind.InvalidParameter)]
    [InlineData(400, "MissingParameter", ApiErrorKind.InvalidParameter)]
    [InlineData(403, "Forbidden.RAM", ApiErrorKind.Forbidden)]
    [InlineData(403, "Forbidden", ApiErrorKind.Forbidden)]
    public async Task Tells_the_kinds_of_refusal_apart_and_how_to_mend_them(int status, string code, ApiErrorKind kind)
    {
        var api = new FakeApi(FakeApi.Refuse(status, code, "a sentence."));

        var refused = await Assert.ThrowsAsync<ApiException>(() => api.Client(options: new OpenApiOptions { Attempts = 1 }).CallAsync(Request(run), Token));

        Assert.Equal(kind, refused.Kind);
        Assert.Equal(code, refused.Code);
        Assert.Equal("R-1", refused.RequestId);
        Assert.Equal((HttpStatusCode)status, refused.Status);
        Assert.NotEmpty(refused.Fix);
        Assert.Equal($"ecs:RunInstances: {code}: a sentence. {refused.Fix} (request R-1)", refused.Message);
        Assert.Single(api.Sent);
    }

    [Fact]
    public async Task Forbidden_names_the_action_that_the_policy_lacks_and_who_lacks_it()
    {
        var api = new FakeApi(FakeApi.Json(
            """{"RequestId":"R-1","Code":"NoPermission","Message":"m","AccessDeniedDetail":{"AuthAction":"ecs:RunInstances","AuthPrincipalDisplayName":"night","AuthPrincipalType":"SubUser","NoPermissionType":"ImplicitDeny"}}""",
            HttpStatusCode.Forbidden));

        var refused = await Assert.ThrowsAsync<ApiException>(() => api.Client().CallAsync(Request(run), Token));

        Assert.Equal("ecs:RunInstances", refused.LackingAction);
        Assert.Equal("Allow ecs:RunInstances in the RAM policy of SubUser night.", refused.Fix);

        var bare = new FakeApi(FakeApi.Refuse(403, "Forbidden.RAM"));
        var redis = await Assert.ThrowsAsync<ApiException>(() => bare.Client().CallAsync(Request(ApiOperation.Rpc(ApiProduct.Redis, "CreateInstance")), Token));
        Assert.Equal("kvstore:CreateInstance", redis.LackingAction);
    }

    [Fact]
    public async Task Reads_errors_of_roa_style()
    {
        var api = new FakeApi(FakeApi.Json("""{"code":"ErrorClusterNotFound","message":"no cluster","requestId":"R-9","status":404}""", HttpStatusCode.NotFound));

        var refused = await Assert.ThrowsAsync<ApiException>(() => api.Client().CallAsync(Request(create), Token));

        Assert.Equal(("ErrorClusterNotFound", ApiErrorKind.NotFound, "R-9"), (refused.Code, refused.Kind, refused.RequestId));
    }

    [Fact]
    public async Task An_answer_that_is_no_json_is_an_error_and_not_a_crash()
    {
        var page = new FakeApi(FakeApi.Json("<html>", HttpStatusCode.BadGateway), FakeApi.Json("<html>"));

        var refused = await Assert.ThrowsAsync<ApiException>(() => page.Client(options: new OpenApiOptions { Attempts = 2 }).CallAsync(Request(read), Token));

        Assert.Equal(ApiErrorKind.Unreachable, refused.Kind);
        Assert.Equal(2, page.Sent.Count);
    }

    [Fact]
    public async Task An_answer_that_does_not_come_in_time_is_an_unknown_effect()
    {
        using var silent = new Silent();
        using var client = new OpenApiClient(new StaticCredentials(FakeApi.Key), new OpenApiOptions { TryTimeout = TimeSpan.FromMilliseconds(50) }, TimeProvider.System, TimeProvider.System, handler: silent);

        var lost = await Assert.ThrowsAsync<ApiException>(() => client.CallAsync(Request(create), Token));

        Assert.True(lost.EffectUnknown);
        Assert.Contains("no answer within", lost.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ecs", "cn-hangzhou", "https://ecs-cn-hangzhou.aliyuncs.com/")]
    [InlineData("ecs", "cn-beijing", "https://ecs.cn-beijing.aliyuncs.com/")]
    [InlineData("vpc", "cn-hangzhou", "https://vpc.aliyuncs.com/")]
    [InlineData("ess", "cn-shanghai", "https://ess.aliyuncs.com/")]
    [InlineData("ess", "cn-zhangjiakou", "https://ess.cn-zhangjiakou.aliyuncs.com/")]
    [InlineData("alb", "cn-hangzhou", "https://alb.cn-hangzhou.aliyuncs.com/")]
    [InlineData("rds", "cn-beijing", "https://rds.aliyuncs.com/")]
    [InlineData("r-kvstore", "cn-hangzhou", "https://r-kvstore.cn-hangzhou.aliyuncs.com/")]
    [InlineData("cs", "cn-hangzhou", "https://cs.cn-hangzhou.aliyuncs.com/")]
    [InlineData("emr", "cn-shanghai", "https://emr.aliyuncs.com/")]
    [InlineData("quotas", "cn-hangzhou", "https://quotas.aliyuncs.com/")]
    [InlineData("sts", "cn-hangzhou", "https://sts.cn-hangzhou.aliyuncs.com/")]
    public void Knows_where_a_product_is(string product, string region, string address) =>
        Assert.Equal(new Uri(address), new OpenApiOptions().EndpointOf(ApiProduct.All.Single(one => one.Code == product), region));

    [Fact]
    public void An_endpoint_of_ones_own_wins_the_narrowest_first()
    {
        var options = new OpenApiOptions
        {
            Endpoints = ImmutableDictionary<string, Uri>.Empty.Add("*", new Uri("http://all")).Add("ecs", new Uri("http://ecs")).Add("ecs/cn-beijing", new Uri("http://beijing")),
        };

        Assert.Equal(new Uri("http://beijing"), options.EndpointOf(ApiProduct.Ecs, "cn-beijing"));
        Assert.Equal(new Uri("http://ecs"), options.EndpointOf(ApiProduct.Ecs, "cn-hangzhou"));
        Assert.Equal(new Uri("http://all"), options.EndpointOf(ApiProduct.Rds, "cn-hangzhou"));
    }

    [Fact]
    public async Task Pages_end_at_a_page_that_is_not_full_or_without_a_token()
    {
        var numbered = new FakeApi(
            FakeApi.Json($$"""{"Vpcs":{"Vpc":[{{string.Join(',', Enumerable.Range(0, 50).Select(i => $$"""{"VpcId":"vpc-{{i}}","Status":"Available","CidrBlock":"10.0.0.0/8"}"""))}}]},"TotalCount":51}"""),
            FakeApi.Json("""{"Vpcs":{"Vpc":[{"VpcId":"vpc-last","Status":"Available","CidrBlock":"10.0.0.0/8"}]},"TotalCount":51}"""));
        var vpcs = await new VpcClient(numbered.Client(), "cn-hangzhou").ListVpcsAsync(null, Token).ToListAsync(Token);
        Assert.Equal(51, vpcs.Count);
        Assert.Equal(["1", "2"], numbered.Sent.Select(sent => System.Web.HttpUtility.ParseQueryString(sent.Address.Query)["PageNumber"]!));

        var token = new FakeApi(
            FakeApi.Json("""{"Servers":[{"ServerId":"i-1","ServerType":"Ecs","Port":80,"Weight":100}],"NextToken":"n1"}"""),
            FakeApi.Json("""{"Servers":[{"ServerId":"i-2","ServerType":"Ecs","Port":80,"Weight":0}],"NextToken":""}"""));
        var servers = await new AlbClient(token.Client(), "cn-hangzhou").ListServersAsync("sgp-1", Token).ToListAsync(Token);
        Assert.Equal(["i-1", "i-2"], servers.Select(server => server.ServerId));
        Assert.Equal(2, token.Sent.Count);
        Assert.Contains("NextToken=n1", token.Sent[1].Address.Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parameters_that_belong_into_the_body_go_there_and_are_signed()
    {
        var api = new FakeApi(FakeApi.Json("{}"));

        await new AlbClient(api.Client(), "cn-hangzhou").UpdateServersAsync("sgp-1", [new ServerGroupServer("i-1", "Ecs", 8080, 0)], "t-1", Token);

        var sent = Assert.Single(api.Sent);
        Assert.Equal("Servers.1.ServerId=i-1&Servers.1.ServerType=Ecs&Servers.1.Port=8080&Servers.1.Weight=0", sent.Body);
        Assert.DoesNotContain("Servers", sent.Address.Query, StringComparison.Ordinal);
        Assert.Contains("content-type;host", sent.Headers["authorization"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Neither_logs_nor_traces_nor_errors_hold_a_secret()
    {
        var spans = new System.Collections.Concurrent.ConcurrentQueue<Activity>();
        using var listener = new ActivityListener { ShouldListenTo = source => source.Name == OpenApiClient.Source, Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded, ActivityStopped = spans.Enqueue };
        ActivitySource.AddActivityListener(listener);
        var log = new Lines();
        var credential = new Credential("LTAI-ID", "s3cr3t-key", "s3cr3t-token");
        var api = new FakeApi(FakeApi.Refuse(400, "InvalidParameter"));

        var refused = await Assert.ThrowsAsync<ApiException>(() => api.Client(new StaticCredentials(credential), logger: log).CallAsync(
            Request(ApiOperation.Rpc(ApiProduct.Sts, "SecretlyNamed"), ("Password", "s3cr3t-password"), ("UserData", "s3cr3t-data"), ("OIDCToken", "s3cr3t-oidc"), ("VpcId", "vpc-1")), Token));

        var everything = string.Join('\n', log.All) + refused + credential + string.Join('\n', spans.Where(span => span.DisplayName == "sts:SecretlyNamed").SelectMany(span => span.TagObjects).Select(tag => $"{tag.Key}={tag.Value}"));
        Assert.Contains("VpcId=vpc-1", everything, StringComparison.Ordinal);
        Assert.Contains("error.type=InvalidParameter", everything, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", everything, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evil.example/#")]
    [InlineData("cn-hangzhou.evil.example")]
    [InlineData("")]
    [InlineData("CN-HANGZHOU")]
    public async Task A_region_that_is_none_never_becomes_a_host(string region)
    {
        var api = new FakeApi(FakeApi.Json("{}"));

        var refused = await Assert.ThrowsAsync<ApiException>(() => api.Client().CallAsync(Request(read) with { Region = region }, Token));

        Assert.Equal(ApiErrorKind.Unsupported, refused.Kind);
        Assert.Empty(api.Sent);
    }

    [Fact]
    public void Whatever_a_server_answers_becomes_an_error()
    {
        string[] shapes =
        [
            "", "null", "[]", "{}", "\"x\"", """{"Code":1,"Message":{}}""", """{"Code":"a","Code":"b"}""", """{"code":null,"AccessDeniedDetail":"x"}""", """{"AccessDeniedDetail":{"AuthAction":5}}""",
        ];
        var texts = Gen.OneOf(Gen.String, Gen.Int[0, shapes.Length - 1].Select(index => shapes[index]));
        Gen.Select(texts, Gen.Int[400, 599]).Sample((text, status) =>
        {
            var error = ErrorReading.Of(run, "cn-hangzhou", (HttpStatusCode)status, System.Text.Encoding.UTF8.GetBytes(text));
            return error.Code.Length > 0 && error.Message.Length > 0 && error.Fix.Length > 0;
        });
    }

    [Fact]
    public async Task A_path_without_its_value_is_a_bug_that_never_reaches_the_cloud()
    {
        var api = new FakeApi(FakeApi.Json("{}"));

        await Assert.ThrowsAsync<ArgumentException>(() => new AckClient(api.Client(), "cn-hangzhou").DeleteClusterAsync("", Token));

        Assert.Empty(api.Sent);
    }

    private static ApiRequest Request(ApiOperation operation, params (string Name, string Value)[] parameters) =>
        new(operation, "cn-hangzhou", new JsonObject(parameters.Select(pair => KeyValuePair.Create(pair.Name, (JsonNode?)pair.Value))));

    private sealed class Renewing : CredentialSource
    {
        public int Renewals { get; private set; }

        public override ValueTask<Credential> GetAsync(CancellationToken cancellationToken) => ValueTask.FromResult(FakeApi.Key with { SecurityToken = $"token-{Renewals}" });

        public override void Refused(Credential credential) => Renewals++;
    }

    private sealed class Silent : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            throw new UnreachableException();
        }
    }

    private sealed class Lines : ILogger
    {
        public List<string> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => All.Add(formatter(state, exception));
    }
}
