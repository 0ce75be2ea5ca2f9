using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>A run in the memory of the server that decides it: its mailbox, and what is known of it between two decisions.</summary>
/// <param name="execute">Called on a thread of the executor when there is something to decide; it alone touches the run until it has found the mailbox empty.</param>
internal sealed class RunActivation(RunId run, Action<RunActivation> execute) : IThreadPoolWorkItem
{
    private const int MostInTransition = 1000;

    private readonly Lock gate = new();
    private readonly Queue<RunRequest> waiting = new();
    private bool active;
    private bool retired;

    public RunId Run => run;

    /// <summary>Null: it is to be loaded. A draft of the journal: on a conflict or a failed append it is thrown away.</summary>
    public LoadedRun? Loaded { get; set; }

    /// <summary>What could not be decided on, lately; null: nothing.</summary>
    public TurnFaults? Faults { get; set; }

    /// <summary>Results that came while the run was held; null: none.</summary>
    public List<ResultMessage>? Withheld { get; set; }

    /// <summary>Timestamp of the system clock.</summary>
    public long LastUsed { get; private set; }

    /// <summary>As last written; null when the run is not loaded.</summary>
    public RunSummary? Summary => Loaded?.Summary;

    public bool IsIdle
    {
        get { lock (gate) return !active && waiting.Count == 0; }
    }

    /// <summary>Nothing is worth keeping in memory: the run has ended, or is not known.</summary>
    public bool IsSpent => (Loaded is null && Faults is null) || Loaded is { State.IsEnded: true };

    /// <summary>False: it has left the registry; post to its successor.</summary>
    /// <param name="wakes">True: it was idle, and is to be put to the executor.</param>
    public bool TryPost(RunRequest request, out bool wakes)
    {
        lock (gate)
        {
            wakes = !retired && !active;
            if (retired) return false;
            waiting.Enqueue(request);
            active = true;
            return true;
        }
    }

    /// <summary>Moves what waits into an empty list, as much as goes into one transition. False: nothing waits, and the run is idle from now on.</summary>
    public bool TryTake(List<RunRequest> requests, TimeProvider systemClock)
    {
        lock (gate)
        {
            while (requests.Count < MostInTransition && waiting.TryDequeue(out var request)) requests.Add(request);
            if (requests.Count > 0) return true;

            active = false;
            LastUsed = systemClock.GetTimestamp();
            return false;
        }
    }

    public bool TryRetire()
    {
        lock (gate) return retired = !active && waiting.Count == 0;
    }

    /// <summary>Tells what waits that the store is away.</summary>
    public void Doubt(Exception error)
    {
        lock (gate)
        {
            foreach (var request in waiting) request.Doubt(error);
        }
    }

    public void Execute() => execute(this);
}
