using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;

namespace Orchestrator.Server.Tests;

internal sealed record StreamEvent(string Type, long? Id, string Data);

/// <summary>Reads server-sent events as a browser would.</summary>
internal static class StreamReader
{
    private static readonly TimeSpan WaitLimit = TimeSpan.FromMinutes(3);

    public static async IAsyncEnumerable<StreamEvent> ReadAsync(
        HttpClient client, string path, long? after = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var waitLimit = new CancellationTokenSource(WaitLimit, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(waitLimit.Token, cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (after is { } position)
        {
            request.Headers.Add("Last-Event-ID", position.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
        answer.EnsureSuccessStatusCode();
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        await using var body = await answer.Content.ReadAsStreamAsync(either.Token);
        var last = "";
        var parser = SseParser.Create(body, (_, data) => System.Text.Encoding.UTF8.GetString(data));
        await foreach (var item in parser.EnumerateAsync(either.Token))
        {
            // The parser keeps the last id for events without one.
            long? id = item.EventId is { Length: > 0 } text && (text != last || item.EventType != "progress") ? long.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : null;
            last = item.EventId ?? last;
            yield return new StreamEvent(item.EventType, id, item.Data);
        }
    }
}
