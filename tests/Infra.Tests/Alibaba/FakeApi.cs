using System.Net;
using System.Text;
using Orchestrator.Fleet.Clock;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Alibaba.Signing;

namespace Orchestrator.Infra.Tests.Alibaba;

/// <summary>Answers of a server, one after the other; the last one again and again. Keeps what was sent.</summary>
internal sealed class FakeApi(params Func<HttpRequestMessage, HttpResponseMessage>[] answers) : HttpMessageHandler
{
    public static readonly Credential Key = new("LTAI5tFAKEKEYFORTEST01", "FakeSecretFakeSecretFakeSecret");

    private readonly Lock _gate = new();

    public List<(string Method, Uri Address, Dictionary<string, string> Headers, string Body)> Sent { get; } = [];

    public static Func<HttpRequestMessage, HttpResponseMessage> Json(string body, HttpStatusCode status = HttpStatusCode.OK, params (string Name, string Value)[] headers) => _ =>
    {
        var response = new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers)
        {
            response.Headers.TryAddWithoutValidation(name, value);
        }

        return response;
    };

    public static Func<HttpRequestMessage, HttpResponseMessage> Refuse(int status, string code, string message = "no", params (string Name, string Value)[] headers) =>
        Json($$"""{"RequestId":"R-1","HostId":"h","Code":"{{code}}","Message":"{{message}}"}""", (HttpStatusCode)status, headers);

    public static Func<HttpRequestMessage, HttpResponseMessage> Break(HttpRequestError error = HttpRequestError.ResponseEnded) => _ => throw new HttpRequestException(error, "the connection broke");

    /// <summary>A client whose waits for the server pass 1,000 times faster.</summary>
    public OpenApiClient Client(CredentialSource? credentials = null, OpenApiOptions? options = null, Microsoft.Extensions.Logging.ILogger? logger = null) =>
        new(credentials ?? new StaticCredentials(Key), options ?? new OpenApiOptions(), EnvironmentClock.StartingNow(1000), TimeProvider.System, logger, this);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        Func<HttpRequestMessage, HttpResponseMessage> answer;
        lock (_gate)
        {
            answer = answers[Math.Min(Sent.Count, answers.Length - 1)];
            Sent.Add((request.Method.Method, request.RequestUri!, request.Headers.Concat(request.Content?.Headers ?? Enumerable.Empty<KeyValuePair<string, IEnumerable<string>>>()).ToDictionary(pair => pair.Key.ToLowerInvariant(), pair => string.Join(',', pair.Value)), body));
        }

        return answer(request);
    }
}
