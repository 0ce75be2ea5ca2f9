using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Server.Api;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Runs;

internal sealed record ErrorResponse(string Code, string Message, bool Retryable)
{
    public static ErrorResponse? Of(StepError? error) => error is null ? null : new ErrorResponse(error.Code, error.Message, error.Retryable);
}

/// <summary>One line about a run. Times are on the environment clock.</summary>
internal sealed record RunResponse(
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
    ErrorResponse? Error,
    ImmutableDictionary<string, string> Labels)
{
    public static RunResponse Of(RunSummary run) => new(
        run.Run.ToString(), run.Runbook, run.Digest, Words.Of(run.Status), Words.Of(run.Lane), run.StartedAt, run.EndedAt, run.StartedBy,
        run.Parent?.Run.ToString(), run.Parent?.Path.Value, run.Root.ToString(), ErrorResponse.Of(run.Error), run.Labels);
}

/// <summary>A run with what it was given, what waits, and how far it is.</summary>
/// <param name="Version">Of the run's journal that this answer shows.</param>
/// <param name="Steps">Number of steps by state, blocks not counted.</param>
/// <param name="Interventions">What people and other runs did to it, oldest first; at most 20, the newest.</param>
internal sealed record RunDetail(
    RunResponse Run,
    long Version,
    long Position,
    JsonElement Inputs,
    SortedDictionary<string, int> Steps,
    IReadOnlyList<IncidentResponse> Incidents,
    IReadOnlyList<WaitingResponse> Waiting,
    IReadOnlyList<Intervention> Interventions);

internal sealed record IncidentResponse(string Path, ErrorResponse Error);

/// <summary>A step that waits. Those that wait for the same are one; each approval is one of its own, and they come first.</summary>
/// <param name="Due">When the first of them goes on by itself, or is given up.</param>
/// <param name="Alike">How many more wait like it.</param>
/// <param name="Signal">The name of the signal that it waits for, to be sent to <c>signals/{name}</c>; null: it waits for something else.</param>
internal sealed record WaitingResponse(string Path, string Status, WaitReason WaitsFor, DateTimeOffset? Due, int Alike, string? Signal)
{
    /// <summary>Most that one page shows.</summary>
    private const int Most = 100;

    public static IReadOnlyList<WaitingResponse> Of(RunView view) =>
    [
        .. view.InOrder.Where(step => step.WaitsFor is not null && !step.Ended)
            .GroupBy(step => (step.Status, step.WaitsFor!.ToString(), step.Status == StepStatus.WaitingForApproval ? step.Path : StepPath.Root))
            .OrderByDescending(alike => alike.Key.Status == StepStatus.WaitingForApproval)
            .Take(Most)
            .Select(alike => Of(alike.MinBy(step => step.Due ?? DateTimeOffset.MaxValue)!, alike.Count() - 1)),
    ];

    private static WaitingResponse Of(StepView first, int alike) => new(first.Path.Value, Words.Of(first.Status), first.WaitsFor!, first.Due, alike, first.Signal);
}

/// <summary>One step, or one block of steps (an iteration, a round, a branch). Times are on the environment clock.</summary>
/// <param name="Items">Of a loop over items that has begun: how many they are.</param>
/// <param name="Signal">The name of the signal that it waits for; null when it does not.</param>
internal sealed record StepResponse(
    string Path,
    bool Block,
    string Status,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    string? Activity,
    int Attempts,
    JsonElement? Arguments,
    JsonElement? Result,
    ErrorResponse? Error,
    WaitReason? WaitsFor,
    DateTimeOffset? Due,
    string? Child,
    int? Items,
    string? Signal)
{
    public static StepResponse Of(StepView step) => new(
        step.Path.Value, step.IsBlock, Words.Of(step.Status), step.StartedAt, step.EndedAt, step.Activity, step.Attempts, step.Arguments,
        step.Result, ErrorResponse.Of(step.Error), step.WaitsFor, step.Due, step.Child?.ToString(), step.Items, step.Signal);
}

/// <summary>One transition of a run; events as the journal has them.</summary>
internal sealed record EntryResponse(long Position, string Run, long Version, DateTimeOffset At, IReadOnlyList<JsonElement> Events)
{
    public static EntryResponse Of(JournalEntry entry) => new(
        entry.Position, entry.Run.ToString(), entry.Version, entry.At, [.. entry.Events.Select(WorkflowJson.ToElement)]);
}

/// <param name="Runbook">Name of a runbook that the server knows; or give <paramref name="Source"/>.</param>
/// <param name="Source">The YAML text of a runbook.</param>
/// <param name="Inputs">By name; missing ones take their defaults.</param>
/// <param name="Id">Makes the start idempotent: a run of this id that exists is left as it is.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record StartRunRequest(string? Runbook, string? Source, JsonElement? Inputs, Guid? Id, ImmutableDictionary<string, string>? Labels);

/// <param name="Created">False: the run was there before.</param>
internal sealed record StartResponse(string Id, bool Created);

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ActionRequest(string? Path, string? Reason, JsonElement? Payload);

internal sealed record ActionResponse(string Run, string Action, string By);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Page<RunResponse>))]
[JsonSerializable(typeof(Page<StepResponse>))]
[JsonSerializable(typeof(Page<EntryResponse>))]
[JsonSerializable(typeof(RunDetail))]
[JsonSerializable(typeof(WaitReason))]
[JsonSerializable(typeof(RunInputs))]
[JsonSerializable(typeof(StartRunRequest))]
[JsonSerializable(typeof(StartResponse))]
[JsonSerializable(typeof(ActionRequest))]
[JsonSerializable(typeof(ActionResponse))]
internal sealed partial class RunsJson : JsonSerializerContext;
