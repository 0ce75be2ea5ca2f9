using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.Stacks;

namespace Orchestrator.Infra.Tests.Provisioning;

/// <summary>Plain scalars as Pulumi's reader takes them, and as they were typed where a text is asked for.</summary>
public sealed class ProgramScalarTests
{
    [Theory]
    [InlineData("010", "8")]
    [InlineData("0008", "8")]
    [InlineData("0o17", "15")]
    [InlineData("0x1F", "31")]
    [InlineData("0b101", "5")]
    [InlineData("1_000", "1000")]
    [InlineData("-017", "-15")]
    [InlineData("1.10", "1.1")]
    [InlineData("1e3", "1000")]
    [InlineData(".5", "0.5")]
    [InlineData("9007199254740993", "9007199254740993")]
    [InlineData("yes", "\"yes\"")]
    [InlineData("off", "\"off\"")]
    [InlineData("tRuE", "\"tRuE\"")]
    [InlineData("TRUE", "true")]
    [InlineData("12:30:00", "\"12:30:00\"")]
    [InlineData("190:20:30", "\"190:20:30\"")]
    [InlineData("2026-11-11", "\"2026-11-11\"")]
    [InlineData("1.20.0", "\"1.20.0\"")]
    [InlineData("0x", "\"0x\"")]
    [InlineData("1e", "\"1e\"")]
    [InlineData(".x", "\".x\"")]
    [InlineData("~", "null")]
    [InlineData("\"010\"", "\"010\"")]
    [InlineData("!!str 010", "\"010\"")]
    [InlineData("'true'", "\"true\"")]
    public void A_scalar_is_what_pulumis_reader_takes_it_for(string scalar, string json)
    {
        using var bench = new StackBench();
        var request = bench.Write(StackBench.Network("a"), $"  x: [ {scalar} ]\n");
        var program = ProgramReader.Read(request.Program);

        var value = new Evaluator(program, _ => null).Evaluate(program.Outputs[0].Value)!.AsArray()[0];

        Assert.Equal(json, value?.ToJsonString() ?? "null");
    }

    [Theory]
    [InlineData("1.10")]
    [InlineData("010")]
    [InlineData("0x1F")]
    [InlineData("1_000")]
    [InlineData("1e3")]
    [InlineData("8.0")]
    [InlineData("TRUE")]
    [InlineData("9007199254740993")]
    public async Task A_name_or_a_version_stays_as_it_was_typed(string typed)
    {
        using var bench = new StackBench();
        var request = bench.Write(
            $"  a:\n    type: alicloud:vpc/network:Network\n    properties:\n      vpcName: {typed}\n      tags: {{ version: {typed} }}\n      userCidrs: [ {typed} ]\n      description:\n        fn::secret: {typed}\n");

        await bench.Engine().UpAsync(request, null, TestContext.Current.CancellationToken);

        var made = bench.Provider.Live["a#1"];
        Assert.All(
            new[] { made["vpcName"], made["tags"]!["version"], made["userCidrs"]![0], made["description"] },
            value => Assert.Equal(typed, value!.GetValue<string>()));
    }

    [Fact]
    public void Json_is_written_as_pulumi_writes_it()
    {
        using var bench = new StackBench();
        var request = bench.Write(StackBench.Network("a"), "  x: { \"fn::toJSON\": { b: 1, a: \"é<&>\\\"\", c: [true, null] } }\n");
        var program = ProgramReader.Read(request.Program);

        var value = new Evaluator(program, _ => null).Evaluate(program.Outputs[0].Value)!.GetValue<string>();

        Assert.Equal("""{"a":"é\u003c\u0026\u003e\"","b":1,"c":[true,null]}""", value);
    }

    [Theory]
    [InlineData("urn:pulumi:unit-1::test::alicloud:vpc/network:Network::a", "a", "alicloud:vpc/network:Network")]
    [InlineData("urn:pulumi:unit-1::test::alicloud:vpc/network:Network::a.b::c/d e", "a.b::c/d e", "alicloud:vpc/network:Network")]
    [InlineData("urn:pulumi:unit-1::test::alicloud:vpc/network:Network::::", "::", "alicloud:vpc/network:Network")]
    public void A_name_may_hold_colons(string urn, string name, string type)
    {
        Assert.Equal(name, Urns.NameOf(urn));
        Assert.Equal(type, Urns.TypeOf(urn));
        Assert.Equal(name, Infra.Provisioning.Stacks.StackResource.NameOf(urn));
    }

    [Fact]
    public async Task Resources_are_listed_by_their_whole_names()
    {
        using var bench = new StackBench();
        var request = bench.Write("  a:\n    type: alicloud:vpc/network:Network\n    name: \"a.b::c/d e\"\n" + StackBench.Network("z", "${a.id}"));
        await bench.Engine().UpAsync(request, null, TestContext.Current.CancellationToken);

        var resources = (await bench.Engine().ResourcesAsync("test", "unit-1", TestContext.Current.CancellationToken))!.Value;

        Assert.Contains("a.b::c/d e", resources.Select(resource => resource.Name));
        Assert.Equal(["a.b::c/d e"], resources.Single(resource => resource.Name == "z").DependsOn);
        Assert.Contains("create a.b::c/d e", bench.Provider.Log);
    }
}
