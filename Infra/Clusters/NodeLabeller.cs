using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Orchestrator.Fleet.Colocation;
using Orchestrator.Infra.Http;

namespace Orchestrator.Infra.Clusters;

/// <summary>Moves nodes by their label, each with a patch that a stale writer cannot land.</summary>
internal sealed class NodeLabeller(ClusterConnection connection, int parallel)
{
    private const int Tries = 6;

    private enum Moved
    {
        Changed,
        Already,
        Gone,
        Conflicted,
    }

    public async Task<LabelOutcome> LabelAsync(
        IReadOnlyDictionary<string, SurveyedNode> known,
        IReadOnlyCollection<string> nodes,
        ColocationState state,
        ClusterLease lease,
        string idempotencyKey,
        IProgress<int>? progress,
        CancellationToken cancellationToken)
    {
        var changed = new ConcurrentBag<string>();
        var already = new ConcurrentBag<string>();
        var failed = new ConcurrentBag<UnconvergedNode>();
        var done = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(nodes, options, async (node, token) =>
        {
            try
            {
                switch (await MoveAsync(node, known.GetValueOrDefault(node), state, lease, idempotencyKey, token))
                {
                    case Moved.Changed: changed.Add(node); break;
                    case Moved.Already: already.Add(node); break;
                    case Moved.Gone: failed.Add(new UnconvergedNode(node, "no such node") { Ready = false, Gone = true }); break;
                    default: failed.Add(new UnconvergedNode(node, $"changed by others in each of {Tries} tries") { Ready = Ready(node) }); break;
                }
            }
            catch (HttpOperationException e)
            {
                failed.Add(new UnconvergedNode(node, $"refused with {(int)e.Response.StatusCode}: {ClusterConnection.Shorten(e.Response.Content)}") { Ready = Ready(node) });
            }
            catch (ClusterDeniedException e)
            {
                failed.Add(new UnconvergedNode(node, $"{e.By} denied it: {e.Reason}") { Ready = Ready(node) });
            }
            catch (ClusterUnreachableException e)
            {
                failed.Add(new UnconvergedNode(node, e.Message) { Ready = Ready(node) });
            }

            progress?.Report(Interlocked.Increment(ref done));
        });
        bool Ready(string node) => known.GetValueOrDefault(node)?.Ready ?? true;
        return new LabelOutcome(Sorted(changed), Sorted(already), [.. failed.OrderBy(node => node.Node, StringComparer.Ordinal)]);
    }

    private async Task<Moved> MoveAsync(string name, SurveyedNode? known, ColocationState state, ClusterLease lease, string key, CancellationToken cancellationToken)
    {
        var seen = known is null ? await ReadAsync(name, cancellationToken) : new Seen(known.State, known.FencingToken, known.ResourceVersion);
        for (var attempt = 1; attempt <= Tries; attempt++)
        {
            if (seen is null)
            {
                return Moved.Gone;
            }

            if (seen.Token > lease.Token)
            {
                throw new FencedException($"node {connection.Cluster}/{name}", lease.Token, seen.Token, null);
            }

            if (seen.State == state)
            {
                return attempt == 1 ? Moved.Already : Moved.Changed;
            }

            try
            {
                var patch = Patch(state, seen.ResourceVersion, lease.Token, key);
                await connection.CallAsync(client => client.CoreV1.PatchNodeAsync(patch, name, fieldManager: ClusterConnection.FieldManager, cancellationToken: cancellationToken));
                return Moved.Changed;
            }
            catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
            {
                return Moved.Gone;
            }
            catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.Conflict)
            {
                // A heartbeat, another writer, or our own patch whose answer was lost: only the node can tell.
                if (attempt > 1)
                {
                    await Task.Delay(Backoff.After(attempt, null, default), connection.EnvironmentClock, cancellationToken);
                }

                seen = await ReadAsync(name, cancellationToken);
            }
        }

        return Moved.Conflicted;
    }

    private async Task<Seen?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        var node = await connection.FindAsync(client => client.CoreV1.ReadNodeAsync(name, cancellationToken: cancellationToken));
        return node is null
            ? null
            : new Seen(ColocationStates.TryParse(node.Metadata.Labels?.GetOrDefault(ColocationStates.LabelKey)), NodeReader.TokenOf(node), node.Metadata.ResourceVersion);
    }

    private static V1Patch Patch(ColocationState state, string resourceVersion, long token, string key) =>
        new(
            new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    // The precondition: whoever changed the node since makes this patch a 409.
                    ["resourceVersion"] = resourceVersion,
                    ["labels"] = new JsonObject { [ColocationStates.LabelKey] = state.Id() },
                    ["annotations"] = new JsonObject
                    {
                        [NodeNames.IdempotencyKey] = key,
                        [NodeNames.FencingToken] = token.ToString(CultureInfo.InvariantCulture),
                    },
                },
            }.ToJsonString(),
            V1Patch.PatchType.MergePatch);

    private static ImmutableArray<string> Sorted(IEnumerable<string> names) => [.. names.Order(StringComparer.Ordinal)];

    private sealed record Seen(ColocationState? State, long Token, string ResourceVersion);
}
