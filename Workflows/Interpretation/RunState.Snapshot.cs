namespace Orchestrator.Workflows.Interpretation;

public sealed partial class RunState
{
    /// <summary>The whole state as compact JSON (UTF-8). Folding later events onto it gives the same as folding them all.</summary>
    public byte[] ToSnapshot() => throw new NotImplementedException();

    public static RunState FromSnapshot(ReadOnlySpan<byte> snapshot) => throw new NotImplementedException();
}
