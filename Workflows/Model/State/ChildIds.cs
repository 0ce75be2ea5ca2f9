using System.Buffers.Binary;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.State;

/// <summary>Names child runs so that the same decision always names the same one.</summary>
internal static class ChildIds
{
    /// <summary>A version 7 id: its time is the decision's, the rest comes from the parent, the step and the attempt.</summary>
    public static RunId Of(RunId parent, StepPath path, int attempt, DateTimeOffset now)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, now.ToUnixTimeMilliseconds() << 16);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[6..], (ushort)(0x7000 | (StableHash.Of($"{attempt}#{parent}/{path}") & 0x0FFF)));
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], 0x8000_0000_0000_0000 | (StableHash.Of($"{parent}/{path}#{attempt}") >> 2));
        return new RunId(new Guid(bytes, bigEndian: true));
    }
}
