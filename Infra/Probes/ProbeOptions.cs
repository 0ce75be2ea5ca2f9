using Orchestrator.Fleet.Inspection;

namespace Orchestrator.Infra.Probes;

/// <summary>How probes are run. All times are wall time.</summary>
public sealed record ProbeOptions
{
    /// <summary>For one try. Default 500 ms.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>A second try starts after this without an answer; whichever answers first counts. Default 200 ms: a lost SYN costs a full second.</summary>
    public TimeSpan SecondTry { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>For all targets together; what has no answer by then is <see cref="CheckVerdict.Unanswered"/>. Default 1 s.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Probes at once. Default 256.</summary>
    public int AtMost { get; init; } = 256;
}
