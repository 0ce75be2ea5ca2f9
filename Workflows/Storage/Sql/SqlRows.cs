using System.Collections.Immutable;
using System.Data.Common;
using System.Diagnostics;
using System.Text.Json;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Storage.Locks;

namespace Orchestrator.Workflows.Storage.Sql;

/// <summary>The columns of each kind of row, and what a row says.</summary>
internal sealed class SqlRows(ISqlDatabase database)
{
    public const string Entry = "position, run, version, at, events";

    public const string Run =
        "runs.sequence, runs.run, runs.root, runs.runbook, runs.digest, runs.status, runs.lane, runs.started_at, runs.ended_at, runs.started_by, "
        + "runs.parent_run, runs.parent_path, runs.error, runs.labels";

    public const int RunColumns = 14;

    public const string Task = "run, path, undo, attempt, activity, arguments, key, lane, owner, token, lease_until";

    public const string Runbook = "name, digest, source";

    public JournalEntry ReadEntry(DbDataReader row) => new(
        row.GetInt64(0), database.ReadRun(row, 1), row.GetInt64(2), ReadTime(row, 3),
        ReadEvents(row));

    private static ImmutableArray<RunEvent> ReadEvents(DbDataReader row)
    {
        try
        {
            return JsonSerializer.Deserialize<ImmutableArray<RunEvent>>(row.GetString(4), WorkflowJson.Options);
        }
        catch (JsonException unknown)
        {
            throw new JournalUnavailableException(
                $"entry {row.GetInt64(0)} of the journal holds an event that this orchestrator does not know ({unknown.Message}); run the newer one that wrote it", unknown);
        }
    }

    public (long Sequence, RunSummary Summary) ReadSummary(DbDataReader row) => (row.GetInt64(0), new RunSummary(
        database.ReadRun(row, 1),
        row.GetString(3),
        row.GetString(4),
        EnumNames<RunStatus>.Parse(row.GetString(5)),
        EnumNames<Lane>.Parse(row.GetString(6)),
        ReadTime(row, 7),
        row.IsDBNull(8) ? null : ReadTime(row, 8),
        row.GetString(9),
        row.IsDBNull(10) ? null : new ParentStep(database.ReadRun(row, 10), new StepPath(row.GetString(11))),
        database.ReadRun(row, 2),
        row.IsDBNull(12) ? null : JsonSerializer.Deserialize<StepError>(row.GetString(12), WorkflowJson.Options))
    {
        Labels = row.IsDBNull(13)
            ? ImmutableDictionary<string, string>.Empty
            : JsonSerializer.Deserialize<ImmutableDictionary<string, string>>(row.GetString(13), WorkflowJson.Options)!,
    });

    public PendingTask ReadTask(DbDataReader row) => new(
        database.ReadRun(row, 0),
        new ExecuteTask(
            new StepPath(row.GetString(1)), row.GetInt32(3), row.GetInt32(2) != 0, row.GetString(4),
            JsonSerializer.Deserialize<JsonElement>(row.GetString(5)), row.GetString(6), (Lane)row.GetInt32(7)),
        row.GetString(8), row.GetInt64(9), ReadTime(row, 10));

    public PendingTimer ReadTimer(DbDataReader row) =>
        new(database.ReadRun(row, 0), new TimerId(new StepPath(row.GetString(1)), EnumNames<TimerPurpose>.Parse(row.GetString(2))), ReadTime(row, 3));

    public Message ReadMessage(DbDataReader row)
    {
        var kind = EnumNames<MessageKind>.Parse(row.GetString(2));
        var type = kind switch
        {
            MessageKind.StartChild => typeof(StartChild),
            MessageKind.CancelChild => typeof(CancelChild),
            MessageKind.UndoChild => typeof(UndoChild),
            MessageKind.TellParent => typeof(TellParent),
            _ => throw new UnreachableException(),
        };
        return new Message(
            new MessageId(database.ReadRun(row, 0), new StepPath(row.GetString(1)), kind, row.GetInt64(3)),
            (Command)JsonSerializer.Deserialize(row.GetString(4), type, WorkflowJson.Options)!);
    }

    public static StoredRunbook ReadRunbook(DbDataReader row) => new(row.GetString(0), row.GetString(1), row.GetString(2));

    public static LockRow ReadLock(string body) => JsonSerializer.Deserialize<LockRow>(body, WorkflowJson.Options)!;

    public static byte[] WriteLock(LockRow row) => JsonSerializer.SerializeToUtf8Bytes(row, WorkflowJson.Options);

    public static byte[] WriteBody(Message message) => JsonSerializer.SerializeToUtf8Bytes(message.Command, message.Command.GetType(), WorkflowJson.Options);

    /// <summary>Null for null, and for a run without labels.</summary>
    public static string? WriteLabels(RunSummary run) => run.Labels.IsEmpty ? null : JsonSerializer.Serialize(run.Labels, WorkflowJson.Options);

    public static string? WriteError(RunSummary run) => run.Error is null ? null : JsonSerializer.Serialize(run.Error, WorkflowJson.Options);

    public static DateTimeOffset ReadTime(DbDataReader row, int column) => new(row.GetInt64(column), TimeSpan.Zero);
}
