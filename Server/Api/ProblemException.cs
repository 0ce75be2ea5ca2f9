namespace Orchestrator.Server.Api;

/// <summary>Ends a request with problem details (RFC 9457): the code becomes the last part of their type.</summary>
internal sealed class ProblemException(int status, string code, string detail) : Exception(detail)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    /// <summary>Since when a server that is needed is away, on the system clock; null: that is not the matter.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The privilege that the caller has not; null: that is not the matter.</summary>
    public string? Privilege { get; init; }

    /// <summary>The roles that have it; <c>a+b</c> is both.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>Located problems of a file that the request brought, one a line.</summary>
    public IReadOnlyList<DiagnosticResponse> Diagnostics { get; init; } = [];

    public static ProblemException NotFound(string what) => new(StatusCodes.Status404NotFound, "not-found", $"There is no {what}.");

    public static ProblemException BadRequest(string detail) => new(StatusCodes.Status400BadRequest, "bad-request", detail);
}

/// <summary>Something wrong in a file; line and column count from 1.</summary>
/// <param name="Input">The input of a run that this is about, for a form that has a field for it; null: none.</param>
/// <param name="Fix">An edit that a page can apply; null: there is none to offer.</param>
internal sealed record DiagnosticResponse(string File, int Line, int Column, string Severity, string Code, string Message, FixResponse? Fix = null, string? Input = null);

/// <summary>What stands from line and column up to the end (the place after the last character) becomes <paramref name="Text"/>.</summary>
internal sealed record FixResponse(int Line, int Column, int EndLine, int EndColumn, string Text);
