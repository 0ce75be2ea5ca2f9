namespace Orchestrator.Simulator.OpenApi.Gateway;

/// <summary>Ends a call with an error of the API.</summary>
internal sealed class ApiRefusal(int status, string code, string message) : Exception(message)
{
    public int Status => status;

    public string Code => code;

    /// <summary>Milliseconds the caller is told to wait; null: not told.</summary>
    public long? RetryAfter { get; init; }

    /// <summary>The action that the caller's policy lacks, as <c>ecs:RunInstances</c>.</summary>
    public string? DeniedAction { get; init; }

    /// <summary>Whom that policy is of.</summary>
    public string? DeniedTo { get; init; }

    public static ApiRefusal Missing(string name) => new(400, "MissingParameter", $"The input parameter \"{name}\" that is mandatory for processing this request is not supplied.");

    public static ApiRefusal Invalid(string name, string reason) => new(400, $"InvalidParameter.{name}", $"The specified parameter {name} is not valid: {reason}.");

    public static ApiRefusal Throttled(long milliseconds) => new(400, "Throttling.User", "Request was denied due to user flow control.") { RetryAfter = milliseconds };

    public static ApiRefusal Unavailable() => new(503, "ServiceUnavailable", "The request has failed due to a temporary failure of the server.");
}
