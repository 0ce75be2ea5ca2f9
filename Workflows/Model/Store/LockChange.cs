using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.Store;

/// <summary>What a transition asks of the locks.</summary>
internal abstract record LockChange(StepPath Path);

internal sealed record RequestLock(StepPath Path, ImmutableArray<string> Resources) : LockChange(Path);

internal sealed record ReleaseLock(StepPath Path) : LockChange(Path);

/// <summary>The run has journaled the grant, or the loss, so it need not be told of it again.</summary>
internal sealed record AcknowledgeLock(StepPath Path, bool Loss) : LockChange(Path);

/// <summary>Something a run must be told of its locks. At least once: it is repeated until the run has journaled it.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "news")]
[JsonDerivedType(typeof(LockGranted), "granted")]
[JsonDerivedType(typeof(LockTaken), "taken")]
internal abstract record LockUpdate(RunId Run, StepPath Path);

internal sealed record LockGranted(RunId Run, StepPath Path, long Token) : LockUpdate(Run, Path);

/// <param name="Token">Of the grant that was taken over.</param>
internal sealed record LockTaken(RunId Run, StepPath Path, RunId TakenBy, string By, long Token) : LockUpdate(Run, Path);
