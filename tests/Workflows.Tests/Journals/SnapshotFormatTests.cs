using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Tests.Journals;

/// <summary>
/// A snapshot holds what a fold gave when it was taken. <c>fold.jsonl</c> has recorded journals, an entry a line, and among them lines with the
/// snapshot that <see cref="RunSnapshot.Format"/> gives there: whoever changes the fold or the state writes these anew, under the next format.
/// </summary>
public sealed class SnapshotFormatTests
{
    private static readonly string file = Path.Combine(AppContext.BaseDirectory, "Journals", "fold.jsonl");

    [Fact]
    public void A_changed_fold_has_another_format()
    {
        var recorded = File.ReadAllLines(file);
        var state = RunState.New(new RunId(Guid.Empty));
        var now = new List<string>();
        foreach (var line in recorded)
        {
            if (IsSnapshot(line))
            {
                now.Add(Encoding.UTF8.GetString(state.ToSnapshot()));
                continue;
            }

            var entry = JsonSerializer.Deserialize<Recorded>(line, WorkflowJson.Options)!;
            if (entry.Events[0] is RunStarted) state = RunState.New(new RunId(Guid.Empty));
            foreach (var happened in entry.Events) state.Apply(happened, entry.At);
            now.Add(line);
        }

        if (now.SequenceEqual(recorded)) return;
        File.WriteAllLines(file + ".new", now);
        Assert.Fail($"The fold gives other states than format {RunSnapshot.Format} did. Raise RunSnapshot.Format, so that no server goes on from what the fold before gave, and then put {file}.new in the place of fold.jsonl.");
    }

    [Fact]
    public void The_recorded_journals_have_every_kind_of_step_and_whatever_is_saved_of_one()
    {
        var snapshots = File.ReadLines(file).Where(IsSnapshot).ToList();

        var kinds = snapshots.SelectMany(snapshot => RunState.FromSnapshot(Encoding.UTF8.GetBytes(snapshot)).Steps.Values).Select(step => step.Kind);
        Assert.Equal(Enum.GetValues<StepKind>(), kinds.Distinct().Order());
        Assert.All(
            Saved(typeof(StepState)).Concat(Saved(typeof(RunState))),
            property => Assert.Contains(snapshots, snapshot => snapshot.Contains($"\"{Name(property)}\":", StringComparison.Ordinal)));
        foreach (var kind in typeof(KindState).GetCustomAttributes<JsonDerivedTypeAttribute>())
        {
            var states = snapshots.SelectMany(snapshot => States(JsonNode.Parse(snapshot)!, (string)kind.TypeDiscriminator!)).ToList();
            Assert.All(
                kind.DerivedType.GetProperties().Where(property => property.GetCustomAttribute<JsonIgnoreAttribute>() is not { Condition: JsonIgnoreCondition.Always }),
                property => Assert.True(states.Exists(state => state.ContainsKey(Name(property))), $"no snapshot has the {Name(property)} of a step of kind {kind.TypeDiscriminator}"));
        }
    }

    private static IEnumerable<JsonObject> States(JsonNode snapshot, string kind) =>
        snapshot["state"]!["steps"]!.AsArray().Select(step => step!["own"]?.AsObject()).OfType<JsonObject>().Where(state => state["of"]!.GetValue<string>() == kind);

    [Fact]
    public void Whatever_a_step_can_be_given_is_saved_or_follows_from_the_rest()
    {
        var undecided = typeof(StepState).GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(property => property.CanWrite && property.GetCustomAttribute<JsonIncludeAttribute>() is null
                && property.GetCustomAttribute<JsonIgnoreAttribute>() is not { Condition: JsonIgnoreCondition.Always });

        Assert.Empty(undecided.Select(property => property.Name));
    }

    [Theory]
    [InlineData("""{"id":"01939d44-0928-7000-8000-000000000001","format":1,"completions":0,"steps":[{"p":"","k":"block"}]}""", 0)]
    [InlineData("""{"format":1,"state":{}}""", 1)]
    [InlineData("""{"format":"3"}""", 0)]
    [InlineData("{}", 0)]
    [InlineData("[1]", 0)]
    [InlineData("", 0)]
    [InlineData("{\"for", 0)]
    public void What_is_of_another_format_is_no_state(string snapshot, int format)
    {
        Assert.Equal(format, RunSnapshot.FormatOf(Encoding.UTF8.GetBytes(snapshot)));
        Assert.False(RunState.TryRead(Encoding.UTF8.GetBytes(snapshot), out _));
        Assert.Throws<JsonException>(() => RunState.FromSnapshot(Encoding.UTF8.GetBytes(snapshot)));
    }

    [Theory]
    [InlineData("""{"format":3}""")]
    [InlineData("""{"format":3,"state":{"id":"01939d44-0928-7000-8000-000000000001","steps":[]}}""")]
    [InlineData("""{"format":3,"state":{"id":"01939d44-0928-7000-8000-000000000001","steps":[{"p":""},{"p":"a/b"}]}}""")]
    [InlineData("""{"format":3,"state":{"id":"01939d44-0928-7000-8000-000000000001","steps":[{"p":1""")]
    public void What_is_of_this_format_and_makes_no_sense_says_so(string snapshot) =>
        Assert.Throws<JsonException>(() => RunState.TryRead(Encoding.UTF8.GetBytes(snapshot), out _));

    private static bool IsSnapshot(string line) => line.StartsWith("{\"format\"", StringComparison.Ordinal);

    private static IEnumerable<PropertyInfo> Saved(Type type) => type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
        .Where(property => property.GetCustomAttribute<JsonIncludeAttribute>() is not null);

    private static string Name(PropertyInfo property) =>
        property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name);

    private sealed record Recorded(DateTimeOffset At, RunEvent[] Events);
}
