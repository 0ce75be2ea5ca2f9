using System.Collections.Immutable;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Orchestrator.Fleet.Clock;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Alibaba.Signing;
using Orchestrator.Infra.Tests.Simulator;
using Orchestrator.Simulator;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Infra.Tests.Alibaba.Sdk;

/// <summary>
/// The vendor's SDKs lead a unit through its life on the simulated OpenAPI (<c>life.json</c>); then our client makes the same calls on
/// another cloud, and is given the same answers. An SDK's model drops what it does not know: so a field that the simulator invents or misspells
/// is found by what the SDK leaves out of the same answer.
/// </summary>
public sealed partial class SdkProofTests
{
    // What differs from run to run, and no more than that.
    private static readonly HashSet<string> volatileNames =
    [
        "RequestId", "request_id", "requestId", "CreationTime", "CreateTime", "StartTime", "EndTime", "created", "updated", "Port", "DNSName", "expiration", "master_url",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_vendors_sdks_lead_a_unit_through_its_life_and_our_client_is_given_the_same_answers()
    {
        await NodeSdk.RequireAsync();
        JsonArray theirs;
        await using (var cloud = await StartAsync())
        {
            theirs = await NodeSdk.DriveAsync(cloud.BaseAddress, SimulatedAccessKey.Standard.Id, SimulatedAccessKey.Standard.Secret);
        }

        await using var ours = await StartAsync();
        var steps = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(NodeSdk.Folder, "life.json"), Token))!.AsArray();
        var answers = await DriveAsync(ours, steps);

        Assert.Equal(steps.Count, theirs.Count);
        var differences = new List<string>();
        for (var i = 0; i < steps.Count; i++)
        {
            var (call, expected, actual) = (steps[i]!["call"]!.ToString(), theirs[i]!, answers[i]);
            Compare($"{i} {call}", expected["answer"], actual.Answer, differences);
            if (expected["refused"]?.ToString() != actual.Refused?.Code || (actual.Refused is { } refused && expected["status"]!.GetValue<int>() != (int)refused.Status!.Value))
            {
                differences.Add($"{i} {call}: the SDK was refused with {expected["refused"]}, our client with {actual.Refused?.Code}");
            }
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences.Distinct().Take(60)));
        Assert.True(steps.Select(step => step!["call"]!.ToString()).Distinct().Count() >= 75, "the life makes fewer different calls than it should");
    }

    [Fact]
    public async Task The_vendors_sdk_understands_our_refusals()
    {
        await NodeSdk.RequireAsync();
        await using var cloud = await StartAsync(options => options with
        {
            CallsPerMinute = new Dictionary<string, int> { ["ecs:DescribeAvailableResource"] = 0 },
            AccessKeys = [SimulatedAccessKey.Standard, new SimulatedAccessKey("LTAIPOOR", "poor-secret", "poor") { Denied = ["ecs:RunInstances"] }],
        });

        await RefusedAsync("wrong", "wrong-secret", "ecs:DescribeRegions", "{}", "InvalidAccessKeyId.NotFound", "ClientError", 404);
        await RefusedAsync(SimulatedAccessKey.Standard.Id, "wrong-secret", "ecs:DescribeRegions", "{}", "SignatureDoesNotMatch", "ClientError", 400);
        await RefusedAsync("LTAIPOOR", "poor-secret", "ecs:RunInstances", """{"RegionId":"cn-hangzhou"}""", "Forbidden.RAM", "ClientError", 403);
        await RefusedAsync(SimulatedAccessKey.Standard.Id, SimulatedAccessKey.Standard.Secret, "ecs:DescribeZones", """{"RegionId":"mars-1"}""", "InvalidRegionId.NotFound", "ClientError", 404);
        var throttled = await RefusedAsync(SimulatedAccessKey.Standard.Id, SimulatedAccessKey.Standard.Secret, "ecs:DescribeAvailableResource", """{"RegionId":"cn-hangzhou","DestinationResource":"InstanceType"}""", "Throttling.User", "ThrottlingError", 400);
        Assert.InRange(throttled["retryAfter"]!.GetValue<double>(), 1, 60_000);

        async Task<JsonNode> RefusedAsync(string id, string secret, string call, string with, string code, string error, int status)
        {
            var file = Path.GetTempFileName();
            try
            {
                await File.WriteAllTextAsync(file, $$"""[{"call":"{{call}}","with":{{with}},"refused":"{{code}}"}]""", Token);
                var answer = (await NodeSdk.DriveAsync(cloud.BaseAddress, id, secret, file))[0]!;
                Assert.Equal((error, status), (answer["name"]!.ToString(), answer["status"]!.GetValue<int>()));
                return answer;
            }
            finally
            {
                File.Delete(file);
            }
        }
    }

    /// <summary>The night runs 300 times faster than the calls, so that a database of four minutes is there in a second.</summary>
    private static Task<SimulatedCloud> StartAsync(Func<SimulatedCloudOptions, SimulatedCloudOptions>? with = null) =>
        Clouds.StartAsync(environmentClock: EnvironmentClock.StartingNow(300, new DateTimeOffset(2026, 11, 10, 12, 0, 0, TimeSpan.Zero)), with: with);

    private static async Task<List<(JsonObject? Answer, ApiException? Refused)>> DriveAsync(SimulatedCloud cloud, JsonArray steps)
    {
        using var client = new OpenApiClient(
            new StaticCredentials(new Credential(SimulatedAccessKey.Standard.Id, SimulatedAccessKey.Standard.Secret)),
            new OpenApiOptions { Endpoints = ImmutableDictionary<string, Uri>.Empty.Add("*", cloud.BaseAddress) },
            cloud.Clock,
            TimeProvider.System);
        var saved = new Dictionary<string, string>();
        var answers = new List<(JsonObject?, ApiException?)>();
        foreach (var written in steps)
        {
            var step = JsonNode.Parse(Reference().Replace(written!.ToJsonString(), found => saved[found.Groups[1].Value]))!.AsObject();
            (JsonObject? Answer, ApiException? Refused) result;
            for (var tries = 0; ; tries++)
            {
                try
                {
                    result = (await client.CallAsync(Request(step), Token), null);
                }
                catch (ApiException e)
                {
                    result = (null, e);
                }

                if (step["until"] is not { } until || At(result.Answer, until["at"]!.ToString())?.ToJsonString() == until["is"]!.ToJsonString())
                {
                    break;
                }

                Assert.True(tries < 600 && result.Refused is null, $"{step["call"]}: {until.ToJsonString()} never came: {result}");
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
            }

            foreach (var (name, way) in step["save"]?.AsObject() ?? [])
            {
                saved[name] = At(result.Answer, way!.ToString())!.ToString();
            }

            answers.Add(result);
        }

        return answers;
    }

    /// <summary>A step as our client says it.</summary>
    internal static ApiRequest Request(JsonObject step)
    {
        var (code, action) = step["call"]!.ToString().Split(':') is [var first, var second] ? (first, second) : throw new InvalidDataException("product:Action");
        var product = ApiProduct.All.Single(one => one.Code == code);
        var with = step["with"]?.DeepClone().AsObject() ?? [];
        if (product != ApiProduct.Cs)
        {
            var operation = ApiOperation.Rpc(product, action, ApiRepeat.WithToken) with { InBody = action is "AddServersToServerGroup" or "UpdateServerGroupServersAttribute" ? ["Servers"] : [] };
            return new ApiRequest(operation, "cn-hangzhou", with);
        }

        var (method, path) = Routes[action];
        var values = (step["path"]?.AsArray() ?? []).Select((value, index) => KeyValuePair.Create($"{index}", value!.ToString())).ToImmutableDictionary();
        var inQuery = method == HttpMethod.Get || method == HttpMethod.Delete;
        if (with["nodes"] is JsonArray nodes)
        {
            with["nodes"] = nodes.ToJsonString();
        }

        return new ApiRequest(ApiOperation.Roa(product, action, method, path, ApiRepeat.Never), "cn-hangzhou", inQuery ? with : []) { PathValues = values, Body = inQuery ? null : with };
    }

    private static Dictionary<string, (HttpMethod Method, string Path)> Routes { get; } = new Dictionary<string, (HttpMethod, string)>
    {
        ["CreateCluster"] = (HttpMethod.Post, "/clusters"),
        ["DescribeClusterDetail"] = (HttpMethod.Get, "/clusters/{0}"),
        ["DescribeClustersV1"] = (HttpMethod.Get, "/api/v1/clusters"),
        ["DeleteCluster"] = (HttpMethod.Delete, "/clusters/{0}"),
        ["CreateClusterNodePool"] = (HttpMethod.Post, "/clusters/{0}/nodepools"),
        ["DescribeClusterNodePools"] = (HttpMethod.Get, "/clusters/{0}/nodepools"),
        ["DescribeClusterNodePoolDetail"] = (HttpMethod.Get, "/clusters/{0}/nodepools/{1}"),
        ["ModifyClusterNodePool"] = (HttpMethod.Put, "/clusters/{0}/nodepools/{1}"),
        ["ScaleClusterNodePool"] = (HttpMethod.Post, "/clusters/{0}/nodepools/{1}"),
        ["RemoveNodePoolNodes"] = (HttpMethod.Delete, "/clusters/{0}/nodepools/{1}/nodes"),
        ["DeleteClusterNodepool"] = (HttpMethod.Delete, "/clusters/{0}/nodepools/{1}"),
        ["DescribeClusterNodes"] = (HttpMethod.Get, "/clusters/{0}/nodes"),
        ["DescribeTaskInfo"] = (HttpMethod.Get, "/tasks/{0}"),
    };

    private static JsonNode? At(JsonNode? answer, string way) => way.Split('.').Aggregate(answer, (node, name) => node switch
    {
        JsonArray list when int.TryParse(name, out var index) => index < list.Count ? list[index] : null,
        JsonObject map => map[name],
        _ => null,
    });

    private static void Compare(string where, JsonNode? expected, JsonNode? actual, List<string> differences)
    {
        switch (expected, actual)
        {
            case (JsonObject one, JsonObject other):
                foreach (var name in one.Select(pair => pair.Key).Union(other.Select(pair => pair.Key)))
                {
                    // A null that is sent and a field that is not there are the same to both.
                    if (volatileNames.Contains(name) ? one[name] is null && other[name] is not null && name is not ("RequestId" or "request_id") : one[name] is not null || other[name] is not null)
                    {
                        if (volatileNames.Contains(name))
                        {
                            differences.Add($"{where}.{name}: the SDK does not know it");
                        }
                        else
                        {
                            Compare($"{where}.{name}", one[name], other[name], differences);
                        }
                    }
                }

                break;
            case (JsonArray one, JsonArray other) when one.Count == other.Count:
                for (var i = 0; i < one.Count; i++)
                {
                    Compare($"{where}.{i}", one[i], other[i], differences);
                }

                break;
            default:
                if (!JsonNode.DeepEquals(expected, actual))
                {
                    differences.Add($"{where}: the SDK has {expected?.ToJsonString() ?? "nothing"}, our client {actual?.ToJsonString() ?? "nothing"}");
                }

                break;
        }
    }

    [GeneratedRegex(@"\$\{([\w-]+)\}")]
    private static partial Regex Reference();
}
