using System.Net;

namespace Orchestrator.Infra.Alibaba.Calling;

/// <summary>What kind of refusal it is, for those who must act on it.</summary>
public enum ApiErrorKind
{
    Other,

    /// <summary>Too many calls for now; it was tried again until timeout ended. Nothing was done.</summary>
    Throttled,

    /// <summary>The policy does not allow the action; see <see cref="ApiException.LackingAction"/>.</summary>
    Forbidden,

    /// <summary>The access key is unknown, disabled, expired, or its secret is another.</summary>
    Credentials,

    /// <summary>This machine's clock is more than 15 minutes away from the server's.</summary>
    ClockSkew,

    /// <summary>There is no such region, product or action.</summary>
    Unsupported,

    NotFound,

    /// <summary>No machines of that type in that zone.</summary>
    NoStock,

    Quota,

    /// <summary>The resource is in a state in which this cannot be done yet; the same call later may succeed.</summary>
    Busy,

    /// <summary>Other resources still need it.</summary>
    InUse,

    InvalidParameter,

    /// <summary>The client token was used for a call with other parameters.</summary>
    TokenReused,

    /// <summary>The server failed, or is away for now.</summary>
    Unavailable,

    /// <summary>No connection, or no answer.</summary>
    Unreachable,
}

/// <summary>A call that did not succeed, with the server's code and a way to fix it. Its message names product, action, code, fix and request id, and no secret.</summary>
public sealed class ApiException : Exception
{
    internal ApiException(ApiOperation operation, ApiError error, Exception? inner = null)
        : base(Text(operation, error), inner)
    {
        Operation = operation;
        Error = error;
    }

    public ApiOperation Operation { get; }

    /// <summary>As in <c>QuotaExceed.ElasticQuota</c>; <c>Unreachable</c> when there was no answer.</summary>
    public string Code => Error.Code;

    public ApiErrorKind Kind => Error.Kind;

    /// <summary>Null when there was no answer.</summary>
    public HttpStatusCode? Status => Error.Status;

    /// <summary>The server's name for the call, which its support asks for.</summary>
    public string? RequestId => Error.RequestId;

    /// <summary>What to do about it, in one sentence.</summary>
    public string Fix => Error.Fix;

    /// <summary>With <see cref="ApiErrorKind.Forbidden"/>: the action that the policy lacks, as <c>ecs:RunInstances</c>.</summary>
    public string? LackingAction => Error.LackingAction;

    /// <summary>The same call later may succeed.</summary>
    public bool Retryable => Error.Kind is ApiErrorKind.Throttled or ApiErrorKind.Unavailable or ApiErrorKind.Unreachable or ApiErrorKind.Busy or ApiErrorKind.NoStock;

    /// <summary>The call may have taken its effect although it failed: look before it is made again.</summary>
    public bool EffectUnknown => Error.EffectUnknown;

    internal ApiError Error { get; }

    private static string Text(ApiOperation operation, ApiError error)
    {
        var text = $"{operation}: {error.Code}: {error.Message.TrimEnd('.')}. {error.Fix}";
        return error.RequestId is null ? text : $"{text} (request {error.RequestId})";
    }
}

/// <summary>An error as the server gave it, and what was made of it.</summary>
internal sealed record ApiError(string Code, string Message, ApiErrorKind Kind, string Fix)
{
    public HttpStatusCode? Status { get; init; }

    public string? RequestId { get; init; }

    public string? LackingAction { get; init; }

    public bool EffectUnknown { get; init; }
}
