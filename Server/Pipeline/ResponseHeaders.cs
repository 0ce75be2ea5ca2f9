namespace Orchestrator.Server.Pipeline;

/// <summary>What every answer of the API says to browsers: take it for what it says it is, and keep no copy. An answer with an ETag says itself how it is kept.</summary>
internal static class ResponseHeaders
{
    public static IApplicationBuilder UseResponseHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        // As it was asked for: a branch of the pipeline shortens it.
        var path = context.Request.Path;
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            if (path.StartsWithSegments("/api") || path.StartsWithSegments("/health") || path.StartsWithSegments("/metrics") || path.StartsWithSegments("/openapi"))
            {
                if (headers.CacheControl.Count == 0) headers.CacheControl = "no-store";
            }

            return Task.CompletedTask;
        });
        return next(context);
    });
}
