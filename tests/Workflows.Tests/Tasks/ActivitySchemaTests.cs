using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Tests.Tasks;

public sealed class ActivitySchemaTests
{
    private enum Mode
    {
        Lossless,
        VeryLossy,
    }

    private sealed record Arguments(
        [property: Description("The cluster.")] string Cluster,
        Mode? Mode = null,
        [property: Range(1, 20)] int Count = 3,
        TimeSpan? Limit = null)
    {
        [MinLength(1)]
        public required ImmutableArray<string> Waves { get; init; }

        public Nested? Inner { get; init; }

        public JsonElement? Anything { get; init; }

        public Dictionary<string, string>? Labels { get; init; }
    }

    private sealed record Nested(double Weight, DateTimeOffset At);

    [Fact]
    public void Types_become_a_schema_with_requirements_bounds_and_names()
    {
        var schema = ActivitySchema.Of(typeof(Arguments)).AsObject();

        Assert.Equal(["cluster", "waves"], schema["required"]!.AsArray().Select(name => name!.GetValue<string>()).Order());
        Assert.False(schema["additionalProperties"]!.GetValue<bool>());
        var properties = schema["properties"]!.AsObject();
        Assert.Equal("The cluster.", properties["cluster"]!["description"]!.GetValue<string>());
        Assert.Equal(1, properties["count"]!["minimum"]!.GetValue<int>());
        Assert.Contains("very-lossy", properties["mode"]!["enum"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(Duration.Pattern, properties["limit"]!["pattern"]!.GetValue<string>());
        Assert.Equal("string", properties["waves"]!["items"]!["type"]!.GetValue<string>());
        Assert.Equal(1, properties["waves"]!["minItems"]!.GetValue<int>());
        Assert.Equal(["at", "weight"], properties["inner"]!["required"]!.AsArray().Select(name => name!.GetValue<string>()).Order());
        Assert.True(JsonNode.DeepEquals(schema, ActivitySchema.Of(typeof(Arguments))));
    }

    private sealed record Timing(TimeSpan Settle, IReadOnlyList<TimeSpan> Delays);

    [Fact]
    public void Durations_are_texts_in_a_schema_wherever_they_stand()
    {
        var properties = ActivitySchema.Of(typeof(Timing))["properties"]!;

        Assert.Equal(Duration.Pattern, properties["settle"]!["pattern"]!.GetValue<string>());
        Assert.Equal(Duration.Pattern, properties["delays"]!["items"]!["pattern"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("15m", 900)]
    [InlineData("1h30m", 5400)]
    [InlineData("200ms", 0.2)]
    [InlineData("2d", 172800)]
    [InlineData("1.5s", 1.5)]
    [InlineData("0s", 0)]
    public void Durations_are_read_and_written_as_text(string text, double seconds)
    {
        Assert.True(Duration.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromSeconds(seconds), duration);
        Assert.True(Duration.TryParse(Duration.Format(duration), out var again));
        Assert.Equal(duration, again);
        Assert.Equal(duration, WorkflowJson.FromElement<TimeSpan>(WorkflowJson.ToElement(duration)));
        Assert.Matches(Duration.Pattern, text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("15")]
    [InlineData("m")]
    [InlineData("-5s")]
    [InlineData("5 m")]
    [InlineData("5s1h")]
    [InlineData("99999d")]
    [InlineData("99999999999999999999999999999999999d")]
    public void What_is_no_duration_is_refused(string text) => Assert.False(Duration.TryParse(text, out _));
}
