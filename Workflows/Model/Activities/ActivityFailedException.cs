using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Workflows.Model.Activities;

/// <summary>
/// Thrown by an activity to fail its attempt with an error that people can act on. Any other exception fails the
/// attempt with code <c>unexpected</c> and is retryable.
/// </summary>
public sealed class ActivityFailedException(StepError error, Exception? inner = null) : Exception(error.Message, inner)
{
    public ActivityFailedException(string code, string message, bool retryable = true, Exception? inner = null)
        : this(new StepError(code, message) { Retryable = retryable }, inner)
    {
    }

    public StepError Error { get; } = error;
}
