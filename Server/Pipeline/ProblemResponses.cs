using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Diagnostics;
using Orchestrator.Server.Api;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Server.Pipeline;

/// <summary>Problem details, RFC 9457.</summary>
/// <param name="Type">A URN that ends in a stable code, as in <c>urn:orchestrator:problem:run-not-found</c>.</param>
/// <param name="Since">Since when a server that is needed is away, on the system clock.</param>
/// <param name="Privilege">With 403: what the caller may not do.</param>
/// <param name="Roles">With 403: the roles that may; <c>a+b</c> is both.</param>
internal sealed record ProblemResponse(string Type, string Title, int Status, string Detail, string Instance, IReadOnlyList<DiagnosticResponse>? Diagnostics = null, DateTimeOffset? Since = null,
    string? Privilege = null, IReadOnlyList<string>? Roles = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ProblemResponse))]
internal sealed partial class ProblemJson : JsonSerializerContext;

/// <summary>Every error of the API leaves as problem details.</summary>
internal static partial class ProblemResponses
{
    /// <summary>The largest body of a request, in bytes.</summary>
    public const int LargestBody = 4 * 1024 * 1024;

    /// <summary>Seconds: what is away is tried again at least as often.</summary>
    private const string RetryAfter = "2";

    public static IApplicationBuilder UseProblems(this IApplicationBuilder app) => app
        .UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = AnswerAsync, AllowStatusCode404Response = true })
        .UseStatusCodePages(context => WriteAsync(
            context.HttpContext,
            context.HttpContext.Response.StatusCode == StatusCodes.Status400BadRequest && QueryParameters.Wrong(context.HttpContext, context.HttpContext.GetEndpoint()) is { } wrong
                ? ProblemException.BadRequest(wrong)
                : Of(context.HttpContext.Response.StatusCode)));

    /// <summary>A refusal by the interpreter or the engine as a problem.</summary>
    public static ProblemException Of(StepError refusal) => new(
        refusal.Code switch
        {
            "run-not-found" or "step-not-found" or "runbook-not-found" => StatusCodes.Status404NotFound,
            "signal-too-large" => StatusCodes.Status413PayloadTooLarge,
            "not-allowed" or "four-eyes" or "role-missing" => StatusCodes.Status403Forbidden,
            _ => StatusCodes.Status409Conflict,
        },
        refusal.Code,
        refusal.Message);

    private static async Task AnswerAsync(HttpContext context)
    {
        var error = context.Features.Get<IExceptionHandlerFeature>()?.Error;
        // Nobody reads the answer to a caller who has left, and that one left is no fault of the server.
        if (error is OperationCanceledException && context.RequestAborted.IsCancellationRequested) return;

        var diagnostic = error switch
        {
            ProblemException known => known,
            EngineUnavailableException away => new ProblemException(StatusCodes.Status503ServiceUnavailable, "not-ready", away.Message),
            JournalUnavailableException away => new ProblemException(StatusCodes.Status503ServiceUnavailable, "journal-unavailable", $"{char.ToUpperInvariant(away.Message[0])}{away.Message[1..]}."),
            Workflows.Model.Bus.BusUnavailableException away => new ProblemException(StatusCodes.Status503ServiceUnavailable, "bus-unavailable", $"{char.ToUpperInvariant(away.Message[0])}{away.Message[1..]}."),
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => new ProblemException(
                StatusCodes.Status413PayloadTooLarge, "too-large", $"The body is larger than {LargestBody / 1024 / 1024} MiB."),
            BadHttpRequestException { InnerException: System.Text.Json.JsonException json } => ProblemException.BadRequest($"The body is not the JSON that is expected here: {json.Message}"),
            BadHttpRequestException bad => new ProblemException(bad.StatusCode, bad.StatusCode == StatusCodes.Status415UnsupportedMediaType ? "unsupported-media-type" : "bad-request", Sentence(context, bad)),
            Infra.Clusters.ClusterUnreachableException unreachable => new ProblemException(StatusCodes.Status503ServiceUnavailable, "cluster-unreachable", unreachable.Message),
            Infra.Provisioning.Stacks.StackStateException state => new ProblemException(StatusCodes.Status500InternalServerError, "stack-state", $"{char.ToUpperInvariant(state.Message[0])}{state.Message[1..]}."),
            TimeoutException late => new ProblemException(StatusCodes.Status503ServiceUnavailable, "no-answer", late.Message),
            // The body's charset is none that is known; ASP.NET only looks when it begins to read.
            InvalidOperationException { Message: var message } when message.StartsWith("Unable to read the request as JSON because the request content type charset", StringComparison.Ordinal) =>
                new ProblemException(StatusCodes.Status415UnsupportedMediaType, "unsupported-media-type", "The charset of this body is not known; send JSON in UTF-8 with content type application/json."),
            System.Text.Json.JsonException json => ProblemException.BadRequest($"The body is not the JSON that is expected here: {json.Message}"),
            _ => new ProblemException(StatusCodes.Status500InternalServerError, "unexpected", "Something unexpected went wrong; the log has more."),
        };
        if (diagnostic.Status == StatusCodes.Status500InternalServerError && error is not null)
        {
            LogUnexpected(context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("Orchestrator.Api"), error, context.Request.Method, context.Request.Path);
        }

        if (Audit.RefusalAudit.Is(diagnostic)) await AuditAsync(context, diagnostic);
        await WriteAsync(context, diagnostic);
    }

    /// <summary>Reads are refused to nobody, and who does not say who they are cannot be named.</summary>
    private static async Task AuditAsync(HttpContext context, ProblemException refusal)
    {
        var method = context.Request.Method;
        if (Identity.AccessGuard.Reads(method) || context.RequestServices.GetService<Audit.RefusalAudit>() is not { } audit) return;

        try
        {
            if (Identity.People.Find(context) is { } person) await audit.KeepAsync(person, $"{method} {context.Request.Path}", refusal, context.RequestAborted);
        }
        catch (ProblemException)
        {
            // A name that is none, or whose word is not taken here.
        }
    }

    private static string Sentence(HttpContext context, BadHttpRequestException bad) => bad.StatusCode == StatusCodes.Status415UnsupportedMediaType
        ? Of(bad.StatusCode).Message
        : QueryParameters.Wrong(context, context.Features.Get<IExceptionHandlerFeature>()?.Endpoint) is { } wrong ? wrong
        : MissingParameter().Match(bad.Message) is { Success: true } missing
            ? $"This address needs {missing.Groups["name"].Value} in its query, as in ?{missing.Groups["name"].Value}=…"
        : bad.Message.StartsWith("Implicit body inferred", StringComparison.Ordinal) || bad.Message.StartsWith("Required parameter", StringComparison.Ordinal)
            ? "This address needs a body: send JSON with content type application/json."
            : bad.Message;

    [System.Text.RegularExpressions.GeneratedRegex("""^Required parameter "[^"]* (?<name>\w+)" was not provided from (query string|route or query string)\.?$""", System.Text.RegularExpressions.RegexOptions.ExplicitCapture)]
    private static partial System.Text.RegularExpressions.Regex MissingParameter();

    private static ProblemException Of(int status) => new(status, status switch
    {
        StatusCodes.Status404NotFound => "not-found",
        StatusCodes.Status405MethodNotAllowed => "method-not-allowed",
        StatusCodes.Status415UnsupportedMediaType => "unsupported-media-type",
        _ => "http-error",
    }, status switch
    {
        StatusCodes.Status404NotFound => "There is nothing at this address; /openapi/v1.json lists what there is.",
        StatusCodes.Status405MethodNotAllowed => "This address does not take this method.",
        StatusCodes.Status415UnsupportedMediaType => "Send JSON with content type application/json.",
        _ => $"The request was answered with status {status}.",
    });

    private static Task WriteAsync(HttpContext context, ProblemException diagnostic)
    {
        context.Response.StatusCode = diagnostic.Status;
        var body = new ProblemResponse(
            $"urn:orchestrator:problem:{diagnostic.Code}",
            Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(diagnostic.Status),
            diagnostic.Status,
            diagnostic.Message,
            context.Request.Path,
            diagnostic.Diagnostics.Count == 0 ? null : diagnostic.Diagnostics,
            diagnostic.Since,
            diagnostic.Privilege,
            diagnostic.Roles.Count == 0 ? null : diagnostic.Roles);
        if (diagnostic.Status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests) context.Response.Headers.RetryAfter = RetryAfter;
        return context.Response.WriteAsJsonAsync(body, ProblemJson.Default.ProblemResponse, "application/problem+json");
    }

    [LoggerMessage(EventId = 9051, Level = LogLevel.Error, Message = "{Method} {Path} failed unexpectedly")]
    private static partial void LogUnexpected(ILogger logger, Exception error, string method, string path);
}
