using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Tests.Kubernetes;
using Orchestrator.Infra.Tests.Simulator;
using Orchestrator.Infra.Traffic;

namespace Orchestrator.Infra.Tests.Traffic;

/// <summary>The simulated HTTPRoute by the hands of <c>kubectl</c>, and our router beside it. Skipped by name where kubectl is not installed.</summary>
public sealed class KubectlTests
{
    private const string Unit = """
        { "apiVersion": "v1", "kind": "Service", "metadata": { "name": "unit-1", "namespace": "trading" }, "spec": { "ports": [ { "port": 80 } ] } }
        """;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Kubectl_reads_what_the_router_wrote_and_the_router_what_kubectl_wrote()
    {
        await Kubectl.RequireAsync();
        await using var drivers = await Drivers.StartAsync(configure: options => options.Traffic.ForceConflicts = true);
        using var kubectl = new Kubectl(drivers.Cloud.ClusterAddress(Clouds.Cluster));
        await kubectl.FeedAsync(Unit, "create", "--validate=false", "-f", "-");

        await drivers.Router.ShiftAsync(new(Of(("home", 100)), Of(("home", 70), ("unit-1", 30)), "run/shift"), Stop);
        var weights = await kubectl.RunAsync("get", "httproute", "trading", "-n", "trading", "-o", "jsonpath={range .spec.rules[0].backendRefs[*]}{.name}={.weight} {end}");
        var accepted = await kubectl.RunAsync("wait", "httproute/trading", "-n", "trading", "--for=jsonpath={.status.parents[0].conditions[0].status}=True", "--timeout=10s");
        await kubectl.RunAsync("patch", "httproute", "trading", "-n", "trading", "--type=json", "-p", """[{"op":"replace","path":"/spec/rules/0/backendRefs/1/weight","value":70}]""");
        var read = await drivers.Router.ReadAsync(Stop);
        var managers = JsonNode.Parse(await kubectl.RunAsync("get", "httproute", "trading", "-n", "trading", "-o", "json", "--show-managed-fields"))!["metadata"]!["managedFields"]!.AsArray();
        var back = await drivers.Router.ShiftAsync(new(read.ByDestination, Of(("home", 100)), "run/home"), Stop);

        Assert.Equal("home=70 unit-1=30", weights.Trim());
        Assert.Contains("condition met", accepted, StringComparison.Ordinal);
        Assert.Equal("home 50 %, unit-1 50 %", Shares.Show(read.ByDestination));
        Assert.Contains(managers, entry => (entry!["manager"]!.ToString(), entry["operation"]!.ToString()) == ("kubectl-patch", "Update"));
        Assert.Equal("home 100 %", Shares.Show(back.ByDestination));
    }

    /// <summary>A GitOps tool owns the route's rules; whoever comes second is told so, on both sides.</summary>
    [Fact]
    public async Task Server_side_apply_by_kubectl_and_the_router_do_not_overwrite_each_other()
    {
        await Kubectl.RequireAsync();
        await using var drivers = await Drivers.StartAsync();
        using var kubectl = new Kubectl(drivers.Cloud.ClusterAddress(Clouds.Cluster));
        await kubectl.FeedAsync(Unit, "create", "--validate=false", "-f", "-");
        await drivers.Router.ShiftAsync(new(Of(("home", 100)), Of(("home", 70), ("unit-1", 30)), "run/shift"), Stop);
        const string theirs = """
            { "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": { "name": "trading", "namespace": "trading" },
              "spec": { "rules": [ { "backendRefs": [ { "name": "home", "port": 80, "weight": 100 } ] } ] } }
            """;

        var (code, refused) = await kubectl.TryAsync(theirs, "apply", "--server-side", "--validate=false", "--field-manager=gitops", "-f", "-");
        await kubectl.FeedAsync(theirs, "apply", "--server-side", "--validate=false", "--force-conflicts", "--field-manager=gitops", "-f", "-");
        var conflict = await Assert.ThrowsAsync<TrafficException>(() => drivers.Router.ShiftAsync(new(Of(("home", 100)), Of(("home", 70), ("unit-1", 30)), "run/again"), Stop));

        Assert.NotEqual(0, code);
        Assert.Contains("\"orchestrator\"", refused, StringComparison.Ordinal);
        Assert.Equal(TrafficErrorKind.FieldConflict, conflict.Kind);
        Assert.Equal(["gitops"], conflict.Managers);
    }

    private static ImmutableDictionary<string, int> Of(params (string Destination, int Percent)[] weights) => weights.ToImmutableDictionary(weight => weight.Destination, weight => weight.Percent);
}
