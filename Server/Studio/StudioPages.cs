using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Server.Studio;

/// <summary>Serves the web console: its files, and its page at every address that is nobody else's.</summary>
internal static class StudioPages
{
    /// <summary>Addresses that are never the console's, whether there is something at them or not.</summary>
    private static readonly string[] Reserved = ["/api", "/openapi", "/health", "/metrics"];

    private const string NoPages = """
        This orchestrator was built without its web console (Studio=false). The API is at /api, its description at /openapi/v1.json.
        To have the console, build again with Node.js 20.19 or later on the PATH: ./orchestrator serve
        """;

    public static IApplicationBuilder UseStudio(this IApplicationBuilder app)
    {
        var files = new StudioFiles(Path.Combine(AppContext.BaseDirectory, "wwwroot"));
        return app.Use((context, next) =>
            !IsOurs(context) ? next(context)
            : files.FindFile(context.Request.Path.Value!) is { } file ? SendAsync(context, file)
            : IsPage(context.Request) ? SendPageAsync(context, files.Page)
            : next(context));
    }

    private static bool IsOurs(HttpContext context) =>
        context.GetEndpoint() is null
        && (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
        && context.Request.Path.HasValue
        && !Reserved.Any(prefix => context.Request.Path.StartsWithSegments(prefix));

    /// <summary>A browser that opens an address; a missing script or picture is missing, and never the page.</summary>
    private static bool IsPage(HttpRequest request) =>
        request.Path == "/" || (!Path.HasExtension(request.Path.Value) && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase));

    private static async Task SendAsync(HttpContext context, StudioFile file)
    {
        var (path, encoding) = file.Choose(context.Request.GetTypedHeaders().AcceptEncoding);
        var (response, length) = (context.Response, new FileInfo(path).Length);
        response.ContentType = file.ContentType;
        response.ContentLength = length;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.Vary = "Accept-Encoding";
        // Under /assets the name holds a digest of the content: another content has another name.
        response.Headers.CacheControl = context.Request.Path.StartsWithSegments("/assets") ? "public, max-age=31536000, immutable" : "public, max-age=3600";
        if (encoding is not null)
        {
            response.Headers.ContentEncoding = encoding;
        }

        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.SendFileAsync(path, 0, length, context.RequestAborted);
        }
    }

    private static Task SendPageAsync(HttpContext context, string? page)
    {
        var response = context.Response;
        response.Headers.CacheControl = "no-cache";
        response.Headers.XContentTypeOptions = "nosniff";
        if (page is null)
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            response.ContentType = "text/plain; charset=utf-8";
            return response.WriteAsync(NoPages, context.RequestAborted);
        }

        var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        response.ContentType = "text/html; charset=utf-8";
        // The libraries make style elements, each with the nonce; scripts come from files only.
        response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; " +
            "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        var body = Encoding.UTF8.GetBytes(page.Replace("__NONCE__", nonce, StringComparison.Ordinal));
        response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}
