using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Alibaba.Signing;

namespace Orchestrator.Infra.Tests.Alibaba;

/// <summary>The signer against requests that the vendor's SDK signed; see Captures.</summary>
public sealed class Acs3SignatureTests
{
    public static TheoryData<string> Captures => [.. Directory.EnumerateFiles(Folder(), "*.json").Select(Path.GetFileNameWithoutExtension).OfType<string>().Order()];

    [Fact]
    public void There_are_thirteen_captures() => Assert.Equal(13, Captures.Count);

    [Theory, MemberData(nameof(Captures))]
    public void Signs_as_the_vendors_sdk_does(string name)
    {
        var capture = Read(name);
        var request = capture["requests"]![0]!;
        var body = Encoding.UTF8.GetBytes(request["body"]!.GetValue<string>());
        var expected = Header(request, "authorization");

        var actual = Acs3Signature.Authorization(
            Unsigned(request), Acs3Signature.Hash(body), capture["accessKeyId"]!.GetValue<string>(), capture["accessKeySecret"]!.GetValue<string>());

        Assert.Equal(expected, actual);
        Assert.Equal(Header(request, "x-acs-content-sha256"), Acs3Signature.Hash(body));
    }

    [Theory, MemberData(nameof(Captures))]
    public void Another_secret_query_path_header_or_body_gives_another_signature(string name)
    {
        var capture = Read(name);
        var request = capture["requests"]![0]!;
        var unsigned = Unsigned(request);
        var id = capture["accessKeyId"]!.GetValue<string>();
        var secret = capture["accessKeySecret"]!.GetValue<string>();
        var hash = Header(request, "x-acs-content-sha256");

        string[] all =
        [
            Acs3Signature.Authorization(unsigned, hash, id, secret),
            Acs3Signature.Authorization(unsigned, hash, id, secret + "x"),
            Acs3Signature.Authorization(unsigned with { Query = unsigned.Query.Add(new("Extra", "1")) }, hash, id, secret),
            Acs3Signature.Authorization(unsigned with { Path = unsigned.Path + "x" }, hash, id, secret),
            Acs3Signature.Authorization(unsigned with { Headers = unsigned.Headers.Add(new("x-acs-extra", "1")) }, hash, id, secret),
            Acs3Signature.Authorization(unsigned, Acs3Signature.Hash("other"u8), id, secret),
        ];

        Assert.Equal(all.Length, all.Distinct().Count());
    }

    /// <summary>The same call made by our request builder carries the same parameters, path and body.</summary>
    [Theory, MemberData(nameof(Captures))]
    public void Builds_the_request_that_the_vendors_sdk_built(string name)
    {
        var capture = Read(name);
        var request = capture["requests"]![0]!;
        var credential = new Credential(capture["accessKeyId"]!.GetValue<string>(), capture["accessKeySecret"]!.GetValue<string>(), Header(request, "x-acs-security-token", ""));
        credential = credential.SecurityToken!.Length == 0 ? credential with { SecurityToken = null } : credential;
        var at = DateTimeOffset.Parse(Header(request, "x-acs-date"), System.Globalization.CultureInfo.InvariantCulture);

        var wire = WireRequest.Of(Call(name), Header(request, "host"), credential, Header(request, "x-acs-signature-nonce"), at);

        var expected = Unsigned(request);
        Assert.Equal(expected.Method, wire.Head.Method);
        Assert.Equal(expected.Path, wire.Head.Path);
        Assert.Equal(expected.Query.OrderBy(pair => pair.Key, StringComparer.Ordinal), wire.Head.Query.OrderBy(pair => pair.Key, StringComparer.Ordinal));
        Assert.Equal(request["body"]!.GetValue<string>(), Encoding.UTF8.GetString([.. wire.Body]));
        // The SDK signs one header more, its own name for the credentials' origin.
        var mine = wire.Head.Headers.Where(header => header.Key.StartsWith("x-acs-", StringComparison.Ordinal) || header.Key is "host" or "content-type");
        Assert.Equal(
            expected.Headers.Where(header => header.Key != "x-acs-credentials-provider" && (header.Key.StartsWith("x-acs-", StringComparison.Ordinal) || header.Key is "host" or "content-type")).OrderBy(header => header.Key),
            mine.OrderBy(header => header.Key));
        using var message = wire.ToMessage(new Uri($"http://{Header(request, "host")}"));
        Assert.Equal(
            Unsigned(message.RequestUri!.OriginalString).OrderBy(pair => pair.Key, StringComparer.Ordinal),
            expected.Query.OrderBy(pair => pair.Key, StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("a b", "a%20b")]
    [InlineData("~*", "~%2A")]
    [InlineData("单元 A/1", "%E5%8D%95%E5%85%83%20A%2F1")]
    [InlineData("!'()+&=", "%21%27%28%29%2B%26%3D")]
    public void Encodes_as_rfc_3986_says(string text, string encoded) => Assert.Equal(encoded, PercentEncoding.Encode(text));

    private static ApiRequest Call(string capture)
    {
        static JsonObject Map(string json) => JsonNode.Parse(json)!.AsObject();
        static ApiRequest Rpc(ApiProduct product, string action, string json) => new(ApiOperation.Rpc(product, action), "cn-hangzhou", Map(json));
        static ApiRequest Cs(string action, HttpMethod method, string path, string query, string? body) =>
            new(ApiOperation.Roa(ApiProduct.Cs, action, method, path), "cn-hangzhou", Map(query))
            {
                Body = body is null ? null : Map(body),
                PathValues = ImmutableDictionary<string, string>.Empty.Add("c", "c1").Add("n", "np1"),
            };

        return capture switch
        {
            "cs-DescribeClusterNodes" => Cs("DescribeClusterNodes", HttpMethod.Get, "/clusters/{c}/nodes", """{"nodepool_id":"np1","pageNumber":1,"pageSize":50,"state":"running"}""", null),
            "cs-ModifyClusterNodePool" => Cs("ModifyClusterNodePool", HttpMethod.Put, "/clusters/{c}/nodepools/{n}", "{}", """{"scaling_group":{"desired_size":1}}"""),
            "cs-RemoveNodePoolNodes" => Cs("RemoveNodePoolNodes", HttpMethod.Delete, "/clusters/{c}/nodepools/{n}/nodes", """{"drain_node":true,"instance_ids":"[\"i-1\"]","nodes":"[\"cn-hangzhou.10.0.0.1\"]","release_node":true}""", null),
            "cs-ScaleClusterNodePool" => Cs("ScaleClusterNodePool", HttpMethod.Post, "/clusters/{c}/nodepools/{n}", "{}", """{"count":3}"""),
            "ecs-DeleteInstances" => Rpc(ApiProduct.Ecs, "DeleteInstances", """{"RegionId":"cn-hangzhou","InstanceId":["i-1","i-2"],"Force":true,"ClientToken":"tok-1"}"""),
            "ecs-DescribeInstances" => Rpc(ApiProduct.Ecs, "DescribeInstances", """{"RegionId":"cn-hangzhou","InstanceIds":"[\"i-1\",\"i-2\"]","PageSize":50,"Tag":[{"Key":"unit","Value":"单元 A/1~*"}]}"""),
            "ecs-RunInstances" => Rpc(ApiProduct.Ecs, "RunInstances", """{"RegionId":"cn-hangzhou","Amount":2,"ClientToken":"tok-2","ImageId":"img","InstanceType":"ecs.g7.xlarge","SecurityGroupId":"sg-1","VSwitchId":"vsw-1","UserData":"IyEvYmluL2Jhc2g=","Tag":[{"Key":"a b","Value":"c+d&e=f"}]}"""),
            "ecs-StopInstances" => Rpc(ApiProduct.Ecs, "StopInstances", """{"RegionId":"cn-hangzhou","InstanceId":["i-1","i-2"],"StoppedMode":"StopCharging","ForceStop":true,"BatchOptimization":"SuccessFirst"}"""),
            "ecs-sts-DescribeRegions" or "ecs-throttled" => Rpc(ApiProduct.Ecs, "DescribeRegions", "{}"),
            "ess-ModifyScalingGroup" => Rpc(ApiProduct.Ess, "ModifyScalingGroup", """{"RegionId":"cn-hangzhou","ScalingGroupId":"asg-1","MinSize":0,"MaxSize":2,"DesiredCapacity":2}"""),
            "ess-ScaleWithAdjustment" => Rpc(ApiProduct.Ess, "ScaleWithAdjustment", """{"RegionId":"cn-hangzhou","ScalingGroupId":"asg-1","AdjustmentType":"TotalCapacity","AdjustmentValue":2,"SyncActivity":false,"ClientToken":"tok-3"}"""),
            "slb-SetBackendServers" => Rpc(new ApiProduct("slb", "2014-05-15"), "SetBackendServers", """{"RegionId":"cn-hangzhou","LoadBalancerId":"lb-1","BackendServers":"[{\"ServerId\":\"i-1\",\"Weight\":\"0\",\"Type\":\"ecs\"}]"}"""),
            _ => throw new ArgumentOutOfRangeException(nameof(capture), capture, "a capture without a call"),
        };
    }

    private static UnsignedRequest Unsigned(JsonNode request)
    {
        var url = request["rawUrl"]!.GetValue<string>();
        var headers = request["headers"]!.AsObject().Select(pair => KeyValuePair.Create(pair.Key, pair.Value!.GetValue<string>()));
        return new UnsignedRequest(request["method"]!.GetValue<string>(), url.Split('?')[0], [.. Unsigned(url)], [.. headers.Where(header => header.Key != "authorization")]);
    }

    private static IEnumerable<KeyValuePair<string, string>> Unsigned(string url) =>
        url.Split('?') is [_, { Length: > 0 } query]
            ? query.Split('&').Select(pair => KeyValuePair.Create(Uri.UnescapeDataString(pair.Split('=')[0]), Uri.UnescapeDataString(pair.Split('=')[1])))
            : [];

    private static string Header(JsonNode request, string name, string? otherwise = null) =>
        request["headers"]![name]?.GetValue<string>() ?? otherwise ?? throw new InvalidDataException($"no header {name}");

    private static JsonObject Read(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(Folder(), name + ".json")))!.AsObject();

    private static string Folder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Captures");
}
