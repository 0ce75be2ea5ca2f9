using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.Running;
using Orchestrator.Infra.Provisioning.Stacks;
using SecretMarks = Orchestrator.Infra.Provisioning.Programs.Secrets;

namespace Orchestrator.Infra.Provisioning.Cli;

/// <summary>One call on one stack: its folder, its environment, its events, and its turn.</summary>
/// <param name="turn">Given back at the end; null for a call that only reads.</param>
internal sealed class StackCall(
    StackName name,
    string file,
    ProjectFile? project,
    CheckedConfig config,
    Workspace workspace,
    Dictionary<string, string?> environment,
    TimeProvider environmentClock,
    Action<StackEvent>? onEvent,
    SemaphoreSlim? turn) : IAsyncDisposable
{
    private readonly long _started = environmentClock.GetTimestamp();
    private EngineEvents? _events;

    public StackName Name => name;

    /// <summary>The executable.</summary>
    public string File => file;

    public ProjectFile? Project => project;

    public CheckedConfig Config => config;

    public Workspace Workspace => workspace;

    public Dictionary<string, string?> Environment => environment;

    /// <summary>No message goes out with one of them.</summary>
    public SecretTexts Secrets { get; } = Known(config);

    public EngineEvents Events => _events ??= new EngineEvents(environmentClock, onEvent, Secrets.Hide);

    /// <param name="outputs">As the state has them; null: none.</param>
    public StackOutcome Outcome(JsonObject? outputs) => new(
        Events.Failures.IsEmpty,
        outputs is null || !Events.Failures.IsEmpty
            ? ImmutableDictionary<string, JsonNode?>.Empty
            : outputs.ToImmutableDictionary(output => output.Key, output => SecretMarks.Hide(output.Value), StringComparer.Ordinal),
        Events.Changes,
        Events.Failures,
        environmentClock.GetElapsedTime(_started));

    public ValueTask DisposeAsync()
    {
        workspace.Dispose();
        turn?.Release();
        return ValueTask.CompletedTask;
    }

    private static SecretTexts Known(CheckedConfig config)
    {
        var texts = new SecretTexts();
        foreach (var (_, value) in config.Secret)
        {
            texts.Learn(SecretMarks.Mark(JsonValue.Create(value)));
        }

        return texts;
    }
}

/// <summary>A request's configuration, divided into what may stand in a file and what may not.</summary>
/// <param name="Secret">As it is given on standard input: a text as it is, anything else as JSON.</param>
internal sealed record CheckedConfig(ImmutableArray<KeyValuePair<string, JsonNode?>> Plain, ImmutableArray<KeyValuePair<string, string>> Secret)
{
    public static CheckedConfig None { get; } = new([], []);

    /// <exception cref="StackProgramException">A value is not declared, or one that has no default is missing.</exception>
    public static CheckedConfig Of(ProjectFile project, ImmutableDictionary<string, JsonNode?> given, bool complete)
    {
        ConfigValues.CheckNames(project.File, project.Config, given, complete);
        var secret = project.Config.Where(declared => declared.Secret).Select(declared => declared.Name).ToHashSet(StringComparer.Ordinal);
        var values = given.OrderBy(pair => pair.Key, StringComparer.Ordinal).Where(pair => pair.Value is not null).ToList();
        return new(
            [.. values.Where(pair => !secret.Contains(pair.Key)).Select(pair => KeyValuePair.Create(pair.Key, pair.Value))],
            [.. values.Where(pair => secret.Contains(pair.Key)).Select(pair => KeyValuePair.Create(pair.Key, pair.Value is JsonValue value && value.TryGetValue<string>(out var text) ? text : pair.Value!.ToJsonString()))]);
    }
}
