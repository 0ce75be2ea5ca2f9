using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Server.Api;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Server.Runs;

/// <summary>The runbook that a run pinned as a graph, with what happened at each step. Nodes outer before inner, in the runbook's order.</summary>
/// <param name="Version">Of the run's journal that this answer shows.</param>
/// <param name="ExpectedEnd">The start and what earlier runs took; null without one.</param>
/// <param name="LearntFrom">Earlier runs that estimates come from.</param>
/// <param name="Locks">What the run and its steps hold and wait for now.</param>
internal sealed record GraphResponse(
    string Run, long Version, long Position, string Runbook, string Digest, DateTimeOffset StartedAt, DateTimeOffset? EndedAt,
    DateTimeOffset? ExpectedEnd, IReadOnlyList<string> LearntFrom, IReadOnlyList<LockResponse> Locks, IReadOnlyList<GraphNodeResponse> Nodes);

/// <param name="Path">The step's address; <c>*</c> stands for the iterations of a loop and the rounds of a repeat, all together.</param>
/// <param name="Parent">The enclosing node's path; null for the runbook's own steps.</param>
/// <param name="Kind">run, steps, parallel, branch, forEach, iteration, if, repeat, round, try, approval, wait or runbook.</param>
/// <param name="Part">Which block of its parent it stands in: then, else, catch or finally; null: the only one.</param>
/// <param name="Line">Where it stands in the source, from 1; null for a branch, an iteration or a round.</param>
/// <param name="Status">Of the most urgent instance; pending: not reached.</param>
/// <param name="Instances">How often it was reached; more than once only within loops.</param>
/// <param name="Counts">Instances by state.</param>
/// <param name="Items">Of a loop: how many there are.</param>
/// <param name="Child">The run that a runbook step started, where there is one instance.</param>
internal sealed record GraphNodeResponse(
    string Path, string? Parent, string Id, string Kind, string? Part, string? Title, string? Activity, string? Runbook, int? Line, int? Column,
    string Status, int Instances, IReadOnlyDictionary<string, int> Counts, int? Items, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt,
    int Attempts, WaitReason? WaitsFor, DateTimeOffset? Due, string? Child, ErrorResponse? Error, EstimateResponse? Estimate)
{
    public static GraphNodeResponse Of(GraphNode node, GraphNode parent, DateTimeOffset startedAt, Estimate? estimate)
    {
        var place = node.Step?.Position;
        var only = node.Only;
        return new GraphNodeResponse(
            node.Path.Value, parent.Path.IsRoot ? null : parent.Path.Value, node.Path.Name, node.Kind, node.Part, TitleOf(node), (node.Step as RunStep)?.Activity,
            (node.Step as RunbookStep)?.Runbook, place?.Line, place?.Column, Words.Of(node.Status), node.Instances, node.Counts, node.Items,
            node.StartedAt, node.EndedAt, node.Attempts, only?.WaitsFor, only?.Due, only?.Child?.ToString(), ErrorResponse.Of(only?.Error), EstimateResponse.Of(estimate, startedAt));
    }

    /// <summary>An approval without a title of its own is known by its question: as it was asked, else as the runbook has it when nothing in it is to be evaluated.</summary>
    public static string? TitleOf(GraphNode node) =>
        node.Step?.Title ?? node.Only?.Approval?.Question ?? (node.Step is ApprovalStep { Question: LiteralTemplate question } ? question.Value.GetString() : null);
}

/// <param name="Seconds">How long it is expected to take, on the environment clock.</param>
/// <param name="StartsAt">When it is expected to begin, by earlier runs; null: unknown.</param>
/// <param name="From">earlier-runs (the middle of the last ones that ended well), wait (what the step says it waits) or timeout (at most so long).</param>
internal sealed record EstimateResponse(double Seconds, DateTimeOffset? StartsAt, string From)
{
    public static EstimateResponse? Of(Estimate? estimate, DateTimeOffset startedAt) => estimate is null ? null
        : new EstimateResponse(estimate.Seconds, estimate.StartsAfter is { } after ? startedAt.AddSeconds(after) : null, estimate.From);
}

/// <param name="Path">The step that asked; null: the whole run.</param>
/// <param name="Held">False: it waits in the queue.</param>
/// <param name="WaitsFor">Runs in its way.</param>
internal sealed record LockResponse(string Run, string? Path, IReadOnlyList<string> Resources, bool Held, long Token, DateTimeOffset At, IReadOnlyList<string> WaitsFor)
{
    public static LockResponse Of(LockView view) => new(
        view.Run.ToString(), view.Path.IsRoot ? null : view.Path.Value, view.Resources, view.Held, view.Token, view.At, [.. view.WaitsFor.Select(run => run.ToString())]);
}

/// <summary>The iterations of a loop, as a heat map needs them: <paramref name="Status"/> has for each of <paramref name="Keys"/> the index of its word in <paramref name="Words"/>.</summary>
internal sealed record HeatResponse(string Run, string Path, long Version, int Items, IReadOnlyList<string> Words, IReadOnlyList<string> Keys, IReadOnlyList<int> Status);

/// <summary>All that is known of one step of a run.</summary>
/// <param name="Kind">As in the graph; null for a step that the pinned runbook does not have.</param>
/// <param name="Inputs">Evaluated: an activity's arguments, a child's inputs; null while they are not.</param>
/// <param name="Facts">What its activity made durable, in order; at most 200, the newest.</param>
/// <param name="Log">Its events in the journal, in order; at most 500, the newest.</param>
internal sealed record StepDetail(
    StepResponse Step, long Version, string? Kind, string? Title, int? Line, int? Column, JsonElement? Inputs, IReadOnlyList<AttemptResponse> Attempts, StepUndo? Undo,
    StepApproval? Approval, LockResponse? Lock, StepProgress? Progress, EstimateResponse? Estimate, double? TookSeconds, IReadOnlyList<FactResponse> Facts, IReadOnlyList<LogLine> Log);

/// <param name="Undo">True for an attempt to take the step back.</param>
/// <param name="Outcome">running, done, failed or given-up (the step ended otherwise while it ran).</param>
internal sealed record AttemptResponse(int Number, bool Undo, DateTimeOffset At, DateTimeOffset? EndedAt, double? Seconds, string Outcome, ErrorResponse? Error, DateTimeOffset? RetryAt, DateTimeOffset? TimeoutAt);

/// <summary>The way back.</summary>
/// <param name="Arguments">As they were evaluated when the step completed, or as they were handed out; null before.</param>
/// <param name="Irreversible">Nothing takes the step back.</param>
internal sealed record StepUndo(string? Activity, JsonElement? Arguments, bool Irreversible);

internal sealed record StepApproval(
    string Question, JsonElement? Evidence, IReadOnlyList<string> Roles, int Quorum, DateTimeOffset RequestedAt, DateTimeOffset? Deadline, IReadOnlyList<DecisionResponse> Decisions);

/// <summary>The last thing a running task said of itself; kept in memory only.</summary>
internal sealed record StepProgress(double? Fraction, string Message, DateTimeOffset At);

internal sealed record FactResponse(long Version, DateTimeOffset At, int Attempt, string Key, JsonElement Fact);

/// <param name="Event">As the journal has it.</param>
internal sealed record LogLine(long Version, DateTimeOffset At, JsonElement Event);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GraphResponse))]
[JsonSerializable(typeof(HeatResponse))]
[JsonSerializable(typeof(StepDetail))]
internal sealed partial class GraphJson : JsonSerializerContext;
