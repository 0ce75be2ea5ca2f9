using k8s;
using k8s.Models;
using Orchestrator.Fleet.Files;

namespace Orchestrator.Server.Tests.Deploy;

public sealed class ManifestTests
{
    [Fact]
    public void Every_manifest_is_listed_by_its_kustomization()
    {
        Assert.All(DeployFiles.Kustomizations, file =>
        {
            var beside = Directory.EnumerateFiles(Path.GetDirectoryName(file)!, "*.yaml").Where(other => other != file).Order(StringComparer.Ordinal);
            Assert.Equal(beside, DeployFiles.Resources(file).Order(StringComparer.Ordinal));
        });
        Assert.NotEmpty(DeployFiles.Kustomizations);
    }

    /// <summary>Read strictly into the API's own types: a field that there is not is an error.</summary>
    [Fact]
    public void Every_pod_finds_what_it_names()
    {
        foreach (var kustomization in DeployFiles.Kustomizations)
        {
            var objects = DeployFiles.Resources(kustomization).SelectMany(file => KubernetesYaml.LoadAllFromString(File.ReadAllText(file), strict: true)).ToList();
            var pods = Pods(objects).ToList();
            Assert.NotEmpty(pods);
            Assert.All(pods, pod => Check(pod, objects));
            Assert.All(objects.OfType<V1PodDisruptionBudget>(), budget => Assert.Contains(pods, pod => Selects(budget.Spec.Selector.MatchLabels, pod.Template)));
            Assert.All(objects.OfType<V1Service>(), service => Assert.Contains(pods, pod => Selects(service.Spec.Selector, pod.Template)));
        }
    }

    [Fact]
    public void Servers_and_workers_are_told_the_same()
    {
        var folder = Path.Combine(DeployFiles.Root, "kubernetes", "base");
        var node = Pods(KubernetesYaml.LoadAllFromString(File.ReadAllText(Path.Combine(folder, "servers.yaml")), strict: true)).Single().Template.Spec;
        var worker = Pods(KubernetesYaml.LoadAllFromString(File.ReadAllText(Path.Combine(folder, "workers.yaml")), strict: true)).Single().Template.Spec;

        Assert.Equal(Text(node), Text(worker));

        static string Text(V1PodSpec spec)
        {
            var container = Assert.Single(spec.Containers);
            container.Args = null;
            container.Env = [.. container.Env.Where(variable => !variable.Name.StartsWith("ORCHESTRATOR_Workflows__Tags", StringComparison.Ordinal))];
            spec.TopologySpreadConstraints = null;
            return KubernetesYaml.Serialize(spec);
        }
    }

    /// <summary>As they are given they simulate nothing: each cluster of their fleet has an address.</summary>
    [Fact]
    public void The_base_has_a_fleet_that_reads_and_an_address_for_each_of_its_clusters()
    {
        var maps = KubernetesYaml.LoadAllFromString(File.ReadAllText(Path.Combine(DeployFiles.Root, "kubernetes", "base", "config.yaml")), strict: true).OfType<V1ConfigMap>().ToDictionary(map => map.Metadata.Name);
        var settings = maps["orchestrator-settings"].Data;

        var read = FleetFileReader.Read("fleet.yaml", maps["orchestrator-fleet"].Data[Path.GetFileName(settings["ORCHESTRATOR_Simulation__Fleet"])]);

        Assert.Empty(read.Diagnostics);
        Assert.All(read.Value!.Clusters, cluster => Assert.Contains($"ORCHESTRATOR_Infra__Clusters__{cluster.Id}__Kubeconfig", settings.Keys));
        Assert.DoesNotContain("ORCHESTRATOR_Simulation__Cloud", settings.Keys);
    }

    private static void Check((string Name, IDictionary<string, string> Selector, V1PodTemplateSpec Template, IEnumerable<string> Claims) pod, List<object> objects)
    {
        Assert.True(Selects(pod.Selector, pod.Template), $"{pod.Name} does not select its own pods");
        var volumes = (pod.Template.Spec.Volumes ?? []).ToDictionary(volume => volume.Name);
        Assert.All(volumes.Values.Where(volume => volume.PersistentVolumeClaim is not null), volume =>
            Assert.Contains(objects.OfType<V1PersistentVolumeClaim>(), claim => claim.Metadata.Name == volume.PersistentVolumeClaim.ClaimName));
        foreach (var container in pod.Template.Spec.Containers)
        {
            Assert.All(container.VolumeMounts, mount => Assert.Contains(mount.Name, volumes.Keys.Concat(pod.Claims)));
            Assert.NotNull(container.ReadinessProbe);
            Assert.NotNull(container.Resources?.Requests);
            foreach (var source in container.EnvFrom ?? [])
            {
                Assert.Contains(objects.OfType<V1ConfigMap>(), map => map.Metadata.Name == source.ConfigMapRef.Name);
            }

            var before = new HashSet<string>();
            foreach (var variable in container.Env ?? [])
            {
                if (variable.ValueFrom?.ConfigMapKeyRef is { } reference)
                {
                    Assert.Contains(objects.OfType<V1ConfigMap>(), map => map.Metadata.Name == reference.Name && map.Data.ContainsKey(reference.Key));
                }

                // Kubernetes puts in only what stands before, and leaves the rest as it is without a word.
                foreach (var used in (variable.Value ?? "").Split("$(").Skip(1).Select(part => part[..part.IndexOf(')')]))
                {
                    Assert.True(before.Contains(used), $"{pod.Name}: {variable.Name} uses {used}, which stands after it or nowhere");
                }

                before.Add(variable.Name);
            }
        }
    }

    private static IEnumerable<(string Name, IDictionary<string, string> Selector, V1PodTemplateSpec Template, IEnumerable<string> Claims)> Pods(IEnumerable<object> objects) =>
        objects.OfType<V1StatefulSet>().Select(set => (set.Metadata.Name, set.Spec.Selector.MatchLabels, set.Spec.Template, (set.Spec.VolumeClaimTemplates ?? []).Select(claim => claim.Metadata.Name)))
            .Concat(objects.OfType<V1Deployment>().Select(deployment => (deployment.Metadata.Name, deployment.Spec.Selector.MatchLabels, deployment.Spec.Template, Enumerable.Empty<string>())));

    private static bool Selects(IDictionary<string, string> selector, V1PodTemplateSpec template) =>
        selector.All(label => template.Metadata.Labels.TryGetValue(label.Key, out var value) && value == label.Value);
}
