using System.ComponentModel.DataAnnotations;
using Orchestrator.Infra.Http;

namespace Orchestrator.Infra.Settings;

/// <summary>Where the outside world is.</summary>
public sealed class InfraOptions
{
    /// <summary>Base address of every cluster without an address of its own: the simulated cloud's. Null: there is none, and every cluster has an address.</summary>
    public Uri? Cloud { get; set; }

    /// <summary>Clusters by id; a null endpoint, or one without an address, means <c>{Cloud}/clusters/{id}/</c>; without a cloud each has an address.</summary>
    public Dictionary<string, ClusterEndpoint?> Clusters { get; } = new(StringComparer.Ordinal);

    /// <summary>Directory that holds <c>.pulumi/stacks/…</c>. Default <c>.orchestrator</c>.</summary>
    [Required]
    public string StateDirectory { get; set; } = ".orchestrator";

    /// <summary>Resources of one stack worked on at once. Default 8.</summary>
    [Range(1, 256)]
    public int StackParallel { get; set; } = 8;

    /// <summary>
    /// Where webhooks may be though such addresses are closed to them (loopback, link-local, metadata services): host names, <c>host:port</c>, addresses
    /// and networks, parted by commas or blanks. The cloud is always allowed. Default: nowhere.
    /// </summary>
    public string WebhookAllow { get; set; } = "";

    /// <summary>Secrets that HTTP requests of runbooks may carry, by name; a runbook writes <c>{secret:name}</c>. Default: none.</summary>
    public Dictionary<string, RequestSecret> Secrets { get; } = new(StringComparer.Ordinal);

    /// <summary>The port of this server's own API, at which no webhook is; 0: there is none. Set by the host.</summary>
    public int OwnPort { get; set; }

    /// <summary>A folder of Pulumi programs of one's own, a folder each; they go before those that ship. Default (null): there is none.</summary>
    public string? Stacks { get; set; }

    /// <summary>What runs the stacks.</summary>
    public PulumiOptions Pulumi { get; } = new();

    /// <summary>How Alibaba Cloud's OpenAPI is reached.</summary>
    public AlibabaOptions Alibaba { get; } = new();

    /// <summary>What divides the traffic, and where it is.</summary>
    public TrafficOptions Traffic { get; } = new();

    /// <summary>Where the world's metrics are read.</summary>
    public MetricsOptions Metrics { get; } = new();

    /// <summary>What generates the load of load tests.</summary>
    public LoadTestOptions LoadTest { get; } = new();

    /// <summary>Node patches at once, each cluster. Default 64.</summary>
    [Range(1, 1024)]
    public int NodeParallel { get; set; } = 64;
}

/// <summary>Where a cluster's API server is and who we are to it.</summary>
public sealed record ClusterEndpoint
{
    /// <summary>The API server; null means the simulated cloud's.</summary>
    public Uri? Server { get; init; }

    /// <summary>Bearer token; null sends none.</summary>
    public string? Token { get; init; }

    /// <summary>A kubeconfig file to take server and credentials from, with <see cref="Context"/>.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>Context within the kubeconfig; null means its current one.</summary>
    public string? Context { get; init; }

    /// <summary>The cluster that this server runs in, with the service account of its pod. Default false.</summary>
    public bool InCluster { get; init; }

    /// <summary>It says where the cluster is; without it the cluster is the simulated cloud's.</summary>
    public bool HasAddress => Server is not null || Kubeconfig is not null || InCluster;
}
