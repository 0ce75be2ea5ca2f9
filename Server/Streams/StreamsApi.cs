using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using Orchestrator.Server.Api;
using Orchestrator.Server.Runs;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Streams;

/// <summary>Where things stood at <paramref name="Position"/>: the runs under way. Entries of the journal after it follow as events.</summary>
internal sealed record Snapshot(long Position, IReadOnlyList<RunResponse> Runs, string? Next);

/// <summary>What a running task says of itself; kept nowhere.</summary>
/// <param name="Fraction">0 to 1; null when unknown.</param>
internal sealed record ProgressResponse(string Run, string Path, int Attempt, bool Undo, double? Fraction, string Message, DateTimeOffset At);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(MaskedElement)])]
[JsonSerializable(typeof(Snapshot))]
[JsonSerializable(typeof(RunDetail))]
[JsonSerializable(typeof(EntryResponse))]
[JsonSerializable(typeof(ProgressResponse))]
internal sealed partial class StreamsJson : JsonSerializerContext;

/// <summary>
/// Live streams: event <c>snapshot</c> first, then <c>entry</c> for each transition, both with the journal position as id, and
/// <c>progress</c> without one. With <c>Last-Event-ID</c> there is no snapshot and no gap: entries go on after that position.
/// </summary>
internal static class StreamsApi
{
    public static void MapStreams(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/stream", AllAsync).WithTags("streams").WithSummary("All runs, live, as server-sent events.")
            .Produces(StatusCodes.Status200OK, contentType: "text/event-stream");
        app.MapGet("/api/runs/{id:guid}/stream", OneAsync).WithTags("streams").WithSummary("One run, live, as server-sent events.")
            .Produces(StatusCodes.Status200OK, contentType: "text/event-stream");
    }

    private static async Task AllAsync(HttpContext context, Engine engine, Clocks clocks, IHostApplicationLifetime lifetime)
    {
        // The position is read before the snapshot: what is committed in between comes again as an entry, and nothing is missed.
        var from = EventStream.After(context.Request) ?? -1;
        var position = from < 0 ? engine.Position : from;
        var page = from < 0 ? await engine.ListAsync(new RunQuery { Open = true, Limit = Paging.MaxLimit }, context.RequestAborted) : null;
        var snapshot = page is null ? null : StreamItem.Of(
            "snapshot", position, new Snapshot(position, [.. page.Runs.Select(RunResponse.Of)], page.Next), StreamsJson.Default.Snapshot);
        await EventStream.WriteAsync(
            context, clocks.SystemClock, lifetime.ApplicationStopping,
            EntriesAsync(engine, snapshot, position, null), ProgressAsync(engine, null));
    }

    private static async Task OneAsync(Guid id, HttpContext context, Engine engine, RunViews views, Clocks clocks, IHostApplicationLifetime lifetime)
    {
        var run = new RunId(id);
        var summary = await engine.FindAsync(run, context.RequestAborted) ?? throw ProblemException.NotFound($"run {id}");
        var from = EventStream.After(context.Request) ?? -1;
        var position = from < 0 ? engine.Position : from;
        var detail = from < 0 ? await views.ReadAsync(run, view => RunsApi.Detail(summary, view), context.RequestAborted) : null;
        var snapshot = detail is null ? null : StreamItem.Of("snapshot", position, detail, StreamsJson.Default.RunDetail);
        await EventStream.WriteAsync(
            context, clocks.SystemClock, lifetime.ApplicationStopping,
            EntriesAsync(engine, snapshot, position, run), ProgressAsync(engine, run));
    }

    private static async IAsyncEnumerable<StreamItem> EntriesAsync(
        Engine engine, StreamItem? snapshot, long after, RunId? run, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (snapshot is not null)
        {
            yield return snapshot;
        }

        await foreach (var entry in engine.WatchAsync(after, run, cancellationToken))
        {
            yield return StreamItem.Of("entry", entry.Position, EntryResponse.Of(entry), StreamsJson.Default.EntryResponse);
        }
    }

    private static async IAsyncEnumerable<StreamItem> ProgressAsync(
        Engine engine, RunId? run, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var progress in engine.ProgressAsync(run, cancellationToken))
        {
            yield return StreamItem.Of(
                "progress", null,
                new ProgressResponse(progress.Run.ToString(), progress.Path.Value, progress.Attempt, progress.Undo, progress.Fraction, progress.Message, progress.At),
                StreamsJson.Default.ProgressResponse);
        }
    }
}
