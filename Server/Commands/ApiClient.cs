using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Files;
using Orchestrator.Server.Identity;

namespace Orchestrator.Server.Commands;

/// <summary>Talks to a running server, and makes sentences and exit codes of what goes wrong.</summary>
/// <param name="waitLimit">For one answer. Default 30 s.</param>
internal sealed class ApiClient(Uri server, Person user, TimeSpan? waitLimit = null) : IDisposable
{
    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(30);
    private readonly HttpClient _client = Create(server, user, waitLimit ?? WaitLimit);

    public Uri Server { get; } = server;

    /// <summary>The server that <c>--server</c> says, else the one that works on the data folder, else the default port's.</summary>
    public static ApiClient Connect(Uri? server, DataFolder data, string? user, TimeSpan? waitLimit = null) =>
        new(server ?? data.FindServer()?.Url ?? new Uri("http://127.0.0.1:5080"), Caller.Of(user), waitLimit);

    public Task<JsonNode> GetAsync(string path, CancellationToken cancellationToken) => SendAsync(HttpMethod.Get, path, null, cancellationToken);

    public Task<JsonNode> PostAsync(string path, JsonNode? body, CancellationToken cancellationToken) => SendAsync(HttpMethod.Post, path, body ?? new JsonObject(), cancellationToken);

    public Task<JsonNode> DeleteAsync(string path, CancellationToken cancellationToken) => SendAsync(HttpMethod.Delete, path, null, cancellationToken);

    /// <summary>Every item of a paged list.</summary>
    public async IAsyncEnumerable<JsonNode> ListAsync(string path, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? cursor = null;
        do
        {
            var separator = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
            var page = await GetAsync(cursor is null ? path : $"{path}{separator}cursor={Uri.EscapeDataString(cursor)}", cancellationToken);
            foreach (var item in page["items"]!.AsArray())
            {
                yield return item!;
            }

            cursor = page["next"]?.GetValue<string>();
        }
        while (cursor is not null);
    }

    public void Dispose() => _client.Dispose();

    private static HttpClient Create(Uri server, Person user, TimeSpan waitLimit)
    {
        // Names in Han characters: the server reads headers as UTF-8 too.
        var handler = new SocketsHttpHandler { RequestHeaderEncodingSelector = static (_, _) => System.Text.Encoding.UTF8 };
        var client = new HttpClient(handler) { BaseAddress = server, Timeout = waitLimit };
        client.DefaultRequestHeaders.TryAddWithoutValidation(People.Header, user.ToString());
        return client;
    }

    private async Task<JsonNode> SendAsync(HttpMethod method, string path, JsonNode? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), new MediaTypeHeaderValue("application/json"));
        }

        try
        {
            using var answer = await _client.SendAsync(request, cancellationToken);
            var text = await answer.Content.ReadAsStringAsync(cancellationToken);
            if (answer.IsSuccessStatusCode)
            {
                return JsonNode.Parse(text) ?? throw new JsonException("empty");
            }

            throw Explain(answer.StatusCode, text);
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException || (exception is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw CommandException.NotReachable(
                $"no orchestrator answers at {Server}: {exception.Message.TrimEnd('.')}. Start one with: orchestrator serve, or say where it is with --server URL", exception);
        }
    }

    private static CommandException Explain(HttpStatusCode status, string text)
    {
        string? detail = null;
        List<string> diagnostics = [];
        try
        {
            var diagnostic = JsonNode.Parse(text);
            detail = diagnostic?["detail"]?.GetValue<string>();
            diagnostics = [.. (diagnostic?["diagnostics"]?.AsArray() ?? []).Select(line => $"{line!["file"]}:{line["line"]}:{line["column"]}: {line["severity"]} {line["code"]}: {line["message"]}")];
        }
        catch (JsonException)
        {
            // Not one of our servers; the status alone has to do.
        }

        if (diagnostics.Count > 0)
        {
            return CommandException.Diagnostics(diagnostics);
        }

        return new CommandException(
            status switch
            {
                HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => ExitCode.NotAllowed,
                HttpStatusCode.BadRequest or HttpStatusCode.NotFound or HttpStatusCode.UnprocessableEntity => ExitCode.BadInput,
                HttpStatusCode.ServiceUnavailable => ExitCode.NotReachable,
                _ => ExitCode.Failed,
            },
            detail ?? $"the server answered with status {(int)status}");
    }
}
