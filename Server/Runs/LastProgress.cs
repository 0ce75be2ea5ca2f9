using System.Collections.Concurrent;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Execution.Progress;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Runs;

/// <summary>The last thing that each task said of itself, for those who begin to look after it was said. Lost with the process.</summary>
internal sealed class LastProgress(Engine engine) : BackgroundService
{
    private const int Most = 20_000;

    private readonly ConcurrentDictionary<(RunId, StepPath), TaskProgress> _last = new();

    public TaskProgress? Find(RunId run, StepPath path) => _last.GetValueOrDefault((run, path));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var progress in engine.ProgressAsync(cancellationToken: stoppingToken))
        {
            if (_last.Count >= Most)
            {
                _last.Clear();
            }

            _last[(progress.Run, progress.Path)] = progress;
        }
    }
}
