using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Simulator.Effects;

namespace Orchestrator.Simulator.Clusters.Objects;

/// <summary>A kind of Kubernetes object that a simulated cluster keeps.</summary>
/// <param name="Group">Empty for the core group.</param>
/// <param name="Effect">What a client's change of one is called in the effects log.</param>
internal sealed record ResourceKind(string Group, string Version, string Plural, string Kind, bool Namespaced, string Effect)
{
    public static readonly ResourceKind Node = new("", "v1", "nodes", "Node", Namespaced: false, EffectKind.NodeSpec) { ShortNames = ["no"] };
    public static readonly ResourceKind Namespace = new("", "v1", "namespaces", "Namespace", Namespaced: false, EffectKind.KubernetesObject) { ShortNames = ["ns"] };
    public static readonly ResourceKind ConfigMap = new("", "v1", "configmaps", "ConfigMap", Namespaced: true, EffectKind.ConfigMap) { ShortNames = ["cm"], HasStatus = false };
    public static readonly ResourceKind Secret = new("", "v1", "secrets", "Secret", Namespaced: true, EffectKind.KubernetesObject) { HasStatus = false };
    public static readonly ResourceKind ServiceAccount = new("", "v1", "serviceaccounts", "ServiceAccount", Namespaced: true, EffectKind.KubernetesObject) { ShortNames = ["sa"], HasStatus = false };
    public static readonly ResourceKind Event = new("", "v1", "events", "Event", Namespaced: true, EffectKind.KubernetesObject) { ShortNames = ["ev"], HasStatus = false };
    public static readonly ResourceKind Pod = new("", "v1", "pods", "Pod", Namespaced: true, EffectKind.KubernetesObject) { ShortNames = ["po"], Categories = ["all"] };
    public static readonly ResourceKind Service = new("", "v1", "services", "Service", Namespaced: true, EffectKind.Service) { ShortNames = ["svc"], Categories = ["all"] };
    public static readonly ResourceKind Deployment = new("apps", "v1", "deployments", "Deployment", Namespaced: true, EffectKind.Deployment) { ShortNames = ["deploy"], Categories = ["all"], HasScale = true };
    public static readonly ResourceKind DaemonSet = new("apps", "v1", "daemonsets", "DaemonSet", Namespaced: true, EffectKind.KubernetesObject) { ShortNames = ["ds"], Categories = ["all"] };
    public static readonly ResourceKind Job = new("batch", "v1", "jobs", "Job", Namespaced: true, EffectKind.KubernetesObject) { Categories = ["all"] };
    public static readonly ResourceKind DisruptionBudget = new("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", Namespaced: true, EffectKind.KubernetesObject) { ShortNames = ["pdb"] };
    public static readonly ResourceKind Lease = new("coordination.k8s.io", "v1", "leases", "Lease", Namespaced: true, EffectKind.KubernetesObject) { HasStatus = false };
    public static readonly ResourceKind Definition = new("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", Namespaced: false, EffectKind.KubernetesObject)
    { ShortNames = ["crd", "crds"], Categories = ["api-extensions"] };

    public static readonly ResourceKind ElasticQuota = new("scheduling.sigs.k8s.io", "v1alpha1", "elasticquotas", "ElasticQuota", Namespaced: true, EffectKind.KubernetesObject) { ShortNames = ["eq", "eqs"], IsCustom = true };
    public static readonly ResourceKind ColocationProfile = new("config.koordinator.sh", "v1alpha1", "clustercolocationprofiles", "ClusterColocationProfile", Namespaced: false, EffectKind.KubernetesObject) { IsCustom = true };

    public static readonly ResourceKind Gateway = new("gateway.networking.k8s.io", "v1", "gateways", "Gateway", Namespaced: true, EffectKind.KubernetesObject)
    {
        ShortNames = ["gtw"],
        Categories = ["gateway-api"],
        IsCustom = true,
        Columns =
        [
            new("Class", "string", ".spec.gatewayClassName"),
            new("Address", "string", ".status.addresses[*].value"),
            new("Programmed", "string", """.status.conditions[?(@.type=="Programmed")].status"""),
            new("Age", "date", ".metadata.creationTimestamp"),
        ],
    };

    public static readonly ResourceKind HttpRoute = new("gateway.networking.k8s.io", "v1", "httproutes", "HTTPRoute", Namespaced: true, EffectKind.KubernetesObject)
    {
        Categories = ["gateway-api"],
        IsCustom = true,
        Columns = [new("Hostnames", "string", ".spec.hostnames"), new("Age", "date", ".metadata.creationTimestamp")],
    };

    /// <summary>Those that every cluster has from the start, in the order of discovery.</summary>
    public static readonly IReadOnlyList<ResourceKind> All =
        [ConfigMap, Event, Namespace, Node, Pod, Secret, ServiceAccount, Service, Deployment, DaemonSet, Job, DisruptionBudget, Lease, Definition, ElasticQuota, ColocationProfile, Gateway, HttpRoute];

    public ImmutableArray<string> ShortNames { get; init; } = [];

    /// <summary>Groups of kinds that <c>kubectl get</c> takes as a name, like <c>all</c>.</summary>
    public ImmutableArray<string> Categories { get; init; } = [];

    public bool HasStatus { get; init; } = true;

    public bool HasScale { get; init; }

    /// <summary>Comes from a CustomResourceDefinition: no strategic merge patch, and lists are whole unless the schema says otherwise.</summary>
    public bool IsCustom { get; init; }

    /// <summary>What a definition shows in tables behind the name; empty: the age alone.</summary>
    public ImmutableArray<PrinterColumn> Columns { get; init; } = [];

    /// <summary>The definition's schema; null when it takes every field.</summary>
    public JsonObject? Schema { get; init; }

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    public string Singular => Kind.ToLowerInvariant();

    /// <summary>As errors name it: <c>deployments.apps</c>.</summary>
    public string Qualified => Group.Length == 0 ? Plural : $"{Plural}.{Group}";
}

/// <summary>An <c>additionalPrinterColumns</c> entry of a definition.</summary>
/// <param name="Priority">Above 0: shown by <c>-o wide</c> only.</param>
internal sealed record PrinterColumn(string Name, string Type, string Path, int Priority = 0);
