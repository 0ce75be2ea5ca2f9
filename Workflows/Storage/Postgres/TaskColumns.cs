using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Workflows.Storage.Postgres;

/// <summary>What the rows of tasks say beside how they are found, as columns of a statement.</summary>
/// <param name="withId">Path and undo are among them, since they become others.</param>
internal sealed class TaskColumns(PostgresStatement statement, bool withId)
{
    private readonly List<string>? path = withId ? statement.Column<string>("text") : null;
    private readonly List<short>? undo = withId ? statement.Column<short>("smallint") : null;
    private readonly List<int> attempt = statement.Column<int>("integer");
    private readonly List<string> activity = statement.Column<string>("text");
    private readonly List<string> arguments = statement.Column<string>("text");
    private readonly List<string> key = statement.Column<string>("text");
    private readonly List<short> lane = statement.Column<short>("smallint");
    private readonly List<string> owner = statement.Column<string>("text");
    private readonly List<long> token = statement.Column<long>("bigint");
    private readonly List<long> leaseUntil = statement.Column<long>("bigint");

    public void Add(PendingTask pending)
    {
        var task = pending.Task;
        path?.Add(task.Path.Value);
        undo?.Add(task.Undo ? (short)1 : (short)0);
        attempt.Add(task.Attempt);
        activity.Add(task.Activity);
        arguments.Add(task.Arguments.GetRawText());
        key.Add(task.IdempotencyKey);
        lane.Add((short)task.Lane);
        owner.Add(pending.Owner);
        token.Add(pending.Token);
        leaseUntil.Add(pending.LeaseUntil.UtcTicks);
    }
}
