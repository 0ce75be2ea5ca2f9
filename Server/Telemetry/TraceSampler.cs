using System.Diagnostics;
using OpenTelemetry.Trace;
using Orchestrator.Workflows.Model.Telemetry;

namespace Orchestrator.Server.Telemetry;

/// <summary>
/// Decides once, at its beginning, whether a trace is recorded: a share of all, and of runs no more than some a second, so that telemetry's cost
/// is bounded when thousands start. What is below follows. A call to another system that belongs to nothing, as those of the simulated cloud's
/// clock, is left out.
/// </summary>
/// <param name="share">Of the traces, from 0 to 1.</param>
/// <param name="runs">Runs a second at the most.</param>
internal sealed class TraceSampler(double share, int runs, TimeProvider clock) : Sampler
{
    private readonly TraceIdRatioBasedSampler chosen = new(share);
    private readonly Lock gate = new();
    private long second;
    private int taken;

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        var parent = samplingParameters.ParentContext;
        var wanted = parent.TraceId != default ? parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded)
            : samplingParameters.Kind != ActivityKind.Client && chosen.ShouldSample(samplingParameters).Decision == SamplingDecision.RecordAndSample;
        return new SamplingResult(wanted && (!samplingParameters.Name.StartsWith(EngineTrace.RunPrefix, StringComparison.Ordinal) || HasRoom()));
    }

    private bool HasRoom()
    {
        var now = clock.GetTimestamp() / clock.TimestampFrequency;
        lock (gate)
        {
            if (now != second) (second, taken) = (now, 0);
            return taken++ < runs;
        }
    }
}
