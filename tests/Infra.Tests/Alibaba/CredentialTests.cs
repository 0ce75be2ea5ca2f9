using System.Net;
using System.Text.Json;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Alibaba.Credentials;
using Orchestrator.Infra.Alibaba.Signing;
using Orchestrator.Infra.Tests.Simulator;

namespace Orchestrator.Infra.Tests.Alibaba;

public sealed class CredentialTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("credentials-").FullName;
    private readonly Dictionary<string, string> _variables = [];
    private readonly ManualClock _systemClock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string ProfileFile => Path.Combine(_folder, "config.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Takes_the_key_of_the_environment_first()
    {
        WriteProfiles("default", new { name = "default", mode = "AK", access_key_id = "profile", access_key_secret = "s" });
        _variables["ALIBABA_CLOUD_ACCESS_KEY_ID"] = "env";
        _variables["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = "secret";

        var credential = await Chain().GetAsync(Token);

        Assert.Equal(("env", "secret", null), (credential.AccessKeyId, credential.AccessKeySecret, credential.SecurityToken));

        _variables["ALIBABA_CLOUD_SECURITY_TOKEN"] = "token";
        Assert.Equal("token", (await Chain().GetAsync(Token)).SecurityToken);
        Assert.Equal("profile", (await Chain(profile: "default").GetAsync(Token)).AccessKeyId);
    }

    [Fact]
    public async Task Half_a_key_in_the_environment_is_an_error_and_not_passed_over()
    {
        WriteProfiles("default", new { name = "default", mode = "AK", access_key_id = "profile", access_key_secret = "s" });
        _variables["ALIBABA_CLOUD_ACCESS_KEY_ID"] = "env";

        var wrong = await Assert.ThrowsAsync<CredentialException>(async () => await Chain().GetAsync(Token));

        Assert.Contains("ALIBABA_CLOUD_ACCESS_KEY_SECRET is not", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reads_the_current_or_the_named_profile_of_the_command_line()
    {
        WriteProfiles(
            "day",
            new { name = "day", mode = "AK", access_key_id = "day-id", access_key_secret = "day-secret" },
            new { name = "night", mode = "StsToken", access_key_id = "night-id", access_key_secret = "night-secret", sts_token = "t" });

        Assert.Equal("day-id", (await Chain().GetAsync(Token)).AccessKeyId);
        Assert.Equal("t", (await Chain(profile: "night").GetAsync(Token)).SecurityToken);
        _variables["ALIBABA_CLOUD_PROFILE"] = "night";
        Assert.Equal("night-id", (await Chain().GetAsync(Token)).AccessKeyId);
    }

    [Theory]
    [InlineData("other", "has no profile 'other'; it has night")]
    [InlineData("night", "this mode is not read here")]
    public async Task A_wrong_profile_says_what_is_wrong(string profile, string message)
    {
        WriteProfiles("night", new { name = "night", mode = "CloudSSO" });

        var wrong = await Assert.ThrowsAsync<CredentialException>(async () => await Chain(profile: profile).GetAsync(Token));

        Assert.Contains(message, wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_profile_file_is_told_by_its_line_and_not_quoted()
    {
        await File.WriteAllTextAsync(ProfileFile, "{\n \"profiles\": [ { \"access_key_secret\": s3cr3t } ] }", Token);

        var wrong = await Assert.ThrowsAsync<CredentialException>(async () => await Chain().GetAsync(Token));

        Assert.Contains("line 2", wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", wrong.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chain_of_roles_asks_sts_for_each_and_signs_with_the_one_before()
    {
        WriteProfiles(
            "outer",
            new { name = "base", mode = "AK", access_key_id = "base-id", access_key_secret = "base-secret" },
            new { name = "inner", mode = "RamRoleArn", access_key_id = "inner-id", access_key_secret = "inner-secret", ram_role_arn = "acs:ram::1:role/inner", ram_session_name = "s", expired_seconds = 1800 },
            new { name = "outer", mode = "ChainableRamRoleArn", source_profile = "inner", ram_role_arn = "acs:ram::1:role/outer", sts_region = "cn-shanghai" });
        var sts = new FakeApi(Session("STS.1", _systemClock.GetUtcNow().AddHours(1)), Session("STS.2", _systemClock.GetUtcNow().AddHours(1)));

        var credential = await Chain(handler: sts).GetAsync(Token);

        Assert.Equal("STS.2", credential.AccessKeyId);
        Assert.Contains("Credential=inner-id,", sts.Sent[0].Headers["authorization"], StringComparison.Ordinal);
        Assert.Contains("DurationSeconds=1800", sts.Sent[0].Address.Query, StringComparison.Ordinal);
        Assert.Contains("Credential=STS.1,", sts.Sent[1].Headers["authorization"], StringComparison.Ordinal);
        Assert.Equal("sts.cn-shanghai.aliyuncs.com", sts.Sent[1].Address.Host);
    }

    [Fact]
    public async Task Profiles_that_lead_in_a_circle_are_refused()
    {
        WriteProfiles(
            "a",
            new { name = "a", mode = "ChainableRamRoleArn", source_profile = "b", ram_role_arn = "r" },
            new { name = "b", mode = "ChainableRamRoleArn", source_profile = "a", ram_role_arn = "r" });

        var wrong = await Assert.ThrowsAsync<CredentialException>(async () => await Chain().GetAsync(Token));

        Assert.Contains("leads back to itself", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_account_takes_its_role_with_the_token_of_the_file_and_anonymously()
    {
        var file = Path.Combine(_folder, "token");
        await File.WriteAllTextAsync(file, "jwt-1\n", Token);
        _variables["ALIBABA_CLOUD_ROLE_ARN"] = "acs:ram::1:role/night";
        _variables["ALIBABA_CLOUD_OIDC_PROVIDER_ARN"] = "acs:ram::1:oidc-provider/ack";
        _variables["ALIBABA_CLOUD_OIDC_TOKEN_FILE"] = file;
        var ends = _systemClock.GetUtcNow().AddHours(1);
        var sts = new FakeApi(Session("STS.1", ends), Session("STS.2", ends.AddHours(1)));
        var chain = Chain(handler: sts);

        var first = await chain.GetAsync(Token);
        await File.WriteAllTextAsync(file, "jwt-2", Token);
        var same = await chain.GetAsync(Token);
        _systemClock.Advance(TimeSpan.FromMinutes(51));
        var second = await chain.GetAsync(Token);

        Assert.Equal(("STS.1", "STS.1", "STS.2"), (first.AccessKeyId, same.AccessKeyId, second.AccessKeyId));
        Assert.Equal(["OIDCToken=jwt-1", "OIDCToken=jwt-2"], sts.Sent.Select(sent => sent.Body));
        Assert.All(sts.Sent, sent => Assert.DoesNotContain("authorization", sent.Headers.Keys));
        Assert.All(sts.Sent, sent => Assert.DoesNotContain("jwt", sent.Address.Query, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_service_account_with_a_part_missing_is_told_so()
    {
        _variables["ALIBABA_CLOUD_OIDC_TOKEN_FILE"] = "/nowhere";

        var wrong = await Assert.ThrowsAsync<CredentialException>(async () => await Chain().GetAsync(Token));

        Assert.Contains("all three", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_instance_gives_its_roles_credentials_through_a_session_token()
    {
        var service = new FakeApi(
            FakeApi.Json("session-0"),
            FakeApi.Json("session-1"),
            FakeApi.Json("night-role"),
            FakeApi.Json($$"""{"Code":"Success","AccessKeyId":"STS.i","AccessKeySecret":"s","SecurityToken":"t","Expiration":"{{_systemClock.GetUtcNow().AddHours(6):yyyy-MM-ddTHH:mm:ssZ}}"}"""));

        var credential = await Chain(handler: service).GetAsync(Token);

        Assert.Equal(("STS.i", "t"), (credential.AccessKeyId, credential.SecurityToken));
        Assert.Equal(["PUT", "PUT", "GET", "GET"], service.Sent.Select(sent => sent.Method));
        Assert.Equal("http://100.100.100.200/latest/api/token", service.Sent[0].Address.ToString());
        Assert.Equal("session-1", service.Sent[3].Headers["x-aliyun-ecs-metadata-token"]);
        Assert.EndsWith("/latest/meta-data/ram/security-credentials/night-role", service.Sent[3].Address.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_instance_without_version_two_is_asked_in_version_one_unless_that_is_forbidden()
    {
        Func<HttpRequestMessage, HttpResponseMessage>[] answers =
        [
            FakeApi.Json("", HttpStatusCode.NotFound),
            FakeApi.Json("", HttpStatusCode.NotFound),
            FakeApi.Json($$"""{"Code":"Success","AccessKeyId":"STS.i","AccessKeySecret":"s","SecurityToken":"t","Expiration":"{{_systemClock.GetUtcNow().AddHours(6):yyyy-MM-ddTHH:mm:ssZ}}"}"""),
        ];
        _variables["ALIBABA_CLOUD_ECS_METADATA"] = "role";
        Assert.Equal("STS.i", (await Chain(handler: new FakeApi(answers)).GetAsync(Token)).AccessKeyId);

        _variables["ALIBABA_CLOUD_IMDSV1_DISABLED"] = "true";
        await Assert.ThrowsAsync<CredentialException>(async () => await Chain(handler: new FakeApi(answers)).GetAsync(Token));
    }

    [Fact]
    public async Task Nothing_found_lists_where_it_was_looked_for()
    {
        var nobody = new FakeApi(FakeApi.Break(HttpRequestError.ConnectionError));

        var nothing = await Assert.ThrowsAsync<CredentialException>(async () => await Chain(handler: nobody).GetAsync(Token));

        foreach (var place in new[] { "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_OIDC_TOKEN_FILE", ProfileFile, "100.100.100.200", "aliyun configure" })
        {
            Assert.Contains(place, nothing.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Many_callers_share_one_fetch_and_a_refresh_that_fails_keeps_what_still_holds()
    {
        var source = new Counting(_systemClock);
        var all = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => source.GetAsync(Token).AsTask()));
        Assert.Single(all.Distinct());
        Assert.Equal(1, source.Fetches);

        source.Failing = true;
        _systemClock.Advance(TimeSpan.FromMinutes(55));
        Assert.Equal("id-1", (await source.GetAsync(Token)).AccessKeyId);
        Assert.Equal("id-1", (await source.GetAsync(Token)).AccessKeyId);
        Assert.Equal(2, source.Fetches);

        _systemClock.Advance(TimeSpan.FromMinutes(5));
        await Assert.ThrowsAsync<CredentialException>(async () => await source.GetAsync(Token));

        source.Failing = false;
        Assert.Equal("id-4", (await source.GetAsync(Token)).AccessKeyId);
        source.Refused(await source.GetAsync(Token));
        Assert.Equal("id-5", (await source.GetAsync(Token)).AccessKeyId);
    }

    private CredentialChain Chain(string? profile = null, HttpMessageHandler? handler = null) => new(
        new CredentialOptions { Profile = profile, ProfileFile = ProfileFile, Variable = _variables.GetValueOrDefault },
        new OpenApiOptions(),
        _systemClock,
        handler ?? new FakeApi(FakeApi.Break(HttpRequestError.ConnectionError)));

    private void WriteProfiles(string current, params object[] profiles) => File.WriteAllText(ProfileFile, JsonSerializer.Serialize(new { current, profiles }));

    private static Func<HttpRequestMessage, HttpResponseMessage> Session(string id, DateTimeOffset ends) =>
        FakeApi.Json($$$"""{"RequestId":"R","Credentials":{"AccessKeyId":"{{{id}}}","AccessKeySecret":"secret","SecurityToken":"token","Expiration":"{{{ends:yyyy-MM-ddTHH:mm:ssZ}}}"}}""");

    private sealed class Counting(TimeProvider systemClock) : RefreshingCredentials(systemClock)
    {
        private readonly TimeProvider _clock = systemClock;

        public int Fetches { get; private set; }

        public bool Failing { get; set; }

        protected override async Task<Credential> FetchAsync(CancellationToken cancellationToken)
        {
            Fetches++;
            await Task.Yield();
            return Failing ? throw new CredentialException("away") : new Credential($"id-{Fetches}", "s", "t") { ExpiresAt = _clock.GetUtcNow().AddHours(1) };
        }
    }
}
