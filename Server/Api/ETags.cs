using Microsoft.Net.Http.Headers;

namespace Orchestrator.Server.Api;

/// <summary>Answers that a page asks for again and again: 304 while nothing has changed, without making the answer.</summary>
internal static class ETags
{
    /// <param name="tag">Differs whenever the answer does; letters, digits, <c>-</c> and <c>.</c>.</param>
    public static IResult Answer<T>(HttpContext http, string tag, Func<T> make)
    {
        var own = new EntityTagHeaderValue($"\"{tag}\"");
        http.Response.GetTypedHeaders().ETag = own;
        http.Response.Headers.CacheControl = "no-cache";
        return http.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(own, useStrongComparison: false))
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : TypedResults.Ok(make());
    }
}
