using Npgsql;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Storage.Sql;

namespace Orchestrator.Workflows.Storage.Postgres;

/// <summary>What the appends of a transaction change beside the locks.</summary>
internal sealed class AppendStatements
{
    private readonly StepStatement steps = new();
    private readonly RunStatement runs = new();
    private readonly AuditStatement audit = new();

    // Refused when a row was changed since it was found, by a worker that renewed its lease: it must not stay behind.
    private readonly PostgresStatement removeTasks = new("""
        WITH found AS MATERIALIZED (
          SELECT found.ctid AS row FROM unnest($1, $2, $3, $4) AS given (run, place, path, undo), LATERAL (
            SELECT tasks.ctid FROM tasks
            WHERE tasks.run = given.run AND tasks.place = given.place AND tasks.path = given.path AND tasks.undo = given.undo LIMIT 1) AS found),
        removed AS (DELETE FROM tasks WHERE ctid = ANY (ARRAY (SELECT row FROM found)) RETURNING 1)
        SELECT journal_refuse('OR004') WHERE (SELECT count(*) FROM removed) <> (SELECT count(*) FROM found)
        """);

    private readonly PostgresStatement clearTimers = new("""
        DELETE FROM timers WHERE ctid = ANY (ARRAY (
          SELECT found.ctid FROM unnest($1, $2, $3) AS given (run, path, purpose), LATERAL (
            SELECT timers.ctid FROM timers
            WHERE timers.run = given.run AND timers.path = given.path AND timers.purpose = given.purpose LIMIT 1) AS found))
        """);

    private readonly PostgresStatement setTimers = new("""
        INSERT INTO timers (run, path, purpose, due) SELECT * FROM unnest($1, $2, $3, $4)
        ON CONFLICT (run, path, purpose) DO UPDATE SET due = excluded.due
        """);

    private readonly PostgresStatement removeMessages = new("""
        WITH places AS MATERIALIZED (
          SELECT given.number, found.ctid AS row FROM unnest($1, $2, $3, $4) AS given (run, path, kind, number), LATERAL (
            SELECT messages.ctid FROM messages
            WHERE messages.run = given.run AND messages.path = given.path AND messages.kind = given.kind LIMIT 1) AS found)
        DELETE FROM messages USING places AS given WHERE messages.ctid = given.row AND given.number IN (0, messages.number)
        """);

    private readonly PostgresStatement putMessages = new("""
        INSERT INTO messages (run, path, kind, number, body) SELECT * FROM unnest($1, $2, $3, $4, $5)
        ON CONFLICT (run, path, kind) DO UPDATE SET number = excluded.number, body = excluded.body
        """);

    private readonly TaskKeys tasksRemoved;
    private readonly Keys timersCleared;
    private readonly Keys timersSet;
    private readonly List<long> due;
    private readonly Keys messagesRemoved;
    private readonly List<long> numberRemoved;
    private readonly Keys messagesPut;
    private readonly List<long> numberPut;
    private readonly List<byte[]> body;
    private readonly Dictionary<int, TaskId> free = [];
    private readonly HashSet<TaskId> gone = [];

    public AppendStatements()
    {
        tasksRemoved = new TaskKeys(removeTasks);
        timersCleared = new Keys(clearTimers);
        timersSet = new Keys(setTimers);
        due = setTimers.Column<long>("bigint");
        messagesRemoved = new Keys(removeMessages);
        numberRemoved = removeMessages.Column<long>("bigint");
        messagesPut = new Keys(putMessages);
        numberPut = putMessages.Column<long>("bigint");
        body = putMessages.Column<byte[]>("text");
    }

    /// <summary>True: the transaction takes its turn and gives positions in <see cref="StepStatement"/>.</summary>
    public bool HasEntries => steps.Count > 0;

    /// <param name="inPlace">Tasks may take the rows of those that go from their place; the transaction is refused when such a row is not there.</param>
    /// <param name="locksDone">See <see cref="RunStatement.End"/>.</param>
    public void Add(AppendWrite append, bool inPlace, bool locksDone)
    {
        var transition = append.Transition;
        if (append.Events.Length > 0)
        {
            steps.Add(append);
            audit.Add(transition, steps.Count);
        }

        if (transition.Summary is { } summary)
        {
            if (transition.Expected == 0) runs.Begin(summary, steps.Count);
            else runs.Change(summary);
        }

        AddMessages(transition);
        if (transition.Ends)
        {
            // Whatever tasks and timers it has.
            runs.End(transition.Run, locksDone);
            return;
        }

        AddTasks(transition, inPlace && append.Events.Length > 0);
        foreach (var timer in transition.TimersCleared) timersCleared.Add(transition.Run, timer.Path, EnumNames<TimerPurpose>.Of(timer.Purpose));
        foreach (var timer in transition.TimersSet)
        {
            timersSet.Add(transition.Run, timer.Timer.Path, EnumNames<TimerPurpose>.Of(timer.Timer.Purpose));
            due.Add(timer.Due.UtcTicks);
        }
    }

    /// <param name="writer">Whose turn it is.</param>
    /// <param name="last">The number of its last transaction.</param>
    public void AddTo(NpgsqlBatch batch, string writer, long last)
    {
        steps.AddTo(batch, writer, last);
        removeTasks.AddTo(batch);
        runs.AddTo(batch, steps.Count);
        audit.AddTo(batch, steps.Count);
        clearTimers.AddTo(batch);
        setTimers.AddTo(batch);
        removeMessages.AddTo(batch);
        putMessages.AddTo(batch);
    }

    public void Clear()
    {
        steps.Clear();
        removeTasks.Clear();
        runs.Clear();
        audit.Clear();
        clearTimers.Clear();
        setTimers.Clear();
        removeMessages.Clear();
        putMessages.Clear();
    }

    private void AddTasks(Transition transition, bool inPlace)
    {
        free.Clear();
        gone.Clear();
        foreach (var task in transition.TasksRemoved)
        {
            // A result that came twice removes its task twice.
            if (!gone.Add(task)) continue;
            if (!inPlace || !free.TryAdd(TaskKeys.Position(task.Path), task)) tasksRemoved.Add(transition.Run, task);
        }

        foreach (var task in transition.TasksAdded)
        {
            var place = TaskKeys.Position(task.Task.Path);
            // Not the row of another while its own is still there: the removal that follows would find both.
            if (free.TryGetValue(place, out var before) && (before == task.Id || !gone.Contains(task.Id)) && free.Remove(place)) steps.Move(transition.Run, before, task);
            else runs.Add(task);
        }

        foreach (var left in free.Values) tasksRemoved.Add(transition.Run, left);
    }

    private void AddMessages(Transition transition)
    {
        foreach (var done in transition.MessagesDone)
        {
            messagesRemoved.Add(done.From, done.Path, EnumNames<MessageKind>.Of(done.Kind));
            numberRemoved.Add(done.Number);
        }

        foreach (var message in transition.MessagesAdded)
        {
            messagesPut.Add(message.Id.From, message.Id.Path, EnumNames<MessageKind>.Of(message.Id.Kind));
            numberPut.Add(message.Id.Number);
            body.Add(SqlRows.WriteBody(message));
        }
    }

    /// <summary>The columns that timers and messages are found by.</summary>
    private sealed class Keys(PostgresStatement statement)
    {
        private readonly List<Guid> run = statement.Column<Guid>("uuid");
        private readonly List<string> path = statement.Column<string>("text");
        private readonly List<string> name = statement.Column<string>("text");

        public void Add(RunId of, StepPath at, string named)
        {
            statement.IsWanted = true;
            run.Add(of.Value);
            path.Add(at.Value);
            name.Add(named);
        }
    }
}
