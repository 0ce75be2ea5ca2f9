using Orchestrator.Fleet.Capacity;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Views;
using Orchestrator.Server.Environments;
using Orchestrator.Server.Projections;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.FleetViews;

/// <summary>The fleet as all facts of the journal show it, brought up to date when somebody looks.</summary>
internal sealed class FleetViewer(Engine engine, ProfileSet profiles, PromotionEnvironment environment, Clocks clocks, ProjectionSet projections) : IDisposable
{
    /// <summary>A report is drawn anew after this, though no fact was added: what is held goes on to cost. On the system clock.</summary>
    private static readonly TimeSpan ReportAge = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly FleetProjection _projection = new(profiles, environment.Fleet.Fleet);
    private long _position;
    private (long Position, long Timestamp, FleetReport Report)? _report;

    /// <summary>Calls <paramref name="read"/> with all that the facts come to, and the position that it stands at, while nothing changes it.</summary>
    public async Task<T> ReadAsync<T>(Func<FleetProjection, long, T> read, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            // Entries without a fact are not given, so the end is read before.
            var end = engine.Position;
            await foreach (var fact in engine.FactsAsync(_position, cancellationToken: cancellationToken))
            {
                _projection.Apply(fact);
                _position = fact.Position;
            }

            projections.Fleet.Reach(Math.Max(end, _position));
            return read(_projection, _position);
        }
        catch (Exception reason) when (!cancellationToken.IsCancellationRequested)
        {
            projections.Fleet.Fail(reason);
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The view, the invariants' record, and the position that both stand at.</summary>
    public Task<(FleetView View, InvariantReport Invariants, long Position)> ReadAsync(CancellationToken cancellationToken) =>
        ReadAsync((projection, position) => (projection.View, projection.Invariants, position), cancellationToken);

    /// <summary>The figures of all runs until now.</summary>
    public Task<FleetReport> ReportAsync(CancellationToken cancellationToken) => ReadAsync((projection, _) => Report(projection), cancellationToken);

    /// <summary>Who held what from when to when, with the figures that follow; of one run's tree, or of all runs.</summary>
    public async Task<LedgerResponse> LedgerAsync(RunId? run, CancellationToken cancellationToken)
    {
        if (run is null)
        {
            return await ReadAsync((projection, _) => LedgerResponse.Of(projection.Ledger, Report(projection)), cancellationToken);
        }

        var projection = await OfTreeAsync(run.Value, cancellationToken);
        return LedgerResponse.Of(projection.Ledger, new ReportWriter(profiles, environment.Fleet.Fleet).Write(projection.Ledger, Until(projection)));
    }

    /// <summary>What the facts of one run's tree come to.</summary>
    public async Task<FleetProjection> OfTreeAsync(RunId run, CancellationToken cancellationToken)
    {
        var projection = new FleetProjection(profiles, environment.Fleet.Fleet);
        await foreach (var recorded in engine.FactsAsync(tree: run, cancellationToken: cancellationToken))
        {
            projection.Apply(recorded);
        }

        return projection;
    }

    /// <summary>Until when what is still held counts: a journal that is only read stands still, so there it is the last fact.</summary>
    public DateTimeOffset Until(FleetProjection projection) => engine.ReadOnly ? projection.View.At ?? DateTimeOffset.MinValue : environment.Time.GetUtcNow();

    public void Dispose() => _turn.Dispose();

    private FleetReport Report(FleetProjection projection)
    {
        var now = clocks.SystemClock.GetTimestamp();
        if (_report is not { } last || last.Position != _position || clocks.SystemClock.GetElapsedTime(last.Timestamp, now) > ReportAge)
        {
            _report = last = (_position, now, new ReportWriter(profiles, environment.Fleet.Fleet).Write(projection.Ledger, Until(projection)));
        }

        return last.Report;
    }
}
