namespace Orchestrator.Workflows.Model.Bus;

/// <summary>
/// An envelope of a format that came after this binary: a server that was evicted without knowing it meets one when the others have gone on.
/// It is left to them, and so counts as not handled.
/// </summary>
internal sealed class NewerEnvelopeException(int format, int newest)
    : OperationCanceledException($"An envelope has format {format}, and the newest that is known here is {newest}: it is for a newer version of the orchestrator.");
