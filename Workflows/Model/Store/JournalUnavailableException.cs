namespace Orchestrator.Workflows.Model.Store;

/// <summary>The journal cannot be opened; the message says why and how to fix it.</summary>
public sealed class JournalUnavailableException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>True: another process works on the data folder.</summary>
    public bool InUse { get; init; }
}
