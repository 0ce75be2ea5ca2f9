using Orchestrator.Workflows.Interpretation;

namespace Orchestrator.Workflows.Journals.Postgres;

/// <summary>A statement whose first parameters are the columns by which the rows of tasks are found.</summary>
internal sealed class TaskKeys
{
    private readonly List<Guid> run;
    private readonly List<int> place;
    private readonly List<string> path;
    private readonly List<short> undo;

    public TaskKeys(string sql)
    {
        Statement = new PostgresStatement(sql);
        run = Statement.Column<Guid>("uuid");
        place = Statement.Column<int>("integer");
        path = Statement.Column<string>("text");
        undo = Statement.Column<short>("smallint");
    }

    public PostgresStatement Statement { get; }

    /// <summary>The number of the block that a step is in. It stands in rows and never changes; that two blocks have the same does no harm.</summary>
    public static int Place(StepPath path) => unchecked((int)StableHash.Of(path.Parent.Value));

    public void Add(RunId of, TaskId task)
    {
        Statement.IsWanted = true;
        run.Add(of.Value);
        place.Add(Place(task.Path));
        path.Add(task.Path.Value);
        undo.Add(task.Undo ? (short)1 : (short)0);
    }
}
