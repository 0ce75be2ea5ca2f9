using System.Collections.Immutable;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Storage.Sql;

/// <summary>Something to be made durable, and whoever waits for it.</summary>
internal abstract class JournalWrite
{
    public abstract bool IsCompleted { get; }

    /// <summary>It is durable: whoever waits gets the result.</summary>
    public abstract void Complete();

    public abstract void Fail(Exception error);
}

internal abstract class JournalWrite<T> : JournalWrite
{
    private readonly TaskCompletionSource<T> source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Given once the write is durable.</summary>
    public T Result { get; set; } = default!;

    public Task<T> Completion => source.Task;

    public override bool IsCompleted => source.Task.IsCompleted;

    public override void Complete() => source.SetResult(Result);

    public override void Fail(Exception error) => source.SetException(error);
}

/// <param name="events">As they stand in the journal: JSON in UTF-8; empty when there are none.</param>
internal sealed class AppendWrite(Transition transition, byte[] events) : JournalWrite<AppendResult>
{
    public Transition Transition => transition;

    public byte[] Events => events;

    public JournalEntry ToEntry(long position) => new(position, transition.Run, transition.Expected + 1, transition.At, transition.Events);
}

internal sealed class LeaseWrite(ImmutableArray<LeaseChange> changes) : JournalWrite<bool[]>
{
    public ImmutableArray<LeaseChange> Changes => changes;
}

internal sealed class SnapshotWrite(RunId run, long version, byte[] state) : JournalWrite<bool>
{
    public RunId Run => run;

    public long Version => version;

    public byte[] State => state;
}

/// <summary>Gives the audit event's position; 0: its subject has another version than the one before it.</summary>
internal sealed class AuditEventWrite(AuditEvent auditEvent, StoredRunbook? runbook) : JournalWrite<long>
{
    public AuditEvent AuditEvent => auditEvent;

    public StoredRunbook? Runbook => runbook;
}

/// <summary>False: the document has another version than the one before.</summary>
internal sealed class DocumentWrite(StoredDocument document) : JournalWrite<bool>
{
    public StoredDocument Document => document;
}

internal sealed class RunbookWrite(StoredRunbook runbook) : JournalWrite<bool>
{
    public StoredRunbook Runbook => runbook;
}
