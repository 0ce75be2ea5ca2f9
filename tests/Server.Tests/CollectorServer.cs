using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Orchestrator.Server.Tests;

/// <summary>A span as it reached the collector.</summary>
/// <param name="Server">Which server it came from.</param>
internal sealed record ReceivedSpan(string Server, string Trace, string Id, string Parent, string Name, IReadOnlyDictionary<string, string> Attributes);

/// <summary>An OpenTelemetry collector, as far as a test needs one: OTLP over HTTP, of which it reads spans.</summary>
internal sealed class CollectorServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ConcurrentQueue<ReceivedSpan> _spans = new();
    private readonly ConcurrentDictionary<string, StringBuilder> _bodies = new();

    private CollectorServer(WebApplication application) => _application = application;

    public Uri Url => new(_application.Urls.First());

    public IReadOnlyCollection<ReceivedSpan> Spans => _spans;

    public static async Task<CollectorServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var application = builder.Build();
        var collector = new CollectorServer(application);
        application.MapPost("/v1/{signal}", collector.TakeAsync);
        await application.StartAsync();
        return collector;
    }

    /// <summary>The spans of the trace that a run is in. Fails unless they are one tree.</summary>
    public List<ReceivedSpan> TreeOf(string run)
    {
        var trace = Assert.Single(_spans, span => span.Name.StartsWith("run ", StringComparison.Ordinal) && span.Attributes["orchestrator.run.id"] == run).Trace;
        var spans = _spans.Where(span => span.Trace == trace).ToList();
        var known = spans.Select(span => span.Id).ToHashSet();
        Assert.Single(spans, span => span.Parent.Length == 0);
        Assert.DoesNotContain(spans, span => span.Parent.Length > 0 && !known.Contains(span.Parent));
        return spans;
    }

    /// <summary>What came under a signal (<c>traces</c>, <c>metrics</c>, <c>logs</c>), as far as it is text.</summary>
    public string Text(string signal)
    {
        if (!_bodies.TryGetValue(signal, out var body)) return "";
        lock (body) return body.ToString();
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private async Task<IResult> TakeAsync(string signal, HttpRequest request)
    {
        using var content = new MemoryStream();
        await request.Body.CopyToAsync(content);
        var body = _bodies.GetOrAdd(signal, _ => new StringBuilder());
        lock (body) body.Append(Encoding.UTF8.GetString(content.ToArray()));
        if (signal == "traces") ReadSpans(content.ToArray());
        return Results.Bytes([], "application/x-protobuf");
    }

    /// <summary>ExportTraceServiceRequest.resource_spans.scope_spans.spans, by the field numbers of opentelemetry-proto.</summary>
    private void ReadSpans(byte[] request)
    {
        foreach (var resource in Fields(request, 1))
        {
            var server = Fields(resource, 1).SelectMany(one => Attributes(one, 1)).First(pair => pair.Key == "service.instance.id").Value;
            foreach (var span in Fields(resource, 2).SelectMany(scope => Fields(scope, 2)))
            {
                _spans.Enqueue(new ReceivedSpan(server, Hex(1), Hex(2), Hex(4), Encoding.UTF8.GetString(Fields(span, 5).Single()), Attributes(span, 9).ToDictionary()));

                string Hex(int field) => Convert.ToHexStringLower(Fields(span, field).FirstOrDefault() ?? []);
            }
        }
    }

    /// <summary>Those that are text, with their values.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Attributes(byte[] message, int field) => Fields(message, field).Select(pair => KeyValuePair.Create(
        Encoding.UTF8.GetString(Fields(pair, 1).Single()), string.Concat(Fields(pair, 2).SelectMany(value => Fields(value, 1)).Select(Encoding.UTF8.GetString))));

    /// <summary>The values of a field that have a length.</summary>
    private static List<byte[]> Fields(byte[] message, int wanted)
    {
        var found = new List<byte[]>();
        for (var at = 0; at < message.Length;)
        {
            var key = Number();
            switch (key & 7)
            {
                case 0:
                    Number();
                    break;
                case 1:
                    at += 8;
                    break;
                case 5:
                    at += 4;
                    break;
                case 2:
                    var length = (int)Number();
                    if ((int)(key >> 3) == wanted) found.Add(message[at..(at + length)]);
                    at += length;
                    break;
                default:
                    throw new InvalidDataException($"wire type {key & 7} at {at}");
            }

            ulong Number()
            {
                ulong number = 0;
                for (var shift = 0; ; shift += 7)
                {
                    var part = message[at++];
                    number |= (ulong)(part & 0x7F) << shift;
                    if (part < 0x80) return number;
                }
            }
        }

        return found;
    }
}
