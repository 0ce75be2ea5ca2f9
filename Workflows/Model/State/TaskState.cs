using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Workflows.Model.State;

/// <summary>
/// A <c>run</c> step: the attempts of its activity and of its undo. Changed in place, since it changes with every attempt.
/// </summary>
internal sealed record TaskState : KindState
{
    /// <summary>The attempt that a worker has, of the step or of its undo; null when there is none.</summary>
    public TaskScheduled? Current { get; set; }

    /// <summary>What the worker of the step and of its undo must offer, each as <c>key=value</c>.</summary>
    public ImmutableArray<string> Tags { get; set; } = [];

    /// <summary>Arguments of the last attempt.</summary>
    public JsonElement? Arguments { get; set; }

    /// <summary>When the next attempt begins (of the step, or of its undo).</summary>
    public DateTimeOffset? RetryAt { get; set; }

    public Dictionary<string, JsonElement>? Facts { get; set; }

    /// <summary>How to take the step back: the arguments of its undo, evaluated when it ended.</summary>
    public JsonElement? UndoArguments { get; set; }

    /// <summary>It did not end done and can be taken back: a part of its effect may be there.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool HalfWay { get; set; }

    /// <summary>Attempts of the undo so far.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int UndoAttempt { get; set; }

    /// <summary>Attempts of the undo before the latest retry by an operator: its policy counts from here.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int UndoBase { get; set; }

    public Dictionary<string, JsonElement>? UndoFacts { get; set; }

    /// <summary>What the undo took nothing of, when it took back the rest.</summary>
    public ImmutableArray<LeftInPlace> Left { get; set; } = [];

    internal void Schedule(TaskScheduled task)
    {
        Current = task;
        Tags = task.Tags.IsDefault ? [] : task.Tags;
        RetryAt = null;
        if (task.Undo)
        {
            UndoAttempt = task.Attempt;
        }
        else
        {
            Arguments = task.Arguments;
        }
    }

    internal void Fail(AttemptFailed failed)
    {
        Current = null;
        RetryAt = failed.RetryAt;
    }

    internal void RestartUndo()
    {
        RetryAt = null;
        UndoBase = UndoAttempt;
        Left = [];
    }

    internal override bool IsUnderWay => Current is not null || RetryAt is not null;

    internal void Keep(FactReported fact) => (fact.Undo ? UndoFacts ??= [] : Facts ??= []).TryAdd(fact.Key, fact.Fact);

    internal override KindState Ended()
    {
        Current = null;
        RetryAt = null;
        return this;
    }
}
