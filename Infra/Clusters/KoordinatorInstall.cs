using System.Collections.Immutable;
using System.Net;
using k8s;
using k8s.Autorest;

namespace Orchestrator.Infra.Clusters;

/// <summary>How Koordinator is installed in a cluster.</summary>
/// <param name="Manager">Image of koord-manager; null: there is no such deployment.</param>
/// <param name="Koordlet">Image of koordlet; null: there is no such daemon set.</param>
/// <param name="Gates">Feature gates that koordlet's arguments turn on. <c>AllAlpha</c> and <c>AllBeta</c> stand for those that are not named.</param>
/// <param name="Pending">Nodes on which koordlet is not the one that its daemon set says yet.</param>
public sealed record KoordinatorInstall(string? Manager, string? Koordlet, ImmutableHashSet<string> Gates, int Pending)
{
    public Version? ManagerVersion => VersionOf(Manager);

    public Version? KoordletVersion => VersionOf(Koordlet);

    /// <summary>The gates meant here are alpha ones.</summary>
    public bool HasGate(string gate) => Gates.Contains(gate) || Gates.Contains("AllAlpha");

    /// <summary><c>1.8.0</c> of <c>koordinator-sh/koord-manager:v1.8.0</c>; null where the tag says no version.</summary>
    public static Version? VersionOf(string? image) =>
        image?.Split('@')[0].Split(':') is [_, .., var tag] && Version.TryParse(tag.TrimStart('v').Split('-', '+')[0], out var version) ? version : null;

    /// <summary>Null: we may not read it.</summary>
    internal static async Task<KoordinatorInstall?> ReadAsync(ClusterConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            var manager = await connection.FindAsync(client => client.AppsV1.ReadNamespacedDeploymentAsync("koord-manager", Slo.Namespace, cancellationToken: cancellationToken));
            var koordlet = await connection.FindAsync(client => client.AppsV1.ReadNamespacedDaemonSetAsync("koordlet", Slo.Namespace, cancellationToken: cancellationToken));
            var container = koordlet?.Spec?.Template?.Spec?.Containers is [var first, ..] ? first : null;
            return new KoordinatorInstall(
                manager?.Spec?.Template?.Spec?.Containers is [var one, ..] ? one.Image : null,
                container?.Image,
                GatesOf([.. container?.Command ?? [], .. container?.Args ?? []]),
                Math.Max(0, (koordlet?.Status?.DesiredNumberScheduled ?? 0) - (koordlet?.Status?.UpdatedNumberScheduled ?? koordlet?.Status?.DesiredNumberScheduled ?? 0)));
        }
        catch (ClusterUnreachableException e) when (e.InnerException is HttpOperationException { Response.StatusCode: HttpStatusCode.Forbidden })
        {
            return null;
        }
    }

    /// <summary>Reads <c>--feature-gates=A=true,B=false</c>, in one argument or in two.</summary>
    internal static ImmutableHashSet<string> GatesOf(ImmutableArray<string> arguments)
    {
        var gates = ImmutableHashSet.CreateBuilder<string>(StringComparer.Ordinal);
        for (var i = 0; i < arguments.Length; i++)
        {
            var (name, value) = arguments[i].TrimStart('-').Split('=', 2) is [var left, var right] ? (left, right) : (arguments[i].TrimStart('-'), i + 1 < arguments.Length ? arguments[i + 1] : "");
            if (name == "feature-gates")
            {
                gates.UnionWith(value.Split(',').Select(gate => gate.Trim().Split('=')).Where(gate => gate is [_, var on] && on.Equals("true", StringComparison.OrdinalIgnoreCase)).Select(gate => gate[0]));
            }
        }

        return gates.ToImmutable();
    }
}
