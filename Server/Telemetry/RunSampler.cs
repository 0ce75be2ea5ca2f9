using System.Buffers.Binary;
using System.Diagnostics;
using OpenTelemetry.Trace;

namespace Orchestrator.Server.Telemetry;

/// <summary>
/// Chooses traces by their id, so that every server chooses the same runs. A call to another system that belongs to no run or request,
/// as those of the simulated cloud's clock, is left out.
/// </summary>
/// <param name="share">Of the traces, from 0 to 1.</param>
internal sealed class RunSampler(double share) : Sampler
{
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        samplingParameters.Kind != ActivityKind.Client && Takes(samplingParameters.TraceId) ? new(SamplingDecision.RecordAndSample) : new(SamplingDecision.Drop);

    private bool Takes(ActivityTraceId trace)
    {
        if (share >= 1) return true;

        Span<byte> bytes = stackalloc byte[16];
        trace.CopyTo(bytes);
        // The id of a run begins with the time; its last 62 bits are random.
        return (BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]) << 2) < share * ulong.MaxValue;
    }
}
