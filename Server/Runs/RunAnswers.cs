using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Server.Api;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Runs;

internal sealed record ErrorAnswer(string Code, string Message, bool Retryable)
{
    public static ErrorAnswer? Of(StepError? error) => error is null ? null : new ErrorAnswer(error.Code, error.Message, error.Retryable);
}

/// <summary>One line about a run. Times are on the night's clock.</summary>
internal sealed record RunAnswer(
    string Id,
    string Runbook,
    string Digest,
    string Status,
    string Lane,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    string StartedBy,
    string? ParentRun,
    string? ParentStep,
    string Root,
    ErrorAnswer? Error,
    ImmutableDictionary<string, string> Labels)
{
    public static RunAnswer Of(RunSummary run) => new(
        run.Run.ToString(), run.Runbook, run.Digest, Words.Of(run.Status), Words.Of(run.Lane), run.StartedAt, run.EndedAt, run.StartedBy,
        run.Parent?.Run.ToString(), run.Parent?.Path.Value, run.Root.ToString(), ErrorAnswer.Of(run.Error), run.Labels);
}

/// <summary>A run with what it was given, what waits, and how far it is.</summary>
/// <param name="Version">Of the run's journal that this answer shows.</param>
/// <param name="Steps">Number of steps by state, blocks not counted.</param>
/// <param name="Interventions">What people and other runs did to it, oldest first; at most 20, the newest.</param>
internal sealed record RunDetail(
    RunAnswer Run,
    long Version,
    long Position,
    JsonElement Inputs,
    SortedDictionary<string, int> Steps,
    IReadOnlyList<IncidentAnswer> Incidents,
    IReadOnlyList<WaitingAnswer> Waiting,
    IReadOnlyList<Intervention> Interventions);

internal sealed record IncidentAnswer(string Path, ErrorAnswer Error);

/// <summary>A step that waits. Those that wait for the same are one; each approval is one of its own, and they come first.</summary>
/// <param name="WaitsFor">For whom or what, for people.</param>
/// <param name="Due">When the first of them goes on by itself, or is given up.</param>
/// <param name="Alike">How many more wait like it.</param>
/// <param name="Signal">The name of the signal that it waits for, to be sent to <c>signals/{name}</c>; null: it waits for something else.</param>
internal sealed record WaitingAnswer(string Path, string Status, string WaitsFor, DateTimeOffset? Due, int Alike, string? Signal)
{
    /// <summary>Most that one page shows.</summary>
    private const int Most = 100;

    public static IReadOnlyList<WaitingAnswer> Of(RunView view) =>
    [
        .. view.InOrder.Where(step => step.WaitsFor is not null && !step.Ended)
            .GroupBy(step => (step.Status, step.WaitsFor, step.Status == StepStatus.WaitingForApproval ? step.Path : StepPath.Root))
            .OrderByDescending(alike => alike.Key.Status == StepStatus.WaitingForApproval)
            .Take(Most)
            .Select(alike => Of(alike.MinBy(step => step.Due ?? DateTimeOffset.MaxValue)!, alike.Count() - 1)),
    ];

    private static WaitingAnswer Of(StepView first, int alike) => new(first.Path.Value, Words.Of(first.Status), first.WaitsFor!, first.Due, alike, first.Signal);
}

/// <summary>One step, or one block of steps (an iteration, a round, a branch). Times are on the night's clock.</summary>
/// <param name="Items">Of a loop over items that has begun: how many they are.</param>
/// <param name="Signal">The name of the signal that it waits for; null when it does not.</param>
internal sealed record StepAnswer(
    string Path,
    bool Block,
    string Status,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    string? Activity,
    int Attempts,
    JsonElement? Arguments,
    JsonElement? Result,
    ErrorAnswer? Error,
    string? WaitsFor,
    DateTimeOffset? Due,
    string? Child,
    int? Items,
    string? Signal)
{
    public static StepAnswer Of(StepView step) => new(
        step.Path.Value, step.IsBlock, Words.Of(step.Status), step.StartedAt, step.EndedAt, step.Activity, step.Attempts, step.Arguments,
        step.Result, ErrorAnswer.Of(step.Error), step.WaitsFor, step.Due, step.Child?.ToString(), step.Items, step.Signal);
}

/// <summary>One transition of a run; events as the journal has them.</summary>
internal sealed record EntryAnswer(long Position, string Run, long Version, DateTimeOffset At, IReadOnlyList<JsonElement> Events)
{
    public static EntryAnswer Of(JournalEntry entry) => new(
        entry.Position, entry.Run.ToString(), entry.Version, entry.At, [.. entry.Events.Select(WorkflowJson.ToElement)]);
}

/// <param name="Runbook">Name of a runbook that the server knows; or give <paramref name="Source"/>.</param>
/// <param name="Source">The YAML text of a runbook.</param>
/// <param name="Inputs">By name; missing ones take their defaults.</param>
/// <param name="Id">Makes the start idempotent: a run of this id that exists is left as it is.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record StartBody(string? Runbook, string? Source, JsonElement? Inputs, Guid? Id, ImmutableDictionary<string, string>? Labels);

/// <param name="Created">False: the run was there before.</param>
internal sealed record StartAnswer(string Id, bool Created);

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ActionBody(string? Path, string? Reason, JsonElement? Payload);

internal sealed record ActionAnswer(string Run, string Action, string By);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Page<RunAnswer>))]
[JsonSerializable(typeof(Page<StepAnswer>))]
[JsonSerializable(typeof(Page<EntryAnswer>))]
[JsonSerializable(typeof(RunDetail))]
[JsonSerializable(typeof(RunInputs))]
[JsonSerializable(typeof(StartBody))]
[JsonSerializable(typeof(StartAnswer))]
[JsonSerializable(typeof(ActionBody))]
[JsonSerializable(typeof(ActionAnswer))]
internal sealed partial class RunsJson : JsonSerializerContext;
