using System.Text.Json.Nodes;
using Orchestrator.Simulator.Clusters.Commands;
using Orchestrator.Simulator.Clusters.Objects;
using Orchestrator.Simulator.Clusters.Patches;
using Orchestrator.Simulator.Clusters.Protobuf;
using Orchestrator.Simulator.Clusters.Schemas;

namespace Orchestrator.Infra.Tests.Kubernetes;

public sealed class PatchTests
{
    private const string Pod = """{"spec":{"containers":[{"name":"a","image":"a:1"},{"name":"b","image":"b:1"}],"tolerations":[{"key":"x"}],"volumes":[{"name":"v","emptyDir":{}}]},"metadata":{"finalizers":["one","two"]}}""";

    [Theory]
    [InlineData("""{"spec":{"containers":[{"name":"b","image":"b:2"},{"name":"c","image":"c:1"}]}}""", "spec.containers", """[{"name":"a","image":"a:1"},{"name":"b","image":"b:2"},{"name":"c","image":"c:1"}]""")]
    [InlineData("""{"spec":{"containers":[{"name":"a","$patch":"delete"}]}}""", "spec.containers", """[{"name":"b","image":"b:1"}]""")]
    [InlineData("""{"spec":{"containers":[{"$patch":"replace"},{"name":"z"}]}}""", "spec.containers", """[{"name":"z"}]""")]
    [InlineData("""{"spec":{"$setElementOrder/containers":[{"name":"b"},{"name":"a"}]}}""", "spec.containers", """[{"name":"b","image":"b:1"},{"name":"a","image":"a:1"}]""")]
    [InlineData("""{"spec":{"tolerations":[{"key":"y"}]}}""", "spec.tolerations", """[{"key":"y"}]""")]
    [InlineData("""{"metadata":{"finalizers":["three"]}}""", "metadata.finalizers", """["one","two","three"]""")]
    [InlineData("""{"metadata":{"$deleteFromPrimitiveList/finalizers":["one"]}}""", "metadata.finalizers", """["two"]""")]
    [InlineData("""{"spec":{"volumes":[{"name":"v","$retainKeys":["name","secret"],"secret":{"secretName":"s"}}]}}""", "spec.volumes", """[{"name":"v","secret":{"secretName":"s"}}]""")]
    [InlineData("""{"metadata":{"$patch":"replace","labels":{"a":"b"}}}""", "metadata", """{"labels":{"a":"b"}}""")]
    [InlineData("""{"metadata":null}""", "metadata", null)]
    public void A_strategic_patch_follows_merge_keys_and_directives(string patch, string path, string? expected)
    {
        var after = StrategicPatch.Apply(JsonNode.Parse(Pod)!.AsObject(), JsonNode.Parse(patch)!.AsObject(), Shape.Of(ResourceKind.Pod));

        Assert.Equal(expected, path.Split('.').Aggregate((JsonNode?)after, (at, name) => at?[name])?.ToJsonString());
    }

    [Fact]
    public void A_strategic_patch_of_a_list_needs_its_key() =>
        Assert.Equal(400, Assert.Throws<StatusException>(() => StrategicPatch.Apply([], JsonNode.Parse("""{"spec":{"containers":[{"image":"x"}]}}""")!.AsObject(), Shape.Of(ResourceKind.Pod))).Code);

    [Theory]
    [InlineData("")]
    [InlineData("6b387300")]
    [InlineData("6b3873000aff")]
    [InlineData("6b3873000a0a0a0276311204546869")]
    [InlineData("6b3873000a0f0a02763112094e616d65737061636512ff")]
    public void Bytes_that_are_no_protobuf_are_refused(string hex) =>
        Assert.Equal(400, Assert.Throws<StatusException>(() => ProtobufBody.Parse(Convert.FromHexString(hex))).Code);

    [Fact]
    public void A_protobuf_body_is_read_as_its_json()
    {
        // As kubectl sends a new namespace: version and kind, then metadata with the name and an empty time, an empty spec and an empty status.
        var body = Convert.FromHexString("6b387300" + "0a0f0a02763112094e616d657370616365" + "1210" + "0a0a0a04746573741a004200" + "12001a00" + "1a002200");

        var read = ProtobufBody.Parse(body.AsSpan());

        Assert.Equal("""{"metadata":{"name":"test"},"apiVersion":"v1","kind":"Namespace"}""", read.ToJsonString());
    }

    [Theory]
    [InlineData("echo one; sleep 3 && echo 'two words' && exit 4; echo never", 3, 4, "one|two words")]
    [InlineData("false && echo skipped; echo after", 0, 0, "after")]
    [InlineData("echo \"a; b\" >&2\ntrue", 0, 0, "a; b")]
    [InlineData("some-program --flag", 5, 0, "")]
    public void A_script_does_what_it_says(string script, int seconds, int code, string lines)
    {
        var command = SimulatedCommand.Of(new JsonObject { ["command"] = new JsonArray("sh", "-c"), ["args"] = new JsonArray(script) });

        Assert.Equal((TimeSpan.FromSeconds(seconds), code, lines), (command.Lasts, command.ExitCode, string.Join('|', command.Lines.Select(line => line.Text))));
    }
}
