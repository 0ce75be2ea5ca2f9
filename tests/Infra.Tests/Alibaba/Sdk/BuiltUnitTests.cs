using System.Text.Json.Nodes;
using Orchestrator.Infra.Tests.Provisioning;

namespace Orchestrator.Infra.Tests.Alibaba.Sdk;

/// <summary>A unit that our engine builds, as the vendor's own SDKs see it.</summary>
public sealed class BuiltUnitTests
{
    [Fact]
    public async Task The_vendors_sdks_read_back_what_the_embedded_engine_has_built()
    {
        await NodeSdk.RequireAsync();
        await using var bench = await CloudBench.StartAsync();
        var built = await bench.Engine().UpAsync(CloudBench.Unit(hosts: 3), null, TestContext.Current.CancellationToken);
        Assert.True(built.Succeeded, string.Join("; ", built.Failures));
        var ids = bench.State(CloudBench.Unit()).Resources.Where(resource => resource.Id is not null).ToDictionary(resource => Orchestrator.Infra.Provisioning.Stacks.StackResource.NameOf(resource.Urn), resource => resource.Id!);

        var answers = await ReadAsync(bench, $$$"""
            [
              { "call": "vpc:DescribeVpcAttribute", "with": { "RegionId": "cn-hangzhou", "VpcId": "{{{ids["network"]}}}" } },
              { "call": "vpc:DescribeVSwitches", "with": { "RegionId": "cn-hangzhou", "VpcId": "{{{ids["network"]}}}" } },
              { "call": "ecs:DescribeSecurityGroupAttribute", "with": { "RegionId": "cn-hangzhou", "SecurityGroupId": "{{{ids["securityGroup"]}}}" } },
              { "call": "ess:DescribeScalingGroups", "with": { "RegionId": "cn-hangzhou", "ScalingGroupIds": ["{{{ids["hostGroup"]}}}"] } },
              { "call": "alb:GetLoadBalancerAttribute", "with": { "LoadBalancerId": "{{{ids["balancer"]}}}" } },
              { "call": "alb:ListServerGroupServers", "with": { "ServerGroupId": "{{{ids["servers"]}}}" } },
              { "call": "alb:GetListenerAttribute", "with": { "ListenerId": "{{{ids["listener"]}}}" } },
              { "call": "rds:DescribeDBInstanceAttribute", "with": { "DBInstanceId": "{{{ids["database"]}}}" } },
              { "call": "r-kvstore:DescribeInstanceAttribute", "with": { "InstanceId": "{{{ids["cache"]}}}" } },
              { "call": "ecs:DescribeInstances", "with": { "RegionId": "cn-hangzhou", "VpcId": "{{{ids["network"]}}}", "MaxResults": 100 } }
            ]
            """);

        Assert.Equal(("unit-1-vpc", "10.64.0.0/16", "Available"), (Text(answers[0], "VpcName"), Text(answers[0], "CidrBlock"), Text(answers[0], "Status")));
        Assert.Equal(["cn-hangzhou-h", "cn-hangzhou-i"], answers[1]!["VSwitches"]!["VSwitch"]!.AsArray().Select(one => Text(one, "ZoneId")).Order());
        Assert.Equal(["8080/8080", "9100/9100"], answers[2]!["Permissions"]!["Permission"]!.AsArray().Select(one => Text(one, "PortRange")).Order());
        Assert.All(answers[2]!["Permissions"]!["Permission"]!.AsArray(), rule => Assert.Equal("intranet", Text(rule, "NicType")));
        Assert.Equal(("Active", "3", "3"), (Text(answers[3]!["ScalingGroups"]![0], "LifecycleState"), Text(answers[3]!["ScalingGroups"]![0], "ActiveCapacity"), Text(answers[3]!["ScalingGroups"]![0], "DesiredCapacity")));
        Assert.Equal(("Active", "unit-1-alb"), (Text(answers[4], "LoadBalancerStatus"), Text(answers[4], "LoadBalancerName")));
        Assert.Equal(3, answers[5]!["Servers"]!.AsArray().Count(server => Text(server, "Status") == "Available" && Text(server, "Port") == "8080"));
        Assert.Equal(("Running", "80"), (Text(answers[6], "ListenerStatus"), Text(answers[6], "ListenerPort")));
        Assert.Equal(("Running", $"tcp://{Text(answers[7]!["Items"]!["DBInstanceAttribute"]![0], "ConnectionString")}:{Text(answers[7]!["Items"]!["DBInstanceAttribute"]![0], "Port")}"), (Text(answers[7]!["Items"]!["DBInstanceAttribute"]![0], "DBInstanceStatus"), built.Outputs["database"]!.ToString()));
        Assert.Equal(("Normal", "10.64.0.0/16"), (Text(answers[8]!["Instances"]!["DBInstanceAttribute"]![0], "InstanceStatus"), Text(answers[8]!["Instances"]!["DBInstanceAttribute"]![0], "SecurityIPList")));
        Assert.Equal(3, answers[9]!["Instances"]!["Instance"]!.AsArray().Count(machine => Text(machine, "Status") == "Running"));
        Assert.Equal($"http://{Text(answers[4], "DNSName")}", built.Outputs["http"]!.ToString());
    }

    private static async Task<List<JsonNode?>> ReadAsync(CloudBench bench, string steps)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, steps, TestContext.Current.CancellationToken);
            return [.. (await NodeSdk.DriveAsync(bench.Cloud.BaseAddress, CloudBench.Standard.AccessKeyId, CloudBench.Standard.AccessKeySecret, file)).Select(step => step!["answer"])];
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string? Text(JsonNode? node, string name) => node?[name]?.ToString();
}
