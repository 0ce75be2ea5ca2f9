using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Storage.Postgres;

/// <summary>The columns of a statement by which the rows of tasks are found.</summary>
internal sealed class TaskKeys(PostgresStatement statement)
{
    private readonly List<Guid> run = statement.Column<Guid>("uuid");
    private readonly List<int> place = statement.Column<int>("integer");
    private readonly List<string> path = statement.Column<string>("text");
    private readonly List<short> undo = statement.Column<short>("smallint");

    /// <summary>The number of the block that a step is in. It stands in rows and never changes; that two blocks have the same does no harm.</summary>
    public static int Position(StepPath path) => unchecked((int)StableHash.Of(path.Parent.Value));

    public void Add(RunId of, TaskId task)
    {
        statement.IsWanted = true;
        run.Add(of.Value);
        place.Add(Position(task.Path));
        path.Add(task.Path.Value);
        undo.Add(task.Undo ? (short)1 : (short)0);
    }
}
