using System.Collections.Concurrent;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Runs;

/// <summary>Views of runs that people look at, kept and brought up to date from the journal, so that a look at a run of 10,000 steps reads what is new only.</summary>
internal sealed class RunViews(Engine engine)
{
    private const int Kept = 64;
    private readonly ConcurrentDictionary<RunId, Shelved> _views = new();
    private long _uses;

    /// <summary>Calls <paramref name="read"/> with the view as the journal has it now, while nobody else changes it; default for an unknown run.</summary>
    public async Task<T?> ReadAsync<T>(RunId run, Func<RunView, T> read, CancellationToken cancellationToken)
    {
        var kept = _views.GetOrAdd(run, static run => new Shelved(new RunView(run)));
        kept.LastUse = Interlocked.Increment(ref _uses);
        await kept.Turn.WaitAsync(cancellationToken);
        try
        {
            await foreach (var entry in engine.ReadAsync(run, kept.View.Version, cancellationToken))
            {
                kept.View.Apply(entry);
            }

            if (kept.View.Version == 0)
            {
                _views.TryRemove(run, out _);
                return default;
            }

            return read(kept.View);
        }
        finally
        {
            kept.Turn.Release();
            Forget();
        }
    }

    private void Forget()
    {
        if (_views.Count > Kept && _views.MinBy(pair => pair.Value.LastUse) is { Key: var oldest })
        {
            _views.TryRemove(oldest, out _);
        }
    }

    private sealed class Shelved(RunView view)
    {
        public RunView View { get; } = view;

        public SemaphoreSlim Turn { get; } = new(1, 1);

        public long LastUse { get; set; }
    }
}
