using Orchestrator.Server.Api;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Runs;

/// <summary>A run as a graph, a loop as a heat map, a step in full.</summary>
internal static class GraphApi
{
    public static void MapGraph(this IEndpointRouteBuilder app)
    {
        var runs = app.MapGroup("/api/runs/{id:guid}").WithTags("runs");
        runs.MapGet("/graph", ShowAsync).WithSummary("The pinned runbook as a graph with live states; iterations together, with counts by state. Has an ETag.").Produces<GraphResponse>().Produces(StatusCodes.Status304NotModified);
        runs.MapGet("/heat", HeatAsync).WithSummary("Every iteration of the loop at path with its state, as compact arrays. Has an ETag.").Produces<HeatResponse>().Produces(StatusCodes.Status304NotModified);
        runs.MapGet("/steps/{**path}", StepAsync).WithSummary("One step: evaluated inputs, result, attempts, undo, facts, log, progress, expected against taken time.");
    }

    private static async Task<IResult> ShowAsync(Guid id, HttpContext http, Engine engine, RunViews views, Estimates estimates, CancellationToken cancellationToken)
    {
        var (run, runbook) = await FindAsync(id, engine, cancellationToken);
        var expected = await estimates.OfAsync(runbook.Name, run, cancellationToken);
        var locks = (await engine.LocksAsync(cancellationToken)).Where(held => held.Run == run).Select(LockResponse.Of).ToList();
        return await views.ReadAsync(
            run, view => ETags.Answer(http, $"{view.Version}-{string.Join('.', locks.Select(held => held.Token))}-{expected.Runs.FirstOrDefault()}", () => Of(run, runbook, view, expected, locks)),
            cancellationToken) ?? throw Unknown(id);
    }

    private static GraphResponse Of(RunId run, Runbook runbook, RunView view, Expectation expected, List<LockResponse> locks)
    {
        var nodes = new List<GraphNodeResponse>();
        Add(GraphNode.Of(runbook, view));
        return new GraphResponse(
            run.ToString(), view.Version, view.Position, runbook.Name, runbook.Digest, view.StartedAt, view.EndedAt,
            expected.Seconds is { } seconds ? view.StartedAt.AddSeconds(seconds) : null, [.. expected.Runs.Select(earlier => earlier.ToString())], locks, nodes);

        void Add(GraphNode parent)
        {
            foreach (var node in parent.Children)
            {
                nodes.Add(GraphNodeResponse.Of(node, parent, view.StartedAt, expected.Find(node)));
                Add(node);
            }
        }
    }

    private static async Task<IResult> HeatAsync(Guid id, string path, HttpContext http, RunViews views, CancellationToken cancellationToken)
    {
        var run = new RunId(id);
        return await views.ReadAsync(run, view => ETags.Answer(http, $"{view.Version}", () => Heat(run, new StepPath(path), view)), cancellationToken) ?? throw Unknown(id);
    }

    private static HeatResponse Heat(RunId run, StepPath path, RunView view)
    {
        var loop = view.Find(path) is { Items: not null } found ? found : throw ProblemException.NotFound($"loop {path} that has begun in run {run}");
        var items = StepHistory.Items(loop).ToList();
        var words = new List<string>();
        var status = new List<int>(items.Count);
        foreach (var item in items)
        {
            var word = Words.Of(view.Find(path.Child(item.Key)) is { } iteration ? Urgent(iteration) : StepStatus.Pending);
            var index = words.IndexOf(word);
            if (index < 0)
            {
                (index, words) = (words.Count, [.. words, word]);
            }

            status.Add(index);
        }

        return new HeatResponse(run.ToString(), path.Value, view.Version, items.Count, words, [.. items.Select(item => item.Key)], status);
    }

    /// <summary>An iteration that runs shows what is most urgent within it.</summary>
    private static StepStatus Urgent(StepView step) =>
        step.Ended ? step.Status : step.Children.Where(child => !child.Ended).Select(Urgent).Prepend(step.Status).MaxBy(status => status switch
        {
            StepStatus.Incident => 6, StepStatus.WaitingForApproval => 5, StepStatus.Retrying => 4, StepStatus.WaitingForLock => 3,
            StepStatus.WaitingForSignal => 2, StepStatus.Waiting => 1, _ => 0,
        });

    private static async Task<StepDetail> StepAsync(
        Guid id, string path, Engine engine, RunViews views, Estimates estimates, LastProgress progress, CancellationToken cancellationToken)
    {
        var (run, runbook) = await FindAsync(id, engine, cancellationToken);
        var at = new StepPath(path);
        var node = GraphNode.Of(runbook).Find(at);
        var expected = node is null ? null : (await estimates.OfAsync(runbook.Name, run, cancellationToken)).Find(node);
        var held = (await engine.LocksAsync(cancellationToken)).LastOrDefault(held => held.Run == run && held.Path == at);
        return await views.ReadAsync(run, view => Detail(view, at, node, expected, held is null ? null : LockResponse.Of(held), progress), cancellationToken) ?? throw Unknown(id);
    }

    private static StepDetail Detail(RunView view, StepPath path, GraphNode? node, Estimate? expected, LockResponse? held, LastProgress progress)
    {
        // A step that is not reached is answered from the runbook alone.
        var step = view.Find(path) ?? (node is { Path.IsRoot: false } ? new StepView(path) : throw ProblemException.NotFound($"step {path} in run {view.Run}"));
        var run = node?.Step as RunStep;
        var said = step.Ended ? null : progress.Find(view.Run, path);
        return new StepDetail(
            StepResponse.Of(step), view.Version, node?.Kind, node is null ? null : GraphNodeResponse.TitleOf(node) ?? step.Approval?.Question, node?.Step?.Position.Line, node?.Step?.Position.Column, StepHistory.Inputs(step), StepHistory.Attempts(step),
            run is null ? null : new StepUndo(run.Undo?.Activity, StepHistory.UndoArguments(step), run.Irreversible),
            step.Approval is { } asked ? new StepApproval(
                asked.Question, asked.Evidence, asked.Roles, asked.Quorum, asked.RequestedAt, asked.Deadline, [.. asked.Decisions.Select(DecisionResponse.Of)]) : null,
            held, said is null ? null : new StepProgress(said.Fraction, said.Message, said.At), EstimateResponse.Of(expected, view.StartedAt),
            step is { StartedAt: { } from, EndedAt: { } to } ? Math.Round((to - from).TotalSeconds, 3) : null, StepHistory.Facts(step), StepHistory.Log(step));
    }

    private static async Task<(RunId Run, Runbook Runbook)> FindAsync(Guid id, Engine engine, CancellationToken cancellationToken)
    {
        var run = await engine.FindAsync(new RunId(id), cancellationToken) ?? throw Unknown(id);
        return (run.Run, await engine.FindRunbookAsync(run.Digest, cancellationToken) ?? throw ProblemException.NotFound($"version {run.Digest} of runbook {run.Runbook}"));
    }

    private static ProblemException Unknown(Guid id) => ProblemException.NotFound($"run {id}");
}
