using Npgsql;
using Orchestrator.Workflows.Journals.Sql;

namespace Orchestrator.Workflows.Journals.Postgres;

/// <summary>What a transaction changes beside the tasks: entries, runs, timers, messages.</summary>
internal sealed class AppendStatements
{
    private readonly EntryStatement entries = new();
    private readonly RunStatements runs = new();
    private readonly TaskStatements tasks = new();

    private readonly PostgresStatement ended = new("""
        WITH tasks_gone AS (DELETE FROM tasks WHERE run = ANY ($1)), timers_gone AS (DELETE FROM timers WHERE run = ANY ($1))
        SELECT journal_refuse('OR003') FROM locks WHERE run = ANY ($2) LIMIT 1
        """);

    private readonly PostgresStatement clearTimers = new("""
        DELETE FROM timers USING unnest($1, $2, $3) AS given (run, path, purpose)
        WHERE timers.run = given.run AND timers.path = given.path AND timers.purpose = given.purpose
        """);

    private readonly PostgresStatement setTimers = new("""
        INSERT INTO timers (run, path, purpose, due) SELECT * FROM unnest($1, $2, $3, $4)
        ON CONFLICT (run, path, purpose) DO UPDATE SET due = excluded.due
        """);

    private readonly PostgresStatement removeMessages = new("""
        DELETE FROM messages USING unnest($1, $2, $3) AS given (run, path, kind)
        WHERE messages.run = given.run AND messages.path = given.path AND messages.kind = given.kind
        """);

    private readonly PostgresStatement putMessages = new("""
        INSERT INTO messages (run, path, kind, body) SELECT * FROM unnest($1, $2, $3, $4)
        ON CONFLICT (run, path, kind) DO UPDATE SET body = excluded.body
        """);

    private readonly List<Guid> endedRun;
    private readonly List<Guid> endedWithoutLocks;
    private readonly Keys timersCleared;
    private readonly Keys timersSet;
    private readonly List<long> due;
    private readonly Keys messagesRemoved;
    private readonly Keys messagesPut;
    private readonly List<byte[]> body;

    public AppendStatements()
    {
        endedRun = ended.Column<Guid>("uuid");
        endedWithoutLocks = ended.Column<Guid>("uuid");
        timersCleared = new Keys(clearTimers);
        timersSet = new Keys(setTimers);
        due = setTimers.Column<long>("bigint");
        messagesRemoved = new Keys(removeMessages);
        messagesPut = new Keys(putMessages);
        body = putMessages.Column<byte[]>("text");
    }

    /// <summary>True: the transaction gives positions, and its first result is the one before them.</summary>
    public bool HasEntries => entries.Count > 0;

    /// <param name="inPlace">See <see cref="TaskStatements.Add"/>.</param>
    /// <param name="locksDone">What the run's end does to its locks is in the transaction; otherwise it is refused when the run has any.</param>
    public void Add(AppendWrite append, bool inPlace, bool locksDone)
    {
        var transition = append.Transition;
        var run = transition.Run;
        if (append.Events.Length > 0) entries.Add(append);
        if (transition.Summary is { } summary) runs.Add(summary, transition.Expected == 0 ? entries.Count : null);
        tasks.Add(transition, inPlace);
        foreach (var done in transition.MessagesDone) messagesRemoved.Add(done.From, done.Path, EnumNames<MessageKind>.Of(done.Kind));
        // Of two under one name the later counts.
        foreach (var message in transition.MessagesAdded.Reverse().DistinctBy(message => message.Id))
        {
            messagesPut.Add(message.Id.From, message.Id.Path, EnumNames<MessageKind>.Of(message.Id.Kind));
            body.Add(SqlRows.WriteBody(message));
        }

        if (transition.Ends)
        {
            ended.IsWanted = true;
            endedRun.Add(run.Value);
            if (!locksDone) endedWithoutLocks.Add(run.Value);
            return;
        }

        foreach (var timer in transition.TimersCleared) timersCleared.Add(run, timer.Path, EnumNames<Interpretation.TimerPurpose>.Of(timer.Purpose));
        foreach (var timer in transition.TimersSet)
        {
            timersSet.Add(run, timer.Timer.Path, EnumNames<Interpretation.TimerPurpose>.Of(timer.Timer.Purpose));
            due.Add(timer.Due.UtcTicks);
        }
    }

    public void AddTo(NpgsqlBatch batch)
    {
        entries.AddTo(batch);
        runs.AddTo(batch, entries.Count);
        tasks.AddTo(batch);
        clearTimers.AddTo(batch);
        setTimers.AddTo(batch);
        removeMessages.AddTo(batch);
        putMessages.AddTo(batch);
        ended.AddTo(batch);
    }

    public void Clear()
    {
        entries.Clear();
        runs.Clear();
        tasks.Clear();
        clearTimers.Clear();
        setTimers.Clear();
        removeMessages.Clear();
        putMessages.Clear();
        ended.Clear();
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
