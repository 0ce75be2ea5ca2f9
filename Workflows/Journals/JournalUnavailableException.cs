namespace Orchestrator.Workflows.Journals;

/// <summary>The journal cannot be opened; the message says why and how to mend it.</summary>
public sealed class JournalUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
