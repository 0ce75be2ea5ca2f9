using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Tests.Journals;

/// <summary>What a journal holds of each kind of event. <c>events.jsonl</c> has a line of each as it was first written: lines are added, and never changed.</summary>
public sealed class EventFormatTests
{
    private static readonly Dictionary<string, string> written = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Journals", "events.jsonl"))
        .ToDictionary(line => JsonNode.Parse(line)!["event"]!.GetValue<string>());

    public static TheoryData<string> Kinds => [.. Known.Select(kind => (string)kind.TypeDiscriminator!)];

    private static IEnumerable<JsonDerivedTypeAttribute> Known => typeof(RunEvent).GetCustomAttributes<JsonDerivedTypeAttribute>();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_event_that_was_written_once_is_read_for_ever(string kind)
    {
        Assert.True(written.TryGetValue(kind, out var line), $"events.jsonl has no line of {kind}; add {Write(Sample(kind))}");

        var read = Read(line);

        Assert.Equal(Known.Single(known => (string)known.TypeDiscriminator! == kind).DerivedType, read.GetType());
        // What it said is still there; later properties may have joined it.
        var now = JsonNode.Parse(Write(read))!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(line)!.AsObject()) Assert.True(JsonNode.DeepEquals(value, now[name]), $"{kind} lost its {name}");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_a_newer_version_adds_to_an_event_is_skipped(string kind)
    {
        var more = JsonNode.Parse(written[kind])!.AsObject();
        more["ofALaterVersion"] = new JsonObject { ["a"] = 1 };

        Assert.Equal(Write(Read(written[kind])), Write(Read(more.ToJsonString())));
    }

    private static RunEvent Read(string line) => JsonSerializer.Deserialize<RunEvent>(line, WorkflowJson.Options)!;

    private static string Write(RunEvent happened) => JsonSerializer.Serialize(happened, WorkflowJson.Options);

    /// <summary>An event of a kind with something in every property, for its first line.</summary>
    private static RunEvent Sample(string kind)
    {
        var type = Known.Single(known => (string)known.TypeDiscriminator! == kind).DerivedType;
        var sample = (RunEvent)Make(type);
        foreach (var property in type.GetProperties().Where(property => property.CanWrite)) property.SetValue(sample, Value(property.PropertyType, property.Name));
        return sample;
    }

    private static object Make(Type type)
    {
        var constructor = type.GetConstructors().OrderByDescending(one => one.GetParameters().Length).First();
        return constructor.Invoke([.. constructor.GetParameters().Select(parameter => Value(parameter.ParameterType, parameter.Name!))]);
    }

    private static object Value(Type type, string name) =>
        Nullable.GetUnderlyingType(type) is { } inner ? Value(inner, name)
        : type == typeof(string) ? name
        : type == typeof(int) ? 3
        : type == typeof(long) ? 12L
        : type == typeof(bool) ? true
        : type == typeof(DateTimeOffset) ? new DateTimeOffset(2026, 11, 11, 0, 0, 0, TimeSpan.Zero)
        : type == typeof(TimeSpan) ? TimeSpan.FromMinutes(5)
        : type == typeof(StepPath) ? new StepPath("lend/hz-batch-a")
        : type == typeof(RunId) ? new RunId(new Guid("01939d44-0928-7000-8000-000000000001"))
        : type == typeof(JsonElement) ? JsonElement.Parse("""{"a":1}""")
        : type.IsEnum ? Enum.GetValues(type).Cast<object>().Last()
        : type == typeof(ImmutableDictionary<string, string>) ? ImmutableDictionary<string, string>.Empty.Add("promotion", "double-11")
        : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>) ? Array(type.GetGenericArguments()[0], name)
        : Make(type);

    private static object Array(Type element, string name) =>
        typeof(EventFormatTests).GetMethod(nameof(One), BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(element).Invoke(null, [name])!;

    private static ImmutableArray<T> One<T>(string name) => [(T)Value(typeof(T), name)];
}
