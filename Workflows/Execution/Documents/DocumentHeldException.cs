namespace Orchestrator.Workflows.Execution.Documents;

/// <summary>Somebody else works on the document.</summary>
public sealed class DocumentHeldException(string key, string holder) : Exception($"document '{key}' is {holder}")
{
    /// <summary>Who, in words: <c>held by server one since …</c></summary>
    public string Holder { get; } = holder;
}
