using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.Providers;
using Orchestrator.Infra.Provisioning.Running;
using Orchestrator.Infra.Provisioning.Stacks;

namespace Orchestrator.Infra.Tests.Provisioning;

/// <summary>A secret is in no text that leaves the engine, whatever is made of it and whoever repeats it.</summary>
public sealed class SecretTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("{ \"fn::select\": [\"${key}\", [a, b]] }")]
    [InlineData("{ \"fn::select\": [0, \"${key}\"] }")]
    [InlineData("{ \"fn::fromBase64\": \"${key}\" }")]
    [InlineData("{ \"fn::readFile\": \"${key}\" }")]
    [InlineData("{ \"fn::readFile\": \"../../${key}\" }")]
    [InlineData("{ \"fn::join\": [\"-\", \"${key}\"] }")]
    [InlineData("{ \"fn::join\": [[\"${key}\"], [a]] }")]
    [InlineData("{ \"fn::split\": [[\"${key}\"], a] }")]
    [InlineData("{ \"fn::select\": [{ \"fn::toJSON\": \"${key}\" }, [a]] }")]
    public async Task An_error_of_a_function_does_not_tell_the_secret(string value)
    {
        using var bench = new StackBench();
        var request = bench.Write($"  a:\n    type: alicloud:vpc/network:Network\n    properties:\n      vpcName: {value}\n", config: "config:\n  key: { type: string, secret: true }\n")
            with { Config = ImmutableDictionary<string, JsonNode?>.Empty.Add("key", "swordfish") };

        var refused = await Assert.ThrowsAsync<StackProgramException>(() => bench.Engine().UpAsync(request, null, Stop));

        Assert.DoesNotContain("swordfish", refused.ToString(), StringComparison.Ordinal);
        Assert.Empty(bench.Provider.Log);
    }

    [Fact]
    public async Task What_a_provider_repeats_of_a_secret_is_hidden_in_events_failures_and_the_state()
    {
        using var bench = new StackBench();
        var request = bench.Write(
            "  a:\n    type: alicloud:vpc/network:Network\n    properties:\n      vpcName: { \"fn::join\": [\"-\", [x, \"${key}\"]] }\n",
            config: "config:\n  key: { type: string, secret: true }\n") with
        { Config = ImmutableDictionary<string, JsonNode?>.Empty.Add("key", "sword\"fish/1") };
        var told = new StringBuilder();
        bench.Provider.AfterEffect = (_, _) => throw new ProviderException(
            "Invalid", "vpcName 'x-sword\"fish/1' is taken; {\"key\":\"sword\\u0022fish/1\"} ?key=sword%22fish%2F1 c3dvcmQiZmlzaC8x", retryable: false);

        var outcome = await bench.Engine().UpAsync(request, happened => told.Append(JsonSerializer.Serialize(happened)), Stop);

        var message = Assert.Single(outcome.Failures).Message;
        Assert.Equal("vpcName '[secret]' is taken; {\"key\":\"[secret]\"} ?key=[secret] [secret]", message);
        Assert.DoesNotContain("sword", told.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("sword", bench.StateText, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_that_was_cut_within_a_secret_does_not_tell_its_beginning()
    {
        var texts = new SecretTexts();
        texts.Learn(Secrets.Mark("swordfish-of-the-night"));

        Assert.Equal("refused: [secret]…", texts.Hide("refused: swordfish-of…"));
        Assert.Equal("a [secret] b", texts.Hide("a swordfish-of-the-night b"));
        Assert.Equal("nothing of it", texts.Hide("nothing of it"));
    }

    [Fact]
    public async Task An_output_of_the_provider_that_holds_a_secret_is_a_secret()
    {
        using var bench = new StackBench();
        bench.Provider.Outputs = inputs => new JsonObject { ["status"] = $"made of {inputs["vpcName"]}", ["routerId"] = "r-1" };
        var request = bench.Write("  a:\n    type: alicloud:vpc/network:Network\n    properties:\n      vpcName: { \"fn::secret\": swordfish }\n", "  status: ${a.status}\n  router: ${a.routerId}\n");

        var outcome = await bench.Engine().UpAsync(request, null, Stop);

        Assert.Equal(("[secret]", "r-1"), (outcome.Outputs["status"]!.GetValue<string>(), outcome.Outputs["router"]!.GetValue<string>()));
        Assert.DoesNotContain("swordfish", bench.StateText, StringComparison.Ordinal);
        Assert.Equal("made of swordfish", (await bench.Engine().OutputsAsync("test", "unit-1", Stop, showSecrets: true))!["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task Secrets_within_secrets_arrive_at_the_provider_in_clear_and_a_change_within_one_tells_only_its_property()
    {
        using var bench = new StackBench();
        const string resource = "  a:\n    type: alicloud:vpc/network:Network\n    properties:\n      tags:\n        fn::secret: { swordfish: { \"fn::secret\": \"${key}\" } }\n";
        const string config = "config:\n  key: { type: string, secret: true, default: one-of-them }\n";
        await bench.Engine().UpAsync(bench.Write(resource, config: config), null, Stop);

        var preview = await bench.Engine().PreviewAsync(bench.Write(resource, config: config) with { Config = ImmutableDictionary<string, JsonNode?>.Empty.Add("key", "another") }, Stop);

        Assert.Equal("one-of-them", bench.Provider.Live["a#1"]["tags"]!["swordfish"]!.GetValue<string>());
        Assert.Equal(["tags"], Assert.Single(preview.Steps, step => step.Operation == "update").Differences);
    }

    /// <summary>Random programs around a marker that only the provider may see: in no event, outcome, state, preview or error.</summary>
    [Fact]
    public void A_secret_is_in_no_text_whatever_a_program_makes_of_it() => Gen.Select(SecretValue(4), SecretValue(3), Gen.Bool).Sample(
        sample =>
        {
            var (first, second, fails) = sample;
            using var bench = new StackBench();
            var request = bench.Write(
                $"  a:\n    type: alicloud:vpc/network:Network\n    properties:\n      description: {first}\n      tags: {{ t: {second} }}\n  b:\n    type: alicloud:vpc/network:Network\n    properties:\n      vpcName: \"${{a.description}}\"\n",
                $"  one: {first}\n  two: \"${{a.description}}-${{b.vpcName}}\"\n  three: \"${{held}}\"\n",
                $"config:\n  key: {{ type: string, secret: true }}\n  deep: {{ type: object, secret: true }}\nvariables:\n  held: {second}\n") with
            {
                Config = ImmutableDictionary<string, JsonNode?>.Empty.Add("key", Marker).Add("deep", new JsonObject { ["in"] = new JsonArray(Marker, 7) }),
            };
            var told = new StringBuilder();
            bench.Provider.AfterEffect = (_, name) =>
            {
                if (fails && name == "b")
                {
                    throw new ProviderException("Invalid", $"cannot make it of {bench.Provider.Live.Last().Value.ToJsonString()}", retryable: false);
                }
            };

            try
            {
                told.Append(JsonSerializer.Serialize(bench.Engine().PreviewAsync(request, CancellationToken.None).GetAwaiter().GetResult()));
                var outcome = bench.Engine().UpAsync(request, happened => told.Append(JsonSerializer.Serialize(happened, happened.GetType())), CancellationToken.None).GetAwaiter().GetResult();
                told.Append(JsonSerializer.Serialize(outcome)).Append(bench.StateText);
                told.Append(JsonSerializer.Serialize(bench.Engine().OutputsAsync("test", "unit-1", CancellationToken.None).GetAwaiter().GetResult()));
                told.Append(JsonSerializer.Serialize(bench.Engine().ResourcesAsync("test", "unit-1", CancellationToken.None).GetAwaiter().GetResult()));
                told.Append(JsonSerializer.Serialize(bench.Engine().PreviewAsync(request, CancellationToken.None).GetAwaiter().GetResult()));
            }
            catch (StackProgramException e)
            {
                told.Append(e);
            }

            var text = told.ToString();
            Assert.DoesNotContain(Marker, text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes(Marker)), text, StringComparison.Ordinal);
        },
        iter: 120,
        threads: 1);

    private const string Marker = "swordfish";

    /// <summary>Flow YAML of a value that is made of the secret, by functions within functions; some of them cannot be evaluated.</summary>
    private static Gen<string> SecretValue(int depth)
    {
        var leaf = OneOf("\"${key}\"", "\"x-${key}-y\"", "\"${deep.in[0]}\"", "{ \"fn::secret\": " + Marker + " }", "\"${deep.none}\"");
        if (depth == 0)
        {
            return leaf;
        }

        var inner = SecretValue(depth - 1);
        return Gen.OneOf(
            leaf,
            inner.Select(value => $"{{ \"fn::toBase64\": {value} }}"),
            inner.Select(value => $"{{ \"fn::fromBase64\": {{ \"fn::toBase64\": {value} }} }}"),
            inner.Select(value => $"{{ \"fn::fromBase64\": {value} }}"),
            inner.Select(value => $"{{ \"fn::toJSON\": {{ k: {value}, n: 1 }} }}"),
            inner.Select(value => $"{{ \"fn::join\": [\"-\", [a, {value}]] }}"),
            inner.Select(value => $"{{ \"fn::select\": [1, [a, {value}]] }}"),
            inner.Select(value => $"{{ \"fn::select\": [{value}, [a, b]] }}"),
            inner.Select(value => $"{{ \"fn::select\": [0, {{ \"fn::split\": [\"-\", {value}] }}] }}"),
            inner.Select(value => $"{{ \"fn::readFile\": {value} }}"),
            inner.Select(value => $"{{ \"fn::secret\": {value} }}"));
    }

    [Fact]
    public void Whatever_a_program_says_it_ends_in_a_value_or_in_diagnostics_with_places() => Gen.Select(Yaml(4), Yaml(4), Yaml(2)).Sample(
        sample =>
        {
            var (property, output, config) = sample;
            using var bench = new StackBench();
            var request = bench.Write(
                $"  a:\n    type: alicloud:vpc/network:Network\n    properties:\n      tags: {property}\n  b:\n    type: kubernetes:core/v1:ConfigMap\n    properties:\n      data: {output}\n      metadata: {config}\n",
                $"  one: {output}\n  two: \"${{v}}\"\n",
                $"config:\n  c: {{ type: object, default: {{ k: [1, x, {{ z: null }}] }} }}\n  s: {{ type: string, secret: true, default: x }}\nvariables:\n  v: {property}\n");

            try
            {
                bench.Engine().PreviewAsync(request, CancellationToken.None).GetAwaiter().GetResult();
            }
            catch (StackProgramException e)
            {
                Assert.NotEmpty(e.Diagnostics);
                Assert.All(e.Diagnostics, diagnostic =>
                {
                    Assert.EndsWith("Pulumi.yaml", diagnostic.File, StringComparison.Ordinal);
                    Assert.InRange(diagnostic.Position.Line, 1, 40);
                    Assert.InRange(diagnostic.Position.Column, 1, 100_000);
                    Assert.NotEmpty(diagnostic.Message);
                });
            }
        },
        iter: 1500,
        threads: 2);

    private static readonly string[] Roots = ["a", "b", "c", "s", "v", "pulumi", "nothing", "a.id", "a.tags", "a.tags.x[0]", "c.k", "c.k[0]", "c.k[2].z", "c.k[9]", "s.x", "b.metadata.name", "b.data[\"x y\"]", "a..b", "a[", "", "a.userCidrs[0]"];

    private static readonly string[] Keys = ["x", "\"\"", "fn::join", "fn::select", "fn::split", "fn::toJSON", "fn::toBase64", "fn::fromBase64", "fn::secret", "fn::readFile", "Fn::Join", "fn:secret", "fn::", "fn::a:b:c", "<<", "\"<<\"", "? [a]", "name", "4dabf18193072939515e22adb298388d"];

    private static readonly string[] Scalars = ["x", "1", "-1", "010", "1e400", "null", "~", "true", "\"\"", "\"%%\"", "!!str 1", "!Ref x", "*a", "&a x", "\"\\0\"", "04da6b54-80e4-46f7-96ec-b56ff0331ba9", "\"${\"", "\"$${x}\"", "\"é\"", "99999999999999999999"];

    private static Gen<string> Yaml(int depth)
    {
        var reference = OneOf(Roots).Select(root => "\"${" + root.Replace("\"", "\\\"", StringComparison.Ordinal) + "}\"");
        var leaf = Gen.OneOf(OneOf(Scalars), reference, Gen.Select(OneOf(Roots), Gen.Int[0, 9]).Select(pair =>
            string.Create(CultureInfo.InvariantCulture, $"\"t{pair.Item2}${{{pair.Item1.Replace("\"", "\\\"", StringComparison.Ordinal)}}}\"")));
        if (depth == 0)
        {
            return leaf;
        }

        var inner = Yaml(depth - 1);
        return Gen.OneOf(
            leaf,
            inner.Array[0, 3].Select(items => $"[{string.Join(", ", items)}]"),
            Gen.Select(OneOf(Keys), inner).Array[0, 2].Select(fields => $"{{ {string.Join(", ", fields.Select(field => $"{Quoted(field.Item1)}: {field.Item2}"))} }}"));
    }

    private static string Quoted(string key) => key.StartsWith("fn", StringComparison.OrdinalIgnoreCase) ? $"\"{key}\"" : key;

    private static Gen<string> OneOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);
}
