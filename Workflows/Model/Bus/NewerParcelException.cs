namespace Orchestrator.Workflows.Model.Bus;

/// <summary>
/// A parcel of a format that came after this binary: a node that was declared dead without knowing it meets one when the others have gone on.
/// It is left to them, and so counts as not handled.
/// </summary>
internal sealed class NewerParcelException(int format, int newest)
    : OperationCanceledException($"A parcel has format {format}, and the newest that is known here is {newest}: it is for a newer version of the orchestrator.");
