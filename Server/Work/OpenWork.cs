using Orchestrator.Server.Projections;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Work;

/// <summary>
/// What waits in all runs under way. The first who asks has the open runs read once; from then on it follows the journal, so
/// that asking costs what waits and not what runs.
/// </summary>
internal sealed class OpenWork(Engine engine, ProjectionSet projections, IHostApplicationLifetime lifetime)
{
    private const int PageLength = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<RunId, OpenRun> _runs = [];
    private TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _following;
    private long _position = -1;

    /// <summary>Calls <paramref name="read"/> with the runs under way as the journal has them now, while nothing changes them.</summary>
    public async Task<T> ReadAsync<T>(Func<IReadOnlyCollection<OpenRun>, T> read, CancellationToken cancellationToken)
    {
        var wanted = engine.Position;
        while (true)
        {
            Task moved, following;
            lock (_gate)
            {
                following = _following ??= Task.Run(() => projections.Work.WatchAsync(FollowAsync(lifetime.ApplicationStopping), lifetime.ApplicationStopping), CancellationToken.None);
                if (_position >= wanted)
                {
                    return read(_runs.Values);
                }

                moved = _moved.Task;
            }

            if (await Task.WhenAny(moved, following).WaitAsync(cancellationToken) == following)
            {
                lock (_gate)
                {
                    // What could not be read once may be readable for the next who asks.
                    (_following, _position) = _following == following ? (null, -1) : (_following, _position);
                }

                await following;
            }
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        // Read before the runs: what is committed in between comes again as an entry, and changes nothing the second time.
        var from = engine.Position;
        var runs = new Dictionary<RunId, OpenRun>();
        string? cursor = null;
        do
        {
            var page = await engine.ListAsync(new RunQuery { Open = true, Cursor = cursor, Limit = PageLength }, cancellationToken);
            foreach (var run in page.Runs)
            {
                if (await LoadAsync(run.Run, cancellationToken) is { } open)
                {
                    runs[run.Run] = open;
                }
            }

            cursor = page.Next;
        }
        while (cursor is not null);

        lock (_gate)
        {
            _runs.Clear();
            foreach (var (run, open) in runs)
            {
                _runs.Add(run, open);
            }
        }

        Reach(from);
        await foreach (var entry in engine.WatchAsync(from, cancellationToken: cancellationToken))
        {
            await ApplyAsync(entry, cancellationToken);
            Reach(entry.Position);
        }
    }

    private async Task ApplyAsync(JournalEntry entry, CancellationToken cancellationToken)
    {
        // A run that had ended is undone or tried again: what it holds of older entries counts too.
        var known = _runs.ContainsKey(entry.Run) || entry.Events is [RunStarted, ..];
        var again = known ? null : await LoadAsync(entry.Run, cancellationToken);
        lock (_gate)
        {
            if (!known)
            {
                if (again is not null)
                {
                    _runs[entry.Run] = again;
                }
            }
            else
            {
                if (!_runs.TryGetValue(entry.Run, out var run))
                {
                    _runs[entry.Run] = run = new OpenRun(entry.Run);
                }

                if (run.Apply(entry))
                {
                    _runs.Remove(entry.Run);
                }
            }
        }
    }

    /// <summary>Null: it has ended.</summary>
    private async Task<OpenRun?> LoadAsync(RunId run, CancellationToken cancellationToken)
    {
        var open = new OpenRun(run);
        var ended = false;
        await foreach (var entry in engine.ReadAsync(run, cancellationToken: cancellationToken))
        {
            ended = open.Apply(entry) || (ended && !entry.Events.Any(happened => happened is RunReopened or UndoStarted));
        }

        return ended || open.Version == 0 ? null : open;
    }

    private void Reach(long position)
    {
        TaskCompletionSource moved;
        lock (_gate)
        {
            _position = Math.Max(_position, position);
            (moved, _moved) = (_moved, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        projections.Work.Reach(position);
        moved.SetResult();
    }
}
