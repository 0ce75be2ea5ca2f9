using System.Globalization;
using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Orchestrator.Infra.Clusters;

/// <summary>Takes and checks the record that says which run may change a cluster.</summary>
internal sealed class LeaseKeeper(ClusterConnection connection)
{
    private const string Name = "orchestrator-lease";
    private const int Tries = 8;

    public async Task<ClusterLease> TakeAsync(long token, string run, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await TryTakeAsync(token, run, cancellationToken);
            }
            catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.Conflict && attempt < Tries)
            {
                // Another writer came between our read and our write: look again whether it outranks us.
            }
        }
    }

    public async Task<ClusterLease> SeizeAsync(string run, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var record = await ReadAsync(cancellationToken);
            try
            {
                // The same emergency again goes on under its token.
                return await TryTakeAsync(record?.Data?.GetOrDefault("run") == run ? Token(record) : Token(record) + 1, run, cancellationToken);
            }
            catch (Exception e) when (attempt < Tries && e is FencedException or HttpOperationException { Response.StatusCode: HttpStatusCode.Conflict })
            {
                // Another writer came between our read and our write.
            }
        }
    }

    public async Task<ClusterLease> CheckAsync(ClusterLease lease, CancellationToken cancellationToken)
    {
        var record = await ReadAsync(cancellationToken);
        var held = Token(record);
        return held == lease.Token && record is not null
            ? lease with { ResourceVersion = record.Metadata.ResourceVersion }
            : throw Fenced(lease.Token, held, record);
    }

    private async Task<ClusterLease> TryTakeAsync(long token, string run, CancellationToken cancellationToken)
    {
        var record = await ReadAsync(cancellationToken);
        if (record is null)
        {
            var created = await connection.CallAsync(client => client.CoreV1.CreateNamespacedConfigMapAsync(
                Record(token, run, null), Slo.Namespace, fieldManager: ClusterConnection.FieldManager, cancellationToken: cancellationToken));
            return Lease(created, token, run);
        }

        var held = Token(record);
        if (held > token)
        {
            throw Fenced(token, held, record);
        }

        if (held == token)
        {
            return Lease(record, token, record.Data?.GetOrDefault("run") ?? run);
        }

        var replaced = await connection.CallAsync(client => client.CoreV1.ReplaceNamespacedConfigMapAsync(
            Record(token, run, record.Metadata.ResourceVersion), Name, Slo.Namespace, fieldManager: ClusterConnection.FieldManager, cancellationToken: cancellationToken));
        return Lease(replaced, token, run);
    }

    private Task<V1ConfigMap?> ReadAsync(CancellationToken cancellationToken) =>
        connection.FindAsync(client => client.CoreV1.ReadNamespacedConfigMapAsync(Name, Slo.Namespace, cancellationToken: cancellationToken));

    private ClusterLease Lease(V1ConfigMap record, long token, string run) => new(connection.Cluster, token, run, record.Metadata.ResourceVersion);

    private FencedException Fenced(long token, long held, V1ConfigMap? record) =>
        new($"cluster {connection.Cluster}", token, held, record?.Data?.GetOrDefault("run"));

    private static V1ConfigMap Record(long token, string run, string? resourceVersion) => new()
    {
        ApiVersion = "v1",
        Kind = "ConfigMap",
        Metadata = new V1ObjectMeta { Name = Name, NamespaceProperty = Slo.Namespace, ResourceVersion = resourceVersion },
        Data = new Dictionary<string, string> { ["token"] = token.ToString(CultureInfo.InvariantCulture), ["run"] = run },
    };

    private static long Token(V1ConfigMap? record) =>
        long.TryParse(record?.Data?.GetOrDefault("token"), CultureInfo.InvariantCulture, out var token) ? token : 0;
}

internal static class DictionaryReading
{
    public static string? GetOrDefault(this IDictionary<string, string> map, string key) => map.TryGetValue(key, out var value) ? value : null;
}
