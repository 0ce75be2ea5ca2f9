using Orchestrator.Workflows.Execution.Progress;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Runs;

/// <summary>A run and the runs that its steps started, kept up to date from the journal.</summary>
internal sealed class RunFamily(RunId root)
{
    private readonly Dictionary<RunId, RunView> _views = new() { [root] = new RunView(root) };

    /// <summary>How each child is reached from the root, as a path.</summary>
    private readonly Dictionary<RunId, StepPath> _prefixes = new() { [root] = StepPath.Root };

    /// <summary>Held by whoever changes the family or reads it as a whole.</summary>
    public Lock Gate { get; } = new();

    public RunView Root => _views[root];

    public IEnumerable<RunView> All => _views.Values;

    public RunView? Find(RunId run) => _views.GetValueOrDefault(run);

    /// <summary>A step's path as seen from the root run.</summary>
    public StepPath FromRoot(RunId run, StepPath path) =>
        !_prefixes.TryGetValue(run, out var prefix) || prefix.IsRoot ? path : path.IsRoot ? prefix : new StepPath($"{prefix}/{path}");

    /// <summary>False for an entry of a run that does not belong here.</summary>
    public bool Apply(JournalEntry entry)
    {
        if (!_views.TryGetValue(entry.Run, out var view))
        {
            return false;
        }

        view.Apply(entry);
        foreach (var child in entry.Events.OfType<ChildRequested>())
        {
            if (_views.TryAdd(child.Child, new RunView(child.Child)))
            {
                _prefixes[child.Child] = FromRoot(entry.Run, child.Path);
            }
        }

        return true;
    }

    public void Apply(TaskProgress progress)
    {
        if (_views.TryGetValue(progress.Run, out var view) && view.Find(progress.Path) is { } step)
        {
            step.Progress = progress.Fraction is { } fraction ? $"{fraction:P0} {progress.Message}" : progress.Message;
        }
    }

    /// <summary>Open incidents with their paths as seen from the root.</summary>
    public IEnumerable<(RunId Run, StepPath Path, IncidentOpened Incident)> Incidents =>
        _views.Values.SelectMany(view => view.Incidents.Values.Select(incident => (view.Run, FromRoot(view.Run, incident.Path), incident)));

    /// <summary>True when something still moves by itself: a task runs, or waits for time, people or locks.</summary>
    public bool Moves => _views.Values.Any(view => view.Ended is null && view.InOrder.Any(step =>
        step.Status is StepStatus.Retrying or StepStatus.Waiting or StepStatus.WaitingForApproval or StepStatus.WaitingForLock or StepStatus.WaitingForSignal or StepStatus.Undoing
        || (step.Status == StepStatus.Running && step.Activity is not null)));
}
