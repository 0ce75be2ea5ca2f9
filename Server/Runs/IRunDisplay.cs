using Orchestrator.Workflows.Execution.Progress;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Server.Runs;

/// <summary>Shows a run while it goes on.</summary>
internal interface IRunDisplay : IAsyncDisposable
{
    /// <summary>After <paramref name="entry"/> was applied to the family.</summary>
    void Show(RunFamily family, JournalEntry entry);

    void Show(RunFamily family, TaskProgress progress);
}

/// <summary>Shows nothing.</summary>
internal sealed class NoDisplay : IRunDisplay
{
    public void Show(RunFamily family, JournalEntry entry)
    {
    }

    public void Show(RunFamily family, TaskProgress progress)
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
