using System.Collections.Immutable;
using Microsoft.Data.Sqlite;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Storage.Locks;
using Orchestrator.Workflows.Storage.Sql;

namespace Orchestrator.Workflows.Storage.Sqlite;

/// <summary>The statements of an append, on the writer's thread and within its transaction.</summary>
internal sealed class SqliteAppender : IDisposable
{
    public const string LockToken = "lock-token";

    private readonly SqliteStatement insertTransition;
    private readonly SqliteStatement insertAudit;
    private readonly SqliteStatement insertRun;
    private readonly SqliteStatement updateRun;
    private readonly SqliteStatement putTask;
    private readonly SqliteStatement removeTask;
    private readonly SqliteStatement leaseTask;
    private readonly SqliteStatement removeTasks;
    private readonly SqliteStatement setTimer;
    private readonly SqliteStatement clearTimer;
    private readonly SqliteStatement clearTimers;
    private readonly SqliteStatement putMessage;
    private readonly SqliteStatement removeMessage;
    private readonly SqliteStatement putLock;
    private readonly SqliteStatement removeLock;
    private readonly SqliteStatement putCounter;
    private readonly SqliteStatement putSnapshot;
    private readonly SqliteStatement putRunbook;
    private readonly SqliteStatement putAuditEvent;
    private readonly SqliteStatement putDocument;
    private readonly SqliteConnection connection;
    private readonly ImmutableArray<SqliteStatement> all;

    public SqliteAppender(SqliteConnection connection)
    {
        var statements = ImmutableArray.CreateBuilder<SqliteStatement>();
        insertTransition = Prepare("INSERT INTO transitions SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE ?3 = 1 + (SELECT coalesce(max(version), 0) FROM transitions WHERE run = ?2)");
        insertAudit = Prepare("INSERT INTO run_audit VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        insertRun = Prepare("INSERT INTO runs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)");
        updateRun = Prepare("UPDATE runs SET status = ?2, ended_at = ?3, error = ?4 WHERE run = ?1");
        putTask = Prepare("REPLACE INTO tasks VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
        removeTask = Prepare("DELETE FROM tasks WHERE run = ?1 AND path = ?2 AND undo = ?3");
        leaseTask = Prepare("UPDATE tasks SET owner = ?5, token = ?6, lease_until = ?7 WHERE run = ?1 AND path = ?2 AND undo = ?3 AND token = ?4");
        removeTasks = Prepare("DELETE FROM tasks WHERE run = ?1");
        setTimer = Prepare("REPLACE INTO timers VALUES (?1, ?2, ?3, ?4)");
        clearTimer = Prepare("DELETE FROM timers WHERE run = ?1 AND path = ?2 AND purpose = ?3");
        clearTimers = Prepare("DELETE FROM timers WHERE run = ?1");
        putMessage = Prepare("REPLACE INTO messages (run, path, kind, body, number) VALUES (?1, ?2, ?3, ?4, ?5)");
        removeMessage = Prepare("DELETE FROM messages WHERE run = ?1 AND path = ?2 AND kind = ?3 AND ?4 IN (0, number)");
        putLock = Prepare("REPLACE INTO locks VALUES (?1, ?2)");
        removeLock = Prepare("DELETE FROM locks WHERE sequence = ?1");
        putCounter = Prepare("REPLACE INTO counters VALUES (?1, ?2)");
        putSnapshot = Prepare("INSERT INTO snapshots VALUES (?1, ?2, ?3) ON CONFLICT (run) DO UPDATE SET version = ?2, state = ?3 WHERE version < ?2");
        putRunbook = Prepare("INSERT INTO runbooks SELECT ?1, ?2, ?3, 1 + coalesce(max(published), 0) FROM runbooks WHERE true ON CONFLICT (digest) DO UPDATE SET published = excluded.published");
        putAuditEvent = Prepare("INSERT INTO audit_events SELECT 1 + coalesce(max(position), 0), ?1, ?2, ?3, ?4, ?5, ?6 FROM audit_events HAVING ?2 = 1 + (SELECT coalesce(max(version), 0) FROM audit_events WHERE subject = ?1)");
        putDocument = Prepare(
            "INSERT INTO documents SELECT ?1, ?2, ?3, ?4 WHERE ?2 = 1 OR EXISTS (SELECT 1 FROM documents WHERE key = ?1) ON CONFLICT (key) DO UPDATE SET version = excluded.version, holder = excluded.holder, body = excluded.body WHERE documents.version = excluded.version - 1");
        this.connection = connection;
        all = statements.ToImmutable();

        SqliteStatement Prepare(string sql)
        {
            statements.Add(new SqliteStatement(connection, sql));
            return statements[^1];
        }
    }

    /// <summary>False: the journal has another version than the transition expects, and nothing was written.</summary>
    public bool TryAppend(Transition transition, long position, ReadOnlySpan<byte> events)
    {
        if (!transition.Events.IsEmpty)
        {
            insertTransition.Bind(1, position).Bind(2, transition.Run).Bind(3, transition.Expected + 1).Bind(4, transition.At)
                .Bind(5, transition.HasFacts()).Bind(6, events);
            if (insertTransition.Execute() == 0) return false;
            foreach (var (number, by, kind) in RunAudit.Of(transition.Events))
                insertAudit.Bind(1, position).Bind(2, number).Bind(3, transition.Run).Bind(4, transition.At).Bind(5, kind).Bind(6, by).Execute();
        }

        if (transition.Summary is { } summary) Write(summary, transition.Expected == 0 ? position : null);
        foreach (var task in transition.TasksRemoved)
            removeTask.Bind(1, transition.Run).Bind(2, task.Path).Bind(3, task.Undo).Execute();
        foreach (var task in transition.TasksAdded) Write(task);
        foreach (var timer in transition.TimersCleared)
            clearTimer.Bind(1, transition.Run).Bind(2, timer.Path).Bind(3, Name(timer.Purpose)).Execute();
        foreach (var timer in transition.TimersSet)
            setTimer.Bind(1, transition.Run).Bind(2, timer.Timer.Path).Bind(3, Name(timer.Timer.Purpose)).Bind(4, timer.Due).Execute();
        foreach (var done in transition.MessagesDone)
            removeMessage.Bind(1, done.From).Bind(2, done.Path).Bind(3, Name(done.Kind)).Bind(4, done.Number).Execute();
        foreach (var message in transition.MessagesAdded) Write(message);
        if (!transition.Ends) return true;

        removeTasks.Bind(1, transition.Run).Execute();
        clearTimers.Bind(1, transition.Run).Execute();
        return true;
    }

    /// <summary>Writes what a transition has changed in the lock table.</summary>
    public void Write(LockTable locks)
    {
        if (locks.Dirty.Count == 0) return;

        foreach (var sequence in locks.Dirty)
        {
            if (locks.Find(sequence) is { } row) putLock.Bind(1, sequence).Bind(2, SqlRows.WriteLock(row)).Execute();
            else removeLock.Bind(1, sequence).Execute();
        }

        putCounter.Bind(1, LockToken).Bind(2, locks.LastToken).Execute();
        locks.Clean();
    }

    /// <summary>Counts the commits, to know at the next start whether one is missing.</summary>
    public void WriteCommits(long number) => putCounter.Bind(1, CommitLoss.Counter).Bind(2, number).Execute();

    public bool Lease(in LeaseChange change) =>
        leaseTask.Bind(1, change.Run).Bind(2, change.Task.Path).Bind(3, change.Task.Undo).Bind(4, change.Expected)
            .Bind(5, change.Owner).Bind(6, change.Token).Bind(7, change.Until).Execute() > 0;

    public void WriteSnapshot(RunId run, long version, ReadOnlySpan<byte> state) =>
        putSnapshot.Bind(1, run).Bind(2, version).Bind(3, state).Execute();

    public void Write(StoredRunbook runbook) =>
        putRunbook.Bind(1, runbook.Digest).Bind(2, runbook.Name).Bind(3, runbook.Source).Execute();

    /// <summary>The audit event's position; 0: its subject has another version than the one before it, and nothing was written.</summary>
    public long TryWrite(AuditEvent auditEvent) =>
        putAuditEvent.Bind(1, auditEvent.Subject).Bind(2, auditEvent.Version).Bind(3, auditEvent.Kind).Bind(4, auditEvent.By).Bind(5, auditEvent.At)
            .Bind(6, auditEvent.Body.GetRawText()).Execute() > 0 ? SQLitePCL.raw.sqlite3_last_insert_rowid(connection.Handle!) : 0;

    /// <summary>False: the document has another version than the one before, and nothing was written.</summary>
    public bool TryWrite(StoredDocument document)
    {
        putDocument.Bind(1, document.Key).Bind(2, document.Version).Bind(3, document.Holder).Bind(4, document.Body);
        return putDocument.Execute() > 0;
    }

    public void Dispose()
    {
        foreach (var statement in all) statement.Dispose();
    }

    private void Write(RunSummary run, long? sequence)
    {
        if (sequence is not { } first)
        {
            updateRun.Bind(1, run.Run).Bind(2, Name(run.Status)).Bind(3, run.EndedAt).Bind(4, SqlRows.WriteError(run)).Execute();
            return;
        }

        insertRun.Bind(1, first).Bind(2, run.Run).Bind(3, run.Root).Bind(4, run.Runbook).Bind(5, run.Digest).Bind(6, Name(run.Status))
            .Bind(7, Name(run.Lane)).Bind(8, run.StartedAt).Bind(9, run.EndedAt).Bind(10, run.StartedBy)
            .Bind(13, SqlRows.WriteError(run)).Bind(14, SqlRows.WriteLabels(run));
        if (run.Parent is { } parent) insertRun.Bind(11, parent.Run).Bind(12, parent.Path);
        else insertRun.BindNull(11).BindNull(12);
        insertRun.Execute();
    }

    private void Write(PendingTask pending)
    {
        var task = pending.Task;
        putTask.Bind(1, pending.Run).Bind(2, task.Path).Bind(3, task.Undo).Bind(4, task.Attempt).Bind(5, task.Activity)
            .Bind(6, task.Arguments.GetRawText()).Bind(7, task.IdempotencyKey).Bind(8, (long)task.Lane)
            .Bind(9, pending.Owner).Bind(10, pending.Token).Bind(11, pending.LeaseUntil).Execute();
    }

    private void Write(Message message) =>
        putMessage.Bind(1, message.Id.From).Bind(2, message.Id.Path).Bind(3, Name(message.Id.Kind))
            .Bind(4, SqlRows.WriteBody(message)).Bind(5, message.Id.Number).Execute();

    private static string Name<T>(T value) where T : struct, Enum => EnumNames<T>.Of(value);
}
