using System.Collections.Immutable;
using System.Diagnostics;
using Orchestrator.Server.Api;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Runs;

/// <summary>
/// A step of a runbook with all that happened at it in one run: under a loop, of every iteration together. Iterations, rounds
/// and branches are nodes of their own; an iteration's or a round's path ends in <c>*</c>.
/// </summary>
internal sealed class GraphNode
{
    private static readonly ImmutableArray<StepStatus> MostUrgentFirst =
    [
        StepStatus.Incident, StepStatus.UndoFailed, StepStatus.Failed, StepStatus.WaitingForApproval, StepStatus.WaitingForLock, StepStatus.Retrying,
        StepStatus.Undoing, StepStatus.Running, StepStatus.WaitingForSignal, StepStatus.Waiting, StepStatus.Cancelled, StepStatus.Undone, StepStatus.Done,
        StepStatus.Skipped, StepStatus.Pending,
    ];

    private readonly Dictionary<string, GraphNode> _byName = new(StringComparer.Ordinal);
    private readonly int[] _counts = new int[Enum.GetValues<StepStatus>().Length];

    private GraphNode(Step? step, StepPath path, string kind, string? part) => (Step, Path, Kind, Part) = (step, path, kind, part);

    /// <summary>Null for the run itself, an iteration, a round or a branch.</summary>
    public Step? Step { get; }

    public StepPath Path { get; }

    public string Kind { get; }

    /// <summary>Which block of its parent it stands in where there are several: then, else, catch or finally; else null.</summary>
    public string? Part { get; }

    public List<GraphNode> Children { get; } = [];

    /// <summary>How often it was reached: at most once outside of loops.</summary>
    public int Instances { get; private set; }

    /// <summary>The one instance; null when there is none or there are several.</summary>
    public StepView? Only { get; private set; }

    public DateTimeOffset? StartedAt { get; private set; }

    /// <summary>When the last instance ended; null while one has not.</summary>
    public DateTimeOffset? EndedAt => _open > 0 ? null : _ended;

    public int Attempts { get; private set; }

    /// <summary>Items of a loop, over all instances; null while it has not begun.</summary>
    public int? Items { get; private set; }

    private int _open;
    private DateTimeOffset? _ended;

    public StepStatus Status => MostUrgentFirst.FirstOrDefault(status => _counts[(int)status] > 0, StepStatus.Pending);

    public SortedDictionary<string, int> Counts => new(
        Enum.GetValues<StepStatus>().Where(status => _counts[(int)status] > 0).ToDictionary(Words.Of, status => _counts[(int)status]), StringComparer.Ordinal);

    /// <summary>The tree of a runbook, with nothing happened yet.</summary>
    public static GraphNode Of(Runbook runbook)
    {
        var root = new GraphNode(null, StepPath.Root, "run", null);
        root.Add(runbook.Steps, null);
        return root;
    }

    /// <summary>Lays what happened in a run over the tree.</summary>
    public static GraphNode Of(Runbook runbook, RunView view)
    {
        var root = Of(runbook);
        var found = new Dictionary<StepPath, GraphNode> { [StepPath.Root] = root };
        foreach (var step in view.InOrder)
        {
            // Outer before inner, so the parent is known; null: the version that runs is not quite this runbook.
            if (found.TryGetValue(step.Path.Parent, out var parent) && parent.Child(step.Path.Name) is { } node)
            {
                found[step.Path] = node;
                node.Add(step);
            }
        }

        return root;
    }

    /// <summary>The node of a step's address, one with iterations in it too; null when there is none.</summary>
    public GraphNode? Find(StepPath path) => path.IsRoot ? this : path.Value.Split('/').Aggregate((GraphNode?)this, (node, segment) => node?.Child(segment));

    public IEnumerable<GraphNode> Flatten() => Children.SelectMany(child => child.Flatten().Prepend(child));

    public static string KindOf(Step step) => step switch
    {
        RunStep => "run", SequenceStep => "steps", ParallelStep => "parallel", ForEachStep => "forEach", IfStep => "if", RepeatStep => "repeat",
        TryStep => "try", ApprovalStep => "approval", WaitStep => "wait", RunbookStep => "runbook",
        _ => throw new UnreachableException(),
    };

    private GraphNode? Child(string segment) =>
        Kind is "forEach" or "repeat" ? Children.FirstOrDefault() : _byName.GetValueOrDefault(segment);

    private void Add(ImmutableArray<Step> steps, string? part)
    {
        foreach (var step in steps)
        {
            var node = Add(new GraphNode(step, Path.Child(step.Id), KindOf(step), part));
            switch (step)
            {
                case SequenceStep sequence: node.Add(sequence.Steps, null); break;
                case ParallelStep parallel:
                    foreach (var branch in parallel.Branches)
                    {
                        node.Add(new GraphNode(null, node.Path.Child(branch.Id), "branch", null)).Add(branch.Steps, null);
                    }

                    break;
                case ForEachStep loop: node.Add(new GraphNode(null, node.Path.Child("*"), "iteration", null)).Add(loop.Steps, null); break;
                case RepeatStep repeat: node.Add(new GraphNode(null, node.Path.Child("*"), "round", null)).Add(repeat.Steps, null); break;
                case IfStep choice:
                    node.Add(choice.Then, "then");
                    node.Add(choice.Else, "else");
                    break;
                case TryStep attempt:
                    node.Add(attempt.Steps, null);
                    node.Add(attempt.Catch, "catch");
                    node.Add(attempt.Finally, "finally");
                    break;
            }
        }
    }

    private GraphNode Add(GraphNode node)
    {
        Children.Add(node);
        _byName.TryAdd(node.Path.Name, node);
        return node;
    }

    private void Add(StepView step)
    {
        Instances++;
        Only = Instances == 1 ? step : null;
        _counts[(int)step.Status]++;
        _open += step.Ended ? 0 : 1;
        StartedAt = StartedAt is { } earlier && earlier <= step.StartedAt ? earlier : step.StartedAt;
        _ended = _ended is { } later && later >= step.EndedAt ? later : step.EndedAt ?? _ended;
        Attempts += step.Attempts;
        Items = step.Items is { } items ? (Items ?? 0) + items : Items;
    }
}
