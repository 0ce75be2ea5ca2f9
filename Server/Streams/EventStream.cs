using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;

namespace Orchestrator.Server.Streams;

/// <summary>One server-sent event. <paramref name="Id"/> is a journal position, or null for what the journal does not keep.</summary>
internal sealed record StreamItem(string Event, long? Id, ReadOnlyMemory<byte> Data)
{
    public static StreamItem Of<T>(string name, long? id, T value, JsonTypeInfo<T> type) => new(name, id, JsonSerializer.SerializeToUtf8Bytes(value, type));
}

/// <summary>Writes server-sent events as they come, and a comment now and then so that a dead connection shows.</summary>
internal static class EventStream
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    /// <summary>The position after which the caller wants to go on: header <c>Last-Event-ID</c>, else query <c>after</c>; null: from a snapshot.</summary>
    public static long? After(HttpRequest request)
    {
        var text = request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } header ? header : request.Query["after"].ToString();
        return text.Length == 0 ? null
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? position
            : throw Api.ProblemException.BadRequest($"'{text}' is no journal position; give the id of the last event that you have.");
    }

    /// <summary>Writes what the sources give, in the order of each, until the caller goes or the server stops.</summary>
    public static async Task WriteAsync(HttpContext context, TimeProvider systemClock, CancellationToken stopping, params IAsyncEnumerable<StreamItem>[] sources)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-cache";
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        // Bounded, so that a slow reader slows its own sources and nobody else.
        var channel = Channel.CreateBounded<StreamItem>(new BoundedChannelOptions(256) { SingleReader = true });
        var pumps = sources.Select(source => PumpAsync(source, channel.Writer, ending)).ToArray();
        try
        {
            await CopyAsync(context.Response, channel.Reader, systemClock, ending.Token);
        }
        catch (OperationCanceledException)
        {
            // The caller went, or the server stops: the ordinary end of a stream.
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(pumps);
        }
    }

    private static async Task PumpAsync(IAsyncEnumerable<StreamItem> source, ChannelWriter<StreamItem> writer, CancellationTokenSource ending)
    {
        try
        {
            await foreach (var item in source.WithCancellation(ending.Token))
            {
                await writer.WriteAsync(item, ending.Token);
            }
        }
        catch (OperationCanceledException)
        {
        }
        catch (Exception exception)
        {
            writer.TryComplete(exception);
        }
    }

    private static async Task CopyAsync(HttpResponse response, ChannelReader<StreamItem> reader, TimeProvider systemClock, CancellationToken cancellationToken)
    {
        await response.Body.FlushAsync(cancellationToken);
        while (true)
        {
            using var heartbeat = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            using var timer = systemClock.CreateTimer(_ => heartbeat.Cancel(), null, Heartbeat, Timeout.InfiniteTimeSpan);
            try
            {
                if (!await reader.WaitToReadAsync(heartbeat.Token))
                {
                    return;
                }

                while (reader.TryRead(out var item))
                {
                    Write(response, item);
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                response.BodyWriter.Write(":\n\n"u8);
            }

            await response.BodyWriter.FlushAsync(cancellationToken);
        }
    }

    private static void Write(HttpResponse response, StreamItem item)
    {
        var writer = response.BodyWriter;
        if (item.Id is { } id)
        {
            writer.Write(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {id}\n")));
        }

        writer.Write(System.Text.Encoding.ASCII.GetBytes($"event: {item.Event}\ndata: "));
        writer.Write(item.Data.Span);
        writer.Write("\n\n"u8);
    }

    private static void Write(this System.IO.Pipelines.PipeWriter writer, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(writer.GetSpan(bytes.Length));
        writer.Advance(bytes.Length);
    }
}
