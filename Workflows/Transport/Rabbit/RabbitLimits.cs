using System.Collections.Immutable;

namespace Orchestrator.Workflows.Transport.Rabbit;

/// <summary>How long things take, and how much there is, at most. Times are the system clock's.</summary>
internal sealed record RabbitLimits
{
    /// <summary>Envelopes in a queue that is on disk. More wait for nobody: the broker refuses, the sender hears of it, and the recovery scan sends again. Default 100,000.</summary>
    public int MostEnvelopes { get; init; } = 100_000;

    /// <summary>An envelope that is not with the broker by then is refused. Default 10 s.</summary>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Pauses after a handler's failures; after as many the envelope is a dead letter. Default nine, a minute in all: a journal that is away for a moment costs no envelope.</summary>
    public ImmutableArray<TimeSpan> RetryPauses { get; init; } = [.. new[] { 0.1, 0.5, 2, 5, 10, 10, 10, 10, 10 }.Select(TimeSpan.FromSeconds)];

    /// <summary>Pause before an envelope whose handling was broken off goes back to its queue. Default one second.</summary>
    public TimeSpan ReturnPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a server's queue outlives its last reader. Default 15 minutes.</summary>
    public TimeSpan ServerQueueLife { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>The same for a queue of passing things, and how long each of them waits in it. Default one minute.</summary>
    public TimeSpan PassingQueueLife { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Silence after which a connection counts as lost. Default 10 s.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between two looks at whether a connection is closed, beside the client's events. Default one second.</summary>
    public TimeSpan CheckInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The first pause before a lost connection is tried again; it grows tenfold. Default half a second.</summary>
    public TimeSpan ReconnectPause { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>How long a connection may take to come about, and a queue to be declared. Default 15 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);
}
