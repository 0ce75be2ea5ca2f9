namespace Orchestrator.Simulation.Messaging;

/// <summary>What is wrong with the messages at the moment. Shares of envelopes, 0 to 1.</summary>
internal sealed class BrokerFaults
{
    /// <summary>The broker does not run.</summary>
    public bool Down { get; set; }

    /// <summary>Are confirmed, and never seen again.</summary>
    public double Lost { get; set; }

    public double Doubled { get; set; }

    /// <summary>Come later than those sent after them.</summary>
    public double Delayed { get; set; }

    /// <summary>Are in the queue, but their sender is told that they are not.</summary>
    public double Unconfirmed { get; set; }
}
