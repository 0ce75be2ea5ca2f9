using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Server.Deeds;

/// <summary>What people's deeds of some kinds come to, brought up to date when somebody looks.</summary>
internal abstract class DeedFold(Engine engine) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private long _position;

    protected Engine Engine { get; } = engine;

    /// <summary>Applies what was done since the last time.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await foreach (var deed in Engine.DeedsAsync(_position, cancellationToken))
            {
                await ApplyAsync(deed, cancellationToken);
                _position = deed.Position;
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>One at a time, in order; a deed of another kind changes nothing. What it sets is read by others meanwhile.</summary>
    protected abstract ValueTask ApplyAsync(Deed deed, CancellationToken cancellationToken);
}
