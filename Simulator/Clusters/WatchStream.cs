using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Orchestrator.Simulator.Clusters.Objects;
using Orchestrator.Simulator.Clusters.Tables;

namespace Orchestrator.Simulator.Clusters;

/// <summary>One watch: changes as JSON lines from a version on, until its time is over or the client leaves. Its times are the system clock's.</summary>
internal sealed class WatchStream(SimulatedCluster cluster, ObjectTable table, ObjectReader reader, TimeProvider systemClock)
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan BetweenBookmarks = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);

    private Form _form;
    private string _include = "";

    public async Task RunAsync(HttpContext context, string? @namespace)
    {
        var query = context.Request.Query;
        var filter = reader.FilterOf(context, table.Kind, @namespace);
        _form = Representation.Of(context.Request);
        _include = ObjectReader.Include(context);
        var bookmarks = query["allowWatchBookmarks"].ToString() is "true" or "1";
        var lasts = int.TryParse(query["timeoutSeconds"], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0
            ? TimeSpan.FromSeconds(seconds)
            : Longest;
        var asked = query["resourceVersion"].ToString();
        var initial = query["sendInitialEvents"].ToString();
        if (initial.Length > 0 && query["resourceVersionMatch"] != "NotOlderThan")
        {
            throw new StatusException(422, "Invalid", "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
        }

        var listed = initial is "true" or "1";
        var fromNow = listed || (asked is "" or "0" && initial.Length == 0);
        if (initial.Length > 0 && !listed && asked is "" or "0")
        {
            asked = table.Snapshot().Version.ToString(CultureInfo.InvariantCulture);
        }

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
            if (listed && bookmarks)
            {
                WriteBookmark(output, version, initialEnd: true);
            }
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
        reader.Write(output, table.Kind, stored, _form, _include);
        output.Write("}\n"u8);
    }

    /// <param name="initialEnd">The objects that were there are all sent: what follows are changes.</param>
    private void WriteBookmark(IBufferWriter<byte> output, long version, bool initialEnd = false)
    {
        var metadata = new JsonObject { ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture) };
        if (initialEnd)
        {
            metadata["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
        }

        var body = new JsonObject { ["kind"] = table.Kind.Kind, ["apiVersion"] = table.Kind.ApiVersion, ["metadata"] = metadata };
        var shown = _form switch
        {
            Form.Table => ObjectRows.Table(table.Kind, [], metadata.DeepClone().AsObject(), _include, cluster.EnvironmentClock.GetUtcNow()),
            Form.Metadata => ObjectRows.Metadata(body),
            _ => body,
        };
        output.Write(Encoding.UTF8.GetBytes(new JsonObject { ["type"] = "BOOKMARK", ["object"] = shown }.ToJsonString() + "\n"));
    }

    public static long ParseVersion(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : throw StatusException.BadRequest($"invalid resource version: \"{text}\"");
}
