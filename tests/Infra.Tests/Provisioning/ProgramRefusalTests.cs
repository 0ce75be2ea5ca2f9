using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Text;

namespace Orchestrator.Infra.Tests.Provisioning;

/// <summary>What is wrong with a program is told with its place and a fix, before anything is built.</summary>
public sealed class ProgramRefusalTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>A value of <c>vpcName</c>, which stands on line 8 from column 9 on.</summary>
    [Theory]
    [InlineData("Fn::Join: [\"-\", [a, b]]", "unknown-function", "did you mean fn::join?")]
    [InlineData("FN::JOIN: [\"-\", [a, b]]", "unknown-function", "did you mean fn::join?")]
    [InlineData("fn:toJSON: { a: 1 }", "unknown-function", "did you mean fn::toJSON?")]
    [InlineData("Fn:tojson: { a: 1 }", "unknown-function", "did you mean fn::toJSON?")]
    [InlineData("fn::tojson: { a: 1 }", "unknown-function", "did you mean fn::toJSON?")]
    [InlineData("fn::jion: [\"-\", [a, b]]", "unknown-function", "did you mean fn::join?")]
    [InlineData("\"fn :: join\": [\"-\", [a, b]]", "unknown-function", "did you mean fn::join?")]
    [InlineData("\"fn::\": x", "unknown-function", "expected one of fn::join")]
    [InlineData("fn::invoke: { function: \"a:b:c\" }", "unknown-function", "is part of Pulumi YAML")]
    [InlineData("fn::aws:index:getAmi: { }", "unknown-function", "fn::invoke")]
    [InlineData("fn::unsecret: x", "unknown-function", "is part of Pulumi YAML")]
    [InlineData("fn::stringAsset: x", "unknown-function", "is part of Pulumi YAML")]
    public void A_function_that_is_none_is_refused_with_what_was_meant(string value, string code, string words) => AssertDiagnostic(value, code, words);

    [Theory]
    [InlineData("fn::toJSON: { a: 1 }\n        fn::toBase64: x", "'fn::toBase64'")]
    [InlineData("fn::secret: x\n        other: 1", "'other'")]
    [InlineData("other: 1\n        fn::secret: x", "'other'")]
    public void A_function_stands_alone_in_its_map(string value, string words)
    {
        var diagnostics = DiagnosticsOf(value);

        Assert.Contains(diagnostics, diagnostic => diagnostic.Code == "function-siblings" && diagnostic.Message.Contains(words, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("<<: { a: 1 }", "merge-key", "no merge keys")]
    [InlineData("fn::join: [\"-\"]", "function-argument", "a list of two")]
    [InlineData("fn::select: 3", "function-argument", "a list of two")]
    [InlineData("fn::select: [2, [a, b]]", "expression", "the index is 2, not a whole number from 0 to 1")]
    [InlineData("fn::select: [-1, [a, b]]", "expression", "the index is -1")]
    [InlineData("fn::select: [99999999999999999999, [a, b]]", "expression", "not a whole number")]
    [InlineData("fn::select: [x, [a, b]]", "expression", "the index is")]
    [InlineData("fn::fromBase64: \"%%%\"", "expression", "no base64")]
    [InlineData("fn::fromBase64: /w==", "expression", "no UTF-8")]
    [InlineData("fn::join: [\"-\", x]", "expression", "is a text, not a list")]
    [InlineData("fn::toBase64: [1]", "expression", "is a list, not a text")]
    [InlineData("fn::readFile: ../../etc/passwd", "expression", "outside the program's directory")]
    [InlineData("fn::readFile: missing.txt", "expression", "there is no file")]
    [InlineData("4dabf18193072939515e22adb298388d: 1b47061264138c4ac30d75fd1eb44270", "reserved", "fn::secret")]
    public void What_cannot_be_evaluated_is_refused(string value, string code, string words) => AssertDiagnostic(value, code, words);

    [Theory]
    [InlineData("vpcNmae: x", "unknown-property", "did you mean vpcName?")]
    [InlineData("vpcName: [a]", "property-type", "'vpcName' is a text, not a list")]
    [InlineData("vpcName: { a: b }", "property-type", "'vpcName' is a text, not a map")]
    [InlineData("userCidrs: 10.0.0.0/8", "property-type", "'userCidrs' is a list, not a text")]
    [InlineData("ipv4CidrMask: many", "property-type", "'ipv4CidrMask' is a number, not a text")]
    [InlineData("enableIpv6: perhaps", "property-type", "'enableIpv6' is true or false, not a text")]
    [InlineData("tags: { a: [1] }", "property-type", "'tags.a' is a text, not a list")]
    [InlineData("userCidrs: [[a]]", "property-type", "'userCidrs[0]' is a text, not a list")]
    [InlineData("vpcName: ${list}", "property-type", "'vpcName' is a text, not a list")]
    [InlineData("userCidrs: ${text}", "property-type", "'userCidrs' is a list, not a text")]
    [InlineData("vpcName: x-${list}", "type", "cannot stand in a text")]
    [InlineData("vpcName: ${other}", "type", "is a whole resource")]
    [InlineData("vpcName: ${other.idd}", "unknown-output", "did you mean id?")]
    [InlineData("vpcName: ${other.vpcNam}", "unknown-output", "did you mean vpcName?")]
    [InlineData("vpcName: ${other.tags.a.b}", "unknown-output", "a text has no 'b'")]
    [InlineData("vpcName: ${other.userCidrs.first}", "unknown-output", "a list has no 'first'")]
    [InlineData("vpcName: ${other[0]}", "unknown-output", "has no item 0")]
    [InlineData("vpcName: ${text.length}", "unknown-output", "a text has no 'length'")]
    [InlineData("vpcName: ${shape.b}", "unknown-output", "the map has no 'b'")]
    [InlineData("vpcName: ${shape.list[2]}", "unknown-output", "the list of 2 has no item 2")]
    [InlineData("vpcName: ${pulumi.stak}", "unknown-output", "did you mean stack?")]
    [InlineData("vpcName: ${othr.id}", "unknown-reference", "did you mean other?")]
    [InlineData("vpcName: ${list[5]}", "expression", "there is no item 5, the list has 2")]
    [InlineData("fn::secret: { vpcName: x }", "function-place", "stands for one value")]
    [InlineData("<<: { vpcName: x }", "merge-key", "no merge keys")]
    public async Task Properties_and_references_are_checked_against_the_types(string property, string code, string words)
    {
        using var bench = new StackBench();
        var request = bench.Write(
            $"  a:\n    type: alicloud:vpc/network:Network\n    properties:\n      {property}\n" + StackBench.Network("other"),
            config: "config:\n  text: { type: string, default: x }\n  list: { type: array, default: [x, y] }\nvariables:\n  shape: { a: 1, list: [p, q] }\n");

        var diagnostics = (await Assert.ThrowsAsync<StackProgramException>(() => bench.Engine().UpAsync(request, null, Stop))).Diagnostics;

        Assert.Contains(diagnostics, diagnostic => diagnostic.Code == code && diagnostic.Message.Contains(words, StringComparison.Ordinal));
        Assert.All(diagnostics, diagnostic => Assert.InRange(diagnostic.Position.Line, 1, 20));
        Assert.Empty(bench.Provider.Log);
        Assert.False(File.Exists(bench.StateFile));
    }

    [Theory]
    [InlineData("  x: ${a.nothing}\n", "unknown-output")]
    [InlineData("  x: ${a.id.b}\n", "unknown-output")]
    [InlineData("  x: { \"fn::select\": [3, [\"${a.id}\", b]] }\n", null)]
    [InlineData("  x: { \"fn::select\": [3, [a, b]] }\n", "expression")]
    [InlineData("  x: { \"fn::fromBase64\": \"${a.id}\" }\n", null)]
    public async Task An_output_that_cannot_be_is_found_before_the_first_resource(string output, string? code)
    {
        using var bench = new StackBench();
        var request = bench.Write(StackBench.Network("a"), output);

        var act = () => bench.Engine().UpAsync(request, null, Stop);

        if (code is null)
        {
            // Only the cloud's answer can tell: then it is a failure of the up that says so, and nothing to try again.
            var failure = Assert.Single((await act()).Failures);
            Assert.Equal(("output", false), (failure.Code, failure.Retryable));
            Assert.Contains("Pulumi.yaml:", failure.Message, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(code, Assert.Single((await Assert.ThrowsAsync<StackProgramException>(act)).Diagnostics).Code);
            Assert.Empty(bench.Provider.Log);
        }
    }

    [Theory]
    [InlineData("  a: &x\n    type: alicloud:vpc/network:Network\n  b: *x\n", "yaml-alias", 6)]
    [InlineData("  a:\n    type: alicloud:vpc/network:Network\n    properties: { vpcName: !Ref x }\n", "yaml-tag", 6)]
    [InlineData("  a:\n    type: alicloud:vpc/network:Network\n  b:\n    type: alicloud:vpc/network:Network\n    name: a\n", "duplicate-urn", 6)]
    [InlineData("  pulumi:\n    type: alicloud:vpc/network:Network\n", "duplicate-name", 4)]
    [InlineData("  a:\n    type: alicloud:vpc/network:Network\n  a:\n    type: alicloud:vpc/network:Network\n", "yaml", 6)]
    [InlineData("  a:\n    type: alicloud:vpc/network:Network\n    get: { id: x }\n", "not-supported", 6)]
    [InlineData("  a:\n    type: alicloud:vpc/network:Network\n    options: { dependsOn: [\"${b}\"] }\n", "unknown-reference", 6)]
    [InlineData("  a:\n    type: alicloud:vpc/network:Network\n    options: { dependsOn: [\"${pulumi}\"] }\n", "unknown-resource", 6)]
    [InlineData("  a:\n    type: alicloud:vpc/network:Network\n    options: { provider: \"${b}\" }\n  b:\n    type: alicloud:vpc/network:Network\n", "provider-type", 6)]
    [InlineData("  a:\n    type: alicloud:vpc/network:Network\n    options: { ignoreChanges: [vpcNam] }\n", "unknown-property", 4)]
    [InlineData("  a:\n    type: alicloud:vpc/network:Network\n    options: { parent: \"${b}\" }\n", "unknown-option", 6)]
    [InlineData("  a:\n    type: alicloud:vpc/network:Network\n    options: { customTimeouts: { create: 999999999999999h } }\n", "duration", 6)]
    [InlineData("  a:\n    type: alicloud:vpc/network:Network\n---\nname: second\n", "yaml", 6)]
    public void Structure_is_checked_with_its_line(string resources, string code, int line)
    {
        using var bench = new StackBench();
        var request = bench.Write(resources);

        var diagnostics = Assert.Throws<StackProgramException>(() => ProgramReader.Read(request.Program)).Diagnostics;

        Assert.Contains(diagnostics, diagnostic => diagnostic.Code == code && diagnostic.Position.Line == line);
    }

    [Fact]
    public void Aliases_that_lead_in_a_circle_and_endless_nesting_end_in_a_diagnostic()
    {
        using var bench = new StackBench();

        foreach (var resources in new[] { "  a: &a [*a]\n", "  a: " + new string('[', 50_000) + "\n", "  a: " + string.Concat(Enumerable.Repeat("{a: ", 5_000)) + "\n" })
        {
            var request = bench.Write(resources);
            Assert.NotEmpty(Assert.Throws<StackProgramException>(() => ProgramReader.Read(request.Program)).Diagnostics);
        }
    }

    [Fact]
    public void Values_that_double_with_each_step_are_refused_and_not_built()
    {
        using var bench = new StackBench();
        var doubling = string.Concat(Enumerable.Range(1, 60).Select(i => $"  v{i}: ${{v{i - 1}}}${{v{i - 1}}}\n"));
        var nesting = string.Concat(Enumerable.Range(1, 60).Select(i => $"  w{i}: [ \"${{w{i - 1}}}\" ]\n"));
        var request = bench.Write(StackBench.Network("a"), "  x: ${v60}\n  y: ${w60}\n", $"variables:\n  v0: some\n  w0: some\n{doubling}{nesting}");

        var diagnostics = Assert.Throws<StackProgramException>(() => { Check(request); }).Diagnostics;

        Assert.Contains(diagnostics, diagnostic => diagnostic.Message.Contains("comes to more than", StringComparison.Ordinal));
        Assert.Contains(diagnostics, diagnostic => diagnostic.Message.Contains("within each other", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("secret: true, type: integer", "swordfish")]
    [InlineData("secret: true, type: boolean", "swordfish")]
    [InlineData("secret: true, type: object", "swordfish")]
    public void A_wrong_secret_is_refused_without_being_told(string declared, string given)
    {
        using var bench = new StackBench();
        var request = bench.Write(StackBench.Network("a"), "", $"config:\n  key: {{ {declared} }}\n");
        var program = ProgramReader.Read(request.Program);

        var refused = Assert.Throws<StackProgramException>(() => ConfigValues.Resolve(program, ImmutableDictionary<string, JsonNode?>.Empty.Add("key", given)));

        Assert.Equal("config-type", Assert.Single(refused.Diagnostics).Code);
        Assert.DoesNotContain(given, refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_configuration_is_named_each_with_its_line()
    {
        using var bench = new StackBench();
        var request = bench.Write(StackBench.Network("a"), "", "config:\n  one: { type: string }\n  two: { type: integer, secret: true }\n  three: { default: x }\n");

        var diagnostics = Assert.Throws<StackProgramException>(() => ConfigValues.Resolve(ProgramReader.Read(request.Program), ImmutableDictionary<string, JsonNode?>.Empty)).Diagnostics;

        Assert.Equal([("missing-config", 4), ("missing-config", 5)], diagnostics.Select(diagnostic => (diagnostic.Code, diagnostic.Position.Line)));
        Assert.Contains("'one'", diagnostics[0].Message, StringComparison.Ordinal);
    }

    private static void Check(StackRequest request)
    {
        var program = ProgramReader.Read(request.Program);
        Infra.Provisioning.Running.ProgramCheck.Run(program, ConfigValues.Resolve(program, request.Config), new Infra.Provisioning.Stacks.Urns("test", "unit-1"));
    }

    private static ImmutableArray<Diagnostic> DiagnosticsOf(string value)
    {
        using var bench = new StackBench();
        var request = bench.Write($"  a:\n    type: alicloud:vpc/network:Network\n    properties:\n      vpcName:\n        {value}\n");
        return Assert.Throws<StackProgramException>(() => Check(request)).Diagnostics;
    }

    private static void AssertDiagnostic(string value, string code, string words)
    {
        var diagnostic = Assert.Single(DiagnosticsOf(value), diagnostic => diagnostic.Code == code);
        Assert.Contains(words, diagnostic.Message, StringComparison.Ordinal);
        Assert.Equal(8, diagnostic.Position.Line);
        Assert.InRange(diagnostic.Position.Column, 9, 200);
    }
}
