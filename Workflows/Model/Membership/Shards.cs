using System.Buffers.Binary;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Model.Membership;

/// <summary>
/// Runs are spread over a fixed number of shards, and each shard is one server's: whoever has it decides its runs. The
/// number stands in stores and never changes.
/// </summary>
internal static class Shards
{
    public const int Count = 64;

    /// <summary>The shard of a run, from the random end of its id.</summary>
    public static int Of(RunId run)
    {
        Span<byte> bytes = stackalloc byte[16];
        run.Value.TryWriteBytes(bytes, bigEndian: true, out _);
        return (int)(BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]) % Count);
    }
}
