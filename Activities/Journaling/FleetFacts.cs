using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Views;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Journaling;

/// <summary>
/// The fleet as the whole journal has it, over all runs: what one run built another may release. Reads only what is new
/// since it was last asked.
/// </summary>
/// <param name="facts">Every fact after a position, of all runs, in journal order.</param>
internal sealed class FleetFacts(Func<long, CancellationToken, IAsyncEnumerable<JournaledFact>> facts) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private long _position;
    private FleetView _view = FleetView.Empty;
    private TrafficHistory _traffic = TrafficHistory.Empty;

    /// <summary>The fleet's view and the traffic seen, with every fact that was durable when this was called.</summary>
    public async Task<(FleetView View, TrafficHistory Traffic)> ReadAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            // Kept only when all of it was read: a transition's facts share one position.
            var (position, view, traffic) = (_position, _view, _traffic);
            await foreach (var recorded in facts(_position, cancellationToken))
            {
                var fact = FactRecording.Read(recorded.Fact);
                position = recorded.Position;
                view = view.Apply(fact);
                traffic = fact switch
                {
                    TrafficObserved observed => traffic.Add(observed.At, observed.Demand),
                    TrafficShifted { Demand: { } demand } shifted => traffic.Add(shifted.At, demand),
                    _ => traffic,
                };
            }

            (_position, _view, _traffic) = (position, view, traffic);
            return (view, traffic);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Every fact of every run, from the first.</summary>
    public IAsyncEnumerable<JournaledFact> FactsAsync(CancellationToken cancellationToken) => facts(0, cancellationToken);

    public void Dispose() => _gate.Dispose();
}
