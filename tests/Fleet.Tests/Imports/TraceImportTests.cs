using System.Text;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Imports;

namespace Orchestrator.Fleet.Tests.Imports;

public sealed class TraceImportTests
{
    private static readonly string Nodes = Repository.Text("tests", "Fleet.Tests", "Imports", "small", "nodes.csv");
    private static readonly string Pods = Repository.Text("tests", "Fleet.Tests", "Imports", "small", "pods.csv");

    [Fact]
    public void Cuts_clusters_by_model_and_size_and_keeps_the_names()
    {
        var fleet = Import(Nodes, Pods).Required.Fleet;

        Assert.Equal(["cpu-small", "g2-large", "t4-large"], fleet.Clusters.Select(cluster => cluster.Id));
        Assert.Equal(["n-1", "n-2", "n-3", "n-4", "n-5"], fleet.Clusters.SelectMany(cluster => cluster.ListNodes()).Select(node => node.Name));
    }

    [Fact]
    public void Says_what_became_of_every_pod()
    {
        var summary = Import(Nodes, Pods).Required.Summary;

        Assert.Equal((6, 2, 2, 1, 1), (summary.Pods, summary.OnlinePods, summary.BatchPods, summary.NeverScheduled, summary.Unplaced));
        Assert.Equal(2, summary.Days);
    }

    [Fact]
    public void Lays_every_day_on_one()
    {
        var clusters = Import(Nodes, Pods).Required.Fleet.Clusters;
        var (plain, t4) = (clusters[0].Demand, clusters[2].Demand);

        Assert.Equal(8000, plain.OnlineCpuMilli.At(TimeSpan.FromHours(12)));
        Assert.Equal(2000, plain.BatchCpuMilli.At(TimeSpan.FromHours(1)));
        Assert.Equal(1000, plain.BatchCpuMilli.At(TimeSpan.FromHours(2)));
        Assert.Equal(8000, t4.OnlineCpuMilli.At(TimeSpan.FromHours(23)));
        Assert.Equal(8000, t4.OnlineCpuMilli.At(TimeSpan.Zero));
        Assert.Equal(0, t4.OnlineCpuMilli.At(TimeSpan.FromHours(1)));
    }

    [Fact]
    public void Takes_the_mean_of_the_days_when_asked()
    {
        var fleet = Import(Nodes, Pods, new TraceImportOptions { Fold = TraceFold.Mean }).Required.Fleet;

        Assert.Equal(4000, fleet.Clusters[0].Demand.OnlineCpuMilli.At(TimeSpan.FromHours(12)));
    }

    [Fact]
    public void Merges_groups_of_a_few_machines()
    {
        var fleet = Import(Nodes, Pods, new TraceImportOptions { LeastClusterPercent = 40 }).Required.Fleet;

        Assert.Equal(["cpu-small", "g2-large"], fleet.Clusters.Select(cluster => cluster.Id));
        Assert.Equal(3, fleet.Clusters[1].NodeCount);
    }

    [Fact]
    public void Imports_the_published_trace_whole()
    {
        using var nodes = PublishedTrace.Open("nodes.csv");
        using var pods = PublishedTrace.Open("pods.csv");

        var imported = TraceImport.Read("nodes.csv", nodes, "pods.csv", pods).Required;

        var clusters = imported.Fleet.Clusters;
        Assert.InRange(clusters.Length, 5, 12);
        Assert.Equal(1523, clusters.SelectMany(cluster => cluster.ListNodes()).Select(node => node.Name).Distinct().Count());
        Assert.Equal(8152, imported.Summary.OnlinePods + imported.Summary.BatchPods + imported.Summary.NeverScheduled + imported.Summary.Unplaced);
        Assert.Equal(897, imported.Summary.NeverScheduled);
        foreach (var cluster in clusters)
        {
            for (var at = TimeSpan.Zero; at < TimeSpan.FromDays(1); at += TimeSpan.FromMinutes(10))
            {
                Assert.True(cluster.Demand.OnlineCpuMilli.At(at) + cluster.Demand.BatchCpuMilli.At(at) <= cluster.CpuMilli);
                Assert.True(cluster.Demand.OnlineMemoryMiB.At(at) + cluster.Demand.BatchMemoryMiB.At(at) <= cluster.MemoryMiB);
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{imported.Summary}\n" + string.Join('\n', clusters.Select(c =>
            $"{c.Id} {c.NodeCount} nodes {c.CpuMilli / 1000} cores, online {c.Demand.OnlineCpuMilli.Peak / c.CpuMilli:P0}, batch {c.Demand.BatchCpuMilli.Peak / c.CpuMilli:P0}, mem {c.Demand.OnlineMemoryMiB.Peak / c.MemoryMiB:P0}")));
        var written = FleetFileWriter.Write(imported.Fleet);
        Assert.Equal(written, FleetFileWriter.Write(FleetFileReader.Read("trace.yaml", written).Required));
    }

    [Theory]
    [InlineData("sn,cpu_milli,gpu,model\nn-1,32000,0,\n", "nodes.csv:1:1: error FL040: the column 'memory_mib' is missing")]
    [InlineData("sn,cpu_milli,memory_mib,gpu,model\nn-1,many,131072,0,\n", "nodes.csv:2:5: error FL041: 'cpu_milli' must be a whole number, not 'many'")]
    [InlineData("sn,cpu_milli,memory_mib,gpu,model\nn-1,32000,-5,0,\n", "nodes.csv:2:11: error FL042: 'memory_mib' is -5; it must be from 1")]
    [InlineData("sn,cpu_milli,memory_mib,gpu,model\nn-1,1,1,0,\nn-1,1,1,0,\n", "nodes.csv:3:1: error FL021: the node 'n-1' stands already on line 2")]
    [InlineData("sn,cpu_milli,memory_mib,gpu,model\nn-1,32000\n", "nodes.csv:2:1: error FL043: the row has 2 fields")]
    [InlineData("sn,cpu_milli,memory_mib,gpu,model\n", "nodes.csv:2:1: error FL002: there is no row under the header")]
    [InlineData("", "nodes.csv:1:1: error FL002: the file is empty")]
    [InlineData("sn\0", "nodes.csv:1:3: error FL001: this is not UTF-8 text")]
    public void Locates_what_is_wrong_with_the_nodes(string nodes, string diagnostic)
    {
        Assert.StartsWith(diagnostic, Assert.Single(Import(nodes, Pods).Diagnostics).ToString());
    }

    [Theory]
    [InlineData("p,1,1,0,0,,LX,Running,0,5,0", "pods.csv:2:12: error FL044: 'LX' is not a service class; did you mean LS?")]
    [InlineData("p,1,1,0,0,,LS,Running,0,5,9", "pods.csv:2:25: error FL045: the pod is deleted before it is scheduled")]
    [InlineData("p,1,1,0,0,,LS,Running,0,soon,0", "pods.csv:2:25: error FL041: 'deletion_time' must be a number of seconds, not 'soon'")]
    [InlineData("p,-1,1,0,0,,LS,Running,0,5,0", "pods.csv:2:3: error FL042: 'cpu_milli' is -1; it must be from 0")]
    public void Locates_what_is_wrong_with_the_pods(string row, string diagnostic)
    {
        Assert.StartsWith(diagnostic, Assert.Single(Import(Nodes, $"{Pods.Split('\n')[0]}\n{row}\n").Diagnostics).ToString());
    }

    [Fact]
    public void Refuses_a_file_of_50_megabytes()
    {
        using var nodes = new MemoryStream(new byte[50 * 1024 * 1024]);
        using var pods = Text(Pods);

        Assert.Equal("FL003", Assert.Single(TraceImport.Read("nodes.csv", nodes, "pods.csv", pods).Diagnostics).Code);
    }

    private static ReadResult<ImportedFleet> Import(string nodes, string pods, TraceImportOptions? options = null)
    {
        using var nodeStream = Text(nodes);
        using var podStream = Text(pods);
        return TraceImport.Read("nodes.csv", nodeStream, "pods.csv", podStream, options);
    }

    private static MemoryStream Text(string text) => new(Encoding.UTF8.GetBytes(text));
}
