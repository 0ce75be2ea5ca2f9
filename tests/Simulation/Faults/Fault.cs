using System.Globalization;

namespace Orchestrator.Simulation.Faults;

internal enum FaultKind
{
    /// <summary>The process ends between two of its steps, and starts again after the duration.</summary>
    Crash,

    /// <summary>The process is told to stop, drains, and starts again after the duration.</summary>
    Restart,

    /// <summary>The process gets no processor time.</summary>
    Stall,

    /// <summary>The server does not reach the store.</summary>
    StoreCut,

    /// <summary>Operations of the server on the store fail, before and after they are done.</summary>
    StoreErrors,

    /// <summary>The store is slow for the server.</summary>
    StoreSlow,

    /// <summary>No server reaches the store.</summary>
    StoreDown,

    /// <summary>The server does not reach the broker.</summary>
    BrokerCut,

    /// <summary>The broker does not run.</summary>
    BrokerDown,

    /// <summary>Envelopes are lost, doubled, delayed.</summary>
    BadPost,

    /// <summary>The server's clock jumps, and back when the time is over.</summary>
    ClockJump,

    /// <summary>Decisions of the server on runs throw: some by chance, or the same ones each time.</summary>
    TurnErrors,
}

/// <summary>Something that goes wrong at a time, for a time.</summary>
/// <param name="Server">Which; of faults that concern all, nothing.</param>
/// <param name="Amount">0 to 1: how bad it is.</param>
internal sealed record Fault(FaultKind Kind, int Server, TimeSpan At, TimeSpan For, double Amount)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Kind} of server {Server} at {At.TotalSeconds:0.000} s for {For.TotalSeconds:0.000} s ({Amount:0.00})");
}
