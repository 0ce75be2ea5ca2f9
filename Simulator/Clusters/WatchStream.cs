using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters;

/// <summary>One watch: changes as JSON lines from a version on, until its time is over or the client leaves. Its times are the system clock's.</summary>
internal sealed class WatchStream(SimulatedCluster cluster, ObjectTable table, ObjectText text, TimeProvider systemClock)
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan BetweenBookmarks = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);

    public async Task RunAsync(HttpContext context, string? @namespace)
    {
        var query = context.Request.Query;
        var filter = ObjectFilter.Of(query, table.Kind, @namespace);
        var bookmarks = query["allowWatchBookmarks"].ToString() is "true" or "1";
        var lasts = int.TryParse(query["timeoutSeconds"], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0
            ? TimeSpan.FromSeconds(seconds)
            : Longest;
        var asked = query["resourceVersion"].ToString();
        var fromNow = asked is "" or "0";
        var version = fromNow ? 0 : ParseVersion(asked);
        if (!fromNow)
        {
            table.ChangesAfter(version);
        }

        context.Response.ContentType = "application/json";
        var output = context.Response.BodyWriter;
        if (fromNow)
        {
            var (objects, at) = table.Snapshot();
            foreach (var stored in objects.Where(filter.Matches))
            {
                WriteEvent(output, "ADDED", stored);
            }

            version = at;
        }

        await context.Response.StartAsync(context.RequestAborted);
        await output.FlushAsync(context.RequestAborted);
        await FollowAsync(output, filter, version, bookmarks, lasts, context.RequestAborted);
    }

    private async Task FollowAsync(System.IO.Pipelines.PipeWriter output, ObjectFilter filter, long version, bool bookmarks, TimeSpan lasts, CancellationToken cancellationToken)
    {
        var started = systemClock.GetTimestamp();
        var bookmarked = started;
        using var over = new CancellationTokenSource(lasts, systemClock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellationToken, cluster.Stopping);
        try
        {
            while (true)
            {
                cluster.ShowSettling(table.Kind);
                IReadOnlyList<ObjectChange> changes;
                Task next;
                try
                {
                    (changes, version, next) = table.ChangesAfter(version);
                }
                catch (StatusException error)
                {
                    output.Write(Encoding.UTF8.GetBytes($$"""{"type":"ERROR","object":{{error.ToBody().ToJsonString()}}}{{'\n'}}"""));
                    await output.FlushAsync(cancellationToken);
                    return;
                }

                var wrote = false;
                foreach (var change in changes)
                {
                    wrote |= Write(output, filter, change);
                }

                if (bookmarks && systemClock.GetElapsedTime(bookmarked) >= BetweenBookmarks)
                {
                    bookmarked = systemClock.GetTimestamp();
                    WriteBookmark(output, version);
                    wrote = true;
                }

                if (wrote)
                {
                    await output.FlushAsync(either.Token);
                }

                await Task.WhenAny(next, Task.Delay(PollInterval, systemClock, either.Token));
                either.Token.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            if (bookmarks)
            {
                WriteBookmark(output, version);
                await output.FlushAsync(CancellationToken.None);
            }
        }
    }

    private bool Write(System.IO.Pipelines.PipeWriter output, ObjectFilter filter, ObjectChange change)
    {
        var was = change.Before is not null && filter.Matches(change.Before);
        var @is = change.Type != ChangeType.Deleted && filter.Matches(change.Object);
        var type = (was, @is) switch
        {
            (false, false) => null,
            (false, true) => "ADDED",
            (true, true) => "MODIFIED",
            (true, false) => "DELETED",
        };
        if (type is null)
        {
            return false;
        }

        WriteEvent(output, type, change.Object);
        return true;
    }

    private void WriteEvent(IBufferWriter<byte> output, string type, StoredObject stored)
    {
        output.Write(Encoding.UTF8.GetBytes($$"""{"type":"{{type}}","object":"""));
        text.Write(output, table.Kind, stored);
        output.Write("}\n"u8);
    }

    private void WriteBookmark(IBufferWriter<byte> output, long version) =>
        output.Write(Encoding.UTF8.GetBytes(
            """{"type":"BOOKMARK","object":{"kind":"KIND","apiVersion":"API","metadata":{"resourceVersion":"VERSION"}}}"""
                .Replace("KIND", table.Kind.Kind, StringComparison.Ordinal)
                .Replace("API", table.Kind.ApiVersion, StringComparison.Ordinal)
                .Replace("VERSION", version.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal) + "\n"));

    private static long ParseVersion(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : throw StatusException.BadRequest($"invalid resource version: \"{text}\"");
}
