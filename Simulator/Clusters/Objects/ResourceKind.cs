using Orchestrator.Simulator.Effects;

namespace Orchestrator.Simulator.Clusters.Objects;

/// <summary>A kind of Kubernetes object that the simulated clusters keep.</summary>
/// <param name="Group">Empty for the core group.</param>
/// <param name="Effect">What a client's change of one is called in the effects log.</param>
internal sealed record ResourceKind(string Group, string Version, string Plural, string Kind, bool Namespaced, string Effect)
{
    public static readonly ResourceKind Node = new("", "v1", "nodes", "Node", Namespaced: false, EffectKind.NodeSpec);
    public static readonly ResourceKind Namespace = new("", "v1", "namespaces", "Namespace", Namespaced: false, EffectKind.KubernetesObject);
    public static readonly ResourceKind ConfigMap = new("", "v1", "configmaps", "ConfigMap", Namespaced: true, EffectKind.ConfigMap);
    public static readonly ResourceKind Pod = new("", "v1", "pods", "Pod", Namespaced: true, EffectKind.KubernetesObject);
    public static readonly ResourceKind Service = new("", "v1", "services", "Service", Namespaced: true, EffectKind.Service);
    public static readonly ResourceKind Deployment = new("apps", "v1", "deployments", "Deployment", Namespaced: true, EffectKind.Deployment);
    public static readonly ResourceKind Lease = new("coordination.k8s.io", "v1", "leases", "Lease", Namespaced: true, EffectKind.KubernetesObject);
    public static readonly ResourceKind ElasticQuota = new("scheduling.sigs.k8s.io", "v1alpha1", "elasticquotas", "ElasticQuota", Namespaced: true, EffectKind.KubernetesObject);
    public static readonly ResourceKind ColocationProfile = new("config.koordinator.sh", "v1alpha1", "clustercolocationprofiles", "ClusterColocationProfile", Namespaced: false, EffectKind.KubernetesObject);

    public static readonly ResourceKind Gateway = new("gateway.networking.k8s.io", "v1", "gateways", "Gateway", Namespaced: true, EffectKind.KubernetesObject);
    public static readonly ResourceKind HttpRoute = new("gateway.networking.k8s.io", "v1", "httproutes", "HTTPRoute", Namespaced: true, EffectKind.KubernetesObject);

    public static readonly IReadOnlyList<ResourceKind> All =
        [Node, Namespace, ConfigMap, Pod, Service, Deployment, Lease, ElasticQuota, ColocationProfile, Gateway, HttpRoute];

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";
}
