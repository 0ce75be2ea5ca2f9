using System.Collections.Immutable;
using System.Text.Json;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.Activities;

/// <summary>What an activity does, with typed arguments and result. Runs at least once: external effects take <see cref="TaskContext.IdempotencyKey"/>.</summary>
public interface IActivity<in TArguments, TResult>
{
    Task<TResult> ExecuteAsync(TArguments arguments, TaskContext context, CancellationToken cancellationToken);
}

/// <summary>What an activity knows of the run it works for, and its way to report.</summary>
public abstract class TaskContext
{
    public abstract RunId Run { get; }

    public abstract StepPath Path { get; }

    /// <summary>From 1.</summary>
    public abstract int Attempt { get; }

    /// <summary>True when this task takes a completed step back.</summary>
    public abstract bool Undo { get; }

    /// <summary>The same over all attempts of this step, unlike any other step's: give it to every external effect.</summary>
    public abstract string IdempotencyKey { get; }

    /// <summary>Fencing token of the innermost locks the step holds; 0 when it holds none.</summary>
    public abstract long FencingToken { get; }

    /// <summary>Who started the run.</summary>
    public abstract string StartedBy { get; }

    /// <summary>The environment clock: the one for domain times. It may run faster than the system clock's.</summary>
    public abstract TimeProvider Clock { get; }

    /// <summary>Facts that earlier attempts of this task recorded, by key.</summary>
    public abstract IReadOnlyDictionary<string, JsonElement> Recorded { get; }

    /// <summary>
    /// Writes a fact to the journal and returns when it is durable. A key recorded before keeps its first fact.
    /// Throws <see cref="OperationCanceledException"/> when the task is no longer this worker's.
    /// </summary>
    public abstract Task RecordAsync(string key, JsonElement fact, CancellationToken cancellationToken);

    /// <summary>Shows progress to whoever watches; kept nowhere, never blocks. <paramref name="fraction"/> is 0 to 1, or null when unknown.</summary>
    public abstract void Progress(double? fraction, string message);

    /// <summary>All facts recorded so far by this run, its parent and children, in journal order.</summary>
    public abstract IAsyncEnumerable<JournaledFact> FactsAsync(CancellationToken cancellationToken);

    /// <summary>The approvals that were given so far in this run, its parent and children, as the journal has them. Those still open or rejected are left out.</summary>
    public abstract Task<ImmutableArray<JournaledApproval>> ApprovalsAsync(CancellationToken cancellationToken);
}

/// <summary>An approval that enough people gave and nobody refused.</summary>
public sealed record JournaledApproval(RunId Run, StepPath Path, ImmutableArray<JournaledDecision> By);

/// <param name="OnBehalfOf">The person who delegated the decision, or null.</param>
public sealed record JournaledDecision(string By, string? OnBehalfOf);

/// <summary>A fact with its place in the journal.</summary>
public sealed record JournaledFact(long Position, RunId Run, StepPath Path, DateTimeOffset At, string Key, JsonElement Fact);
