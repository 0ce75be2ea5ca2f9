using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Orchestrator.Simulator.Clusters.Objects;
using Orchestrator.Simulator.Clusters.Tables;

namespace Orchestrator.Simulator.Clusters;

/// <summary>Answers gets and lists, in the form that the client accepts.</summary>
internal sealed class ObjectReader(SimulatedCluster cluster, ObjectText text)
{
    private readonly ListPages _objects = new(kept: 32);

    // Tens of thousands of batch pods are made up for each list of them.
    private readonly ListPages _pods = new(kept: 4);

    public StoredObject Get(ObjectTable table, ObjectKey key) => BatchPod(table, key) ?? table.Get(key);

    public StoredObject? BatchPod(ObjectTable table, ObjectKey key) =>
        table.Kind == ResourceKind.Pod ? cluster.Pods.FindBatch(key, cluster.EnvironmentClock.GetUtcNow()) : null;

    public async Task ListAsync(HttpContext context, ObjectTable table, ClusterPath path)
    {
        var form = Representation.Of(context.Request);
        var page = PageOf(context, table, path);
        var metadata = new JsonObject { ["resourceVersion"] = page.Version.ToString(CultureInfo.InvariantCulture) };
        if (page.Continue is not null)
        {
            metadata["continue"] = page.Continue;
            if (string.IsNullOrEmpty(RequestBody.Query(context, "labelSelector")) && string.IsNullOrEmpty(RequestBody.Query(context, "fieldSelector")))
            {
                metadata["remainingItemCount"] = page.Remaining;
            }
        }

        context.Response.ContentType = "application/json";
        var output = context.Response.BodyWriter;
        var kind = table.Kind;
        if (form == Form.Whole)
        {
            WriteWhole(output, kind, metadata, page);
        }
        else
        {
            var bodies = page.Objects.ToArray().Select(stored => text.Read(kind, stored));
            var list = form == Form.Table ? ObjectRows.Table(kind, bodies, metadata, Include(context), cluster.EnvironmentClock.GetUtcNow()) : ObjectRows.MetadataList(bodies, metadata);
            output.Write(Encoding.UTF8.GetBytes(list.ToJsonString()));
        }

        await output.FlushAsync(context.RequestAborted);
    }

    public async Task WriteAsync(HttpContext context, ObjectTable table, StoredObject stored, int code)
    {
        var form = Representation.Of(context.Request);
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        var output = context.Response.BodyWriter;
        Write(output, table.Kind, stored, form, Include(context));
        await output.FlushAsync(context.RequestAborted);
    }

    public void Write(IBufferWriter<byte> output, ResourceKind kind, StoredObject stored, Form form, string include)
    {
        if (form == Form.Whole)
        {
            text.Write(output, kind, stored);
            return;
        }

        var body = text.Read(kind, stored);
        var shown = form == Form.Metadata
            ? ObjectRows.Metadata(body)
            : ObjectRows.Table(kind, [body], new JsonObject { ["resourceVersion"] = body["metadata"]?["resourceVersion"]?.DeepClone() }, include, cluster.EnvironmentClock.GetUtcNow());
        output.Write(Encoding.UTF8.GetBytes(shown.ToJsonString()));
    }

    public static string Include(HttpContext context) => RequestBody.Query(context, "includeObject") is { Length: > 0 } asked ? asked : "Metadata";

    public ObjectFilter FilterOf(HttpContext context, ResourceKind kind, string? @namespace) =>
        ObjectFilter.Of(context.Request.Query, kind, @namespace, stored => text.Read(kind, stored));

    private ListPages.Page PageOf(HttpContext context, ObjectTable table, ClusterPath path)
    {
        var limit = int.TryParse(RequestBody.Query(context, "limit"), NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : (int?)null;
        var filter = FilterOf(context, table.Kind, path.Namespace);
        var pages = table.Kind == ResourceKind.Pod ? _pods : _objects;
        if (RequestBody.Query(context, "continue") is { Length: > 0 } token)
        {
            return pages.Next(token, limit);
        }

        var (objects, version) = SnapshotOf(context, table);
        if (table.Kind == ResourceKind.Pod && (path.Namespace is null or BatchSlots.Namespace) && filter.MatchesLabels(Pods.BatchLabels))
        {
            var now = cluster.EnvironmentClock.GetUtcNow();
            // Running ones are made up for each list, so not for one that leaves them out.
            var running = filter.Allows("status.phase", "Running") ? cluster.Pods.Batch(now) : [];
            var waiting = filter.Allows("status.phase", "Pending") ? cluster.Pods.Waiting(now) : [];
            objects = [.. objects, .. running, .. waiting];
        }

        return pages.Start(filter.IsEverything ? objects : Array.FindAll(objects, filter.Matches), version, limit);
    }

    /// <summary>The state that <c>resourceVersion</c> and <c>resourceVersionMatch</c> ask for: exactly the one of a version, or any that is not older.</summary>
    private static (StoredObject[] Objects, long Version) SnapshotOf(HttpContext context, ObjectTable table)
    {
        var asked = RequestBody.Query(context, "resourceVersion") ?? "";
        var match = RequestBody.Query(context, "resourceVersionMatch") ?? "";
        StatusException Invalid(string message) => new(422, "Invalid", $"ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: {message}");
        if (match.Length > 0 && asked.Length == 0)
        {
            throw Invalid("Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided");
        }

        if (match is not ("" or "Exact" or "NotOlderThan"))
        {
            throw Invalid($"Unsupported value: \"{match}\": supported values: \"Exact\", \"NotOlderThan\", \"\"");
        }

        if (match == "Exact" && asked == "0")
        {
            throw Invalid("Forbidden: resourceVersionMatch \"Exact\" is forbidden for resourceVersion \"0\"");
        }

        var present = table.Snapshot();
        if (asked is "" or "0")
        {
            return present;
        }

        var version = WatchStream.ParseVersion(asked);
        // A limit makes a list exact, unless it says otherwise: the pages go on from that version.
        if (match == "Exact" || (match.Length == 0 && RequestBody.Query(context, "limit") is { Length: > 0 } and not "0"))
        {
            return (table.SnapshotAt(version), version);
        }

        return version <= present.Version ? present : throw StatusException.TooLargeVersion(version, present.Version);
    }

    private void WriteWhole(PipeWriter output, ResourceKind kind, JsonObject metadata, ListPages.Page page)
    {
        output.Write(Encoding.UTF8.GetBytes($$"""{"kind":"{{kind.Kind}}List","apiVersion":"{{kind.ApiVersion}}","metadata":{{metadata.ToJsonString()}},"items":["""));
        var first = true;
        foreach (var stored in page.Objects.ToArray())
        {
            if (!first)
            {
                output.Write(","u8);
            }

            first = false;
            text.Write(output, kind, stored);
        }

        output.Write("]}"u8);
    }
}
