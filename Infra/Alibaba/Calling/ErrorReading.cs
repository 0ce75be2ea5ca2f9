using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Orchestrator.Infra.Alibaba.Calling;

/// <summary>Makes a typed error of a refusing answer. RPC answers have <c>Code</c> and <c>Message</c>, ROA answers <c>code</c> and <c>message</c>.</summary>
internal static class ErrorReading
{
    private const int LongestMessage = 600;

    public static ApiError Of(ApiOperation operation, string region, HttpStatusCode status, ReadOnlySpan<byte> content)
    {
        var body = Parse(content);
        var code = Text(body, "Code") ?? Text(body, "code") ?? $"Http{(int)status}";
        var message = Text(body, "Message") ?? Text(body, "message") ?? $"the server answered {(int)status} without a message";
        var denied = (body?["AccessDeniedDetail"] ?? body?["accessDeniedDetail"]) as JsonObject;
        var kind = KindOf(code, status, denied is not null);
        var lacking = kind == ApiErrorKind.Forbidden ? Text(denied, "AuthAction") ?? $"{operation.Product.RamCode}:{operation.Action}" : null;
        return new ApiError(code, message.Length > LongestMessage ? message[..LongestMessage] + "…" : message, kind, FixOf(kind, operation, region, lacking, denied))
        {
            Status = status,
            RequestId = Text(body, "RequestId") ?? Text(body, "requestId") ?? Text(body, "request_id"),
            LackingAction = lacking,
        };
    }

    /// <summary>Codes are one family in many spellings: what they begin with, contain and end with tells them apart.</summary>
    private static ApiErrorKind KindOf(string code, HttpStatusCode status, bool accessDenied)
    {
        bool Begins(params ReadOnlySpan<string> starts)
        {
            foreach (var start in starts)
            {
                if (code.StartsWith(start, StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }

            return false;
        }

        bool Has(string part) => code.Contains(part, StringComparison.OrdinalIgnoreCase);

        return code switch
        {
            _ when Has("Throttling") || status == HttpStatusCode.TooManyRequests => ApiErrorKind.Throttled,
            _ when accessDenied || Begins("Forbidden.RAM", "NoPermission", "Forbidden.NoRAMPermission", "ForbiddenRAM", "StatusForbidden", "ForbiddenCheckControlPlaneLog") => ApiErrorKind.Forbidden,
            _ when Begins("InvalidTimeStamp", "IllegalTimestamp") => ApiErrorKind.ClockSkew,
            _ when Begins("InvalidAccessKeyId", "InvalidAccessKeySecret", "InvalidSecurityToken", "SecurityTokenExpired", "SignatureDoesNotMatch", "IncompleteSignature", "MissingSecurityToken", "MissingAccessKeyId", "SignatureNonceUsed") => ApiErrorKind.Credentials,
            _ when Begins("InvalidRegionId", "InvalidApi", "InvalidProduct", "InvalidVersion", "UnsupportedOperation.Region") => ApiErrorKind.Unsupported,
            _ when Has("NoStock") || Has("OutOfStock") || Has("ResourceNotAvailable") || Has("OutofStock") || Begins("Zone.NotOnSale", "InvalidResourceType.NotSupported") => ApiErrorKind.NoStock,
            _ when Has("Quota") || Has("LimitExceed") => ApiErrorKind.Quota,
            _ when Begins("IdempotentParameterMismatch", "IdempotenceParamNotMatch", "MissMatchClientToken", "MismatchClientToken") || Has("ClientToken.Mismatch") => ApiErrorKind.TokenReused,
            _ when Has("DependencyViolation") || Has("ResourceInUse") || Has("StillReferenced") || Has("InUse") || Begins("Forbidden.AttachedInstances") => ApiErrorKind.InUse,
            _ when (Has("Incorrect") || Has("OperationDenied") || Has("Invalid")) && (Has("Status") || Has("State")) => ApiErrorKind.Busy,
            _ when Has("ActivityInProgress") || Has("OperationConflict") || Has("TaskConflict") || Has("InConfiguring") || Has("TokenProcessing") || Begins("IdempotenceProcessing", "ErrorClusterState", "Conflict.Lock") => ApiErrorKind.Busy,
            _ when Has("NotFound") || Has("NotExist") || status == HttpStatusCode.NotFound => ApiErrorKind.NotFound,
            _ when Begins("ServiceUnavailable", "InternalError", "InternalFailure", "UnknownError", "SystemBusy", "Rejected") || (int)status >= 500 => ApiErrorKind.Unavailable,
            _ when Begins("InvalidParameter", "Invalid", "Missing", "MissingParam") => ApiErrorKind.InvalidParameter,
            _ when status is HttpStatusCode.Forbidden => ApiErrorKind.Forbidden,
            _ => ApiErrorKind.Other,
        };
    }

    private static string FixOf(ApiErrorKind kind, ApiOperation operation, string region, string? lacking, JsonObject? denied) => kind switch
    {
        ApiErrorKind.Throttled => "The account calls this API too often: wait, or ask for a higher quota.",
        ApiErrorKind.Forbidden => $"Allow {lacking} in the RAM policy of {Principal(denied)}.",
        ApiErrorKind.Credentials => "Check the access key and its secret, and renew a token that has expired; `aliyun sts GetCallerIdentity` tells whether they work.",
        ApiErrorKind.ClockSkew => "Set this machine's clock: it is more than 15 minutes away from the server's.",
        ApiErrorKind.Unsupported => $"Check the region '{region}' and the endpoint of {operation.Product.Code}.",
        ApiErrorKind.NotFound => "Refresh what is known of the resource: it is gone, or in another region.",
        ApiErrorKind.NoStock => "Take another instance type or zone, or wait until there is stock.",
        ApiErrorKind.Quota => $"Ask for a higher quota in the Quota Center (product {operation.Product.Code}), or release what is not needed.",
        ApiErrorKind.Busy => "Wait until the change that is under way has ended.",
        ApiErrorKind.InUse => "Delete what still uses it first.",
        ApiErrorKind.InvalidParameter => "Correct the parameter that the message names.",
        ApiErrorKind.TokenReused => "Use a new ClientToken for a call that says something else.",
        ApiErrorKind.Unavailable => "Try again later; the request id helps the cloud's support.",
        _ => "See the code's entry in the API's error center.",
    };

    private static string Principal(JsonObject? denied)
    {
        var name = Text(denied, "AuthPrincipalDisplayName");
        return name is null ? "the caller" : $"{Text(denied, "AuthPrincipalType") ?? "principal"} {name}";
    }

    private static JsonObject? Parse(ReadOnlySpan<byte> content)
    {
        try
        {
            return AnswerParsing.Of(content) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonObject? body, string name) =>
        body?[name] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;
}
