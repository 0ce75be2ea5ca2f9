using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Fleet.Units;
using Orchestrator.Infra.Provisioning;
using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.Stacks;

namespace Orchestrator.Infra.Tests.Provisioning;

public sealed class ProgramReaderTests
{
    [Fact]
    public void Every_diagnostic_is_told_with_its_place()
    {
        using var bench = new StackBench();
        var request = bench.Write(
            """
              a:
                type: alicloud:vpc/netwrk:Network
              b:
                type: alicloud:vpc/switch:Switch
                properties:
                  vpcId: ${nothing.id}
                  zoneId:
                    fn::shuffle: [1]
                options:
                  aliases: [x]
              c:
                type: alicloud:vpc/network:Network
                colour: red

            """);

        var diagnostics = Assert.Throws<StackProgramException>(() => ProgramReader.Read(request.Program)).Diagnostics;

        Assert.Equal(
            [(4, "unknown-type"), (6, "missing-property"), (9, "unknown-reference"), (11, "unknown-function"), (13, "unknown-option"), (16, "unknown-key")],
            diagnostics.Select(diagnostic => (diagnostic.Position.Line, diagnostic.Code)));
        Assert.Contains("did you mean alicloud:vpc/network:Network", diagnostics[0].Message);
    }

    [Theory]
    [InlineData("  a:\n    type: alicloud:vpc/network:Network\n    properties: { vpcName: \"${b.id}\" }\n  b:\n    type: alicloud:vpc/network:Network\n    properties: { vpcName: \"${a.id}\" }\n", "cycle")]
    [InlineData("  a:\n\ttype: x\n", "yaml")]
    [InlineData("  a:\n    type: alicloud:vpc/network:Network\n    properties: { vpcName: \"${a\" }\n", "interpolation")]
    [InlineData("  a:\n    type: alicloud:vpc/network:Network\n    options: { protect: maybe }\n", "type")]
    [InlineData("  a:\n    type: alicloud:vpc/network:Network\n    options: { customTimeouts: { create: soon } }\n", "duration")]
    public void What_cannot_run_is_refused(string resources, string code)
    {
        using var bench = new StackBench();
        var request = bench.Write(resources);

        var diagnostics = Assert.Throws<StackProgramException>(() => ProgramReader.Read(request.Program)).Diagnostics;

        Assert.Contains(diagnostics, diagnostic => diagnostic.Code == code);
    }

    [Fact]
    public void Values_keep_their_types_and_functions_give_theirs()
    {
        using var bench = new StackBench();
        var request = bench.Write(
            StackBench.Network("a"),
            """
              whole: ${count}
              text: n=${count} $${plain}
              joined: { "fn::join": ["-", [a, "${count}", true]] }
              json: { "fn::toJSON": { n: "${count}" } }
              picked: { "fn::select": [1, "${list}"] }
              nested: ${list[0]}
              coded: { "fn::fromBase64": { "fn::toBase64": hé } }

            """,
            "config:\n  count: { type: integer, default: 3 }\n  list: { type: array, default: [x, y] }\n");
        var program = ProgramReader.Read(request.Program);
        var config = ConfigValues.Resolve(program, ImmutableDictionary<string, JsonNode?>.Empty.Add("count", "7"));
        var evaluator = new Evaluator(program, name => config[name]);

        var outputs = evaluator.Evaluate(program.Outputs);

        Assert.Equal(
            """{"whole":7,"text":"n=7 ${plain}","joined":"a-7-true","json":"{\u0022n\u0022:7}","picked":"y","nested":"x","coded":"h\u00E9"}""",
            outputs.ToJsonString());
    }

    [Theory]
    [InlineData("size", "many", "config-type")]
    [InlineData("sise", "4", "unknown-config")]
    public void Configuration_is_checked_before_anything_changes(string key, string value, string code)
    {
        using var bench = new StackBench();
        var request = bench.Write(StackBench.Network("a"), "", "config:\n  size: { type: integer, default: 1 }\n");
        var program = ProgramReader.Read(request.Program);

        var diagnostics = Assert.Throws<StackProgramException>(() => ConfigValues.Resolve(program, ImmutableDictionary<string, JsonNode?>.Empty.Add(key, value))).Diagnostics;

        Assert.Equal(code, Assert.Single(diagnostics).Code);
    }

    [Theory]
    [InlineData(UnitKind.Cloud, "cloud-unit")]
    [InlineData(UnitKind.BigData, "big-data-unit")]
    public void The_programs_that_ship_are_valid(UnitKind kind, string name) =>
        Assert.Equal(name, ProgramReader.Read(StackPrograms.For(kind)).Name);
}
