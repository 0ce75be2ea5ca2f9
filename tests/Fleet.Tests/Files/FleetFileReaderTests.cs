using Orchestrator.Fleet.Files;

namespace Orchestrator.Fleet.Tests.Files;

public sealed class FleetFileReaderTests
{
    private const string Good = """
        fleet: small
        currency: CNY
        traffic: { "00:00": 100 }
        clusters:
          - id: hz
            kind: batch
            region: cn-hangzhou
            zones: [h]
            costPerNodeHour: 6.4
            pools:
              - { name: compute, cpuMilli: 32000, memoryMiB: 131072, nodes: [n-1, n-2] }

        """;

    [Fact]
    public void Prices_are_what_the_file_says_and_otherwise_not_known()
    {
        var bare = FleetFileReader.Read("f.yaml", Good).Required;
        var priced = FleetFileReader.Read("f.yaml", $"{Good}cloud: {{ databaseCostPerHour: 4, cacheCostPerHour: 0, priceSource: 'a price: list' }}\nowned: {{ costPerHostHour: 3, hoursPerPromotion: 4380 }}\n").Required;
        var back = FleetFileReader.Read("w.yaml", FleetFileWriter.Write(priced)).Required;

        Assert.Empty(bare.Cloud.ResourcePrices);
        Assert.Null(bare.Owned);
        // A price of 0 is a price.
        Assert.Equal([("cache", 0m), ("database", 4m)], back.Cloud.ResourcePrices.Select(price => (price.Key, price.Value)));
        Assert.Equal(("a price: list", priced.Owned), (back.Cloud.PriceSource, back.Owned));
    }

    [Fact]
    public void A_good_file_has_no_diagnostics() => Assert.Empty(FleetFileReader.Read("f.yaml", Good).Diagnostics);

    [Theory]
    [InlineData("cpuMilli: 32000", "cpuMilli: -4", "f.yaml:11:36: error FL013: 'cpuMilli' is -4; it must be from 1 to 4096000")]
    [InlineData("cpuMilli: 32000", "cpuMilli: many", "f.yaml:11:36: error FL012: 'cpuMilli' must be a whole number, not 'many'")]
    [InlineData("    kind: batch", "    knid: batch", "f.yaml:5:5: error FL011: a cluster needs the key 'kind'", "f.yaml:6:5: error FL010: a cluster has no key 'knid'; did you mean kind?")]
    [InlineData("kind: batch", "kind: bach", "f.yaml:6:11: error FL013: 'bach' is not a value of 'kind'; did you mean batch?")]
    [InlineData("[n-1, n-2]", "[n-1, n-1]", "f.yaml:11:75: error FL021: the node 'n-1' stands already on line 11")]
    [InlineData("fleet: small", "fleet: small\nfleet: again", "f.yaml:2:1: error FL014: fleet stands here twice; the first is on line 1")]
    [InlineData("    kind", "\tkind", "f.yaml:6:1: error FL005: a tab in the indentation")]
    [InlineData("[h]", "[h", "f.yaml:8:12: error FL004: this is not YAML: a value is broken off after this place")]
    [InlineData("\"00:00\"", "\"24:10\"", "f.yaml:3:12: error FL013: '24:10' is not a time of day")]
    [InlineData("fleet: small", "fleet: small\napplication: { objectiveMilliseconds: 30 }", "f.yaml:2:14: error FL013: the latencies must rise")]
    [InlineData("fleet: small", "fleet: small\nhome: { cpu: 1 }", "f.yaml:2:7: error FL011: 'home' needs the key 'cpuMilli'", "f.yaml:2:9: error FL010: 'home' has no key 'cpu'")]
    [InlineData("fleet: small", "fleet: small\ncloud: { databaseCostPerHour: -1 }", "f.yaml:2:31: error FL013: 'databaseCostPerHour' is -1")]
    [InlineData("fleet: small", "fleet: small\nowned: { costPerHostHour: 3 }", "f.yaml:2:8: error FL011: 'owned' needs the key 'hoursPerPromotion'")]
    [InlineData("    kind: batch", "    kind: batch\n    koordletGates: [BEMemEvict]", "f.yaml:7:21: error FL013: 'BEMemEvict' is not a gate of koordlet that matters here; did you mean BEMemoryEvict?")]
    public void Every_diagnostic_has_its_place_and_a_mend(string old, string changed, params string[] diagnostics)
    {
        var found = FleetFileReader.Read("f.yaml", Good.Replace(old, changed, StringComparison.Ordinal)).Diagnostics;

        Assert.Equal(diagnostics.Length, found.Length);
        Assert.All(diagnostics.Zip(found), pair => Assert.StartsWith(pair.First, pair.Second.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void A_cluster_named_twice_is_refused()
    {
        var second = Good[Good.IndexOf("  - id", StringComparison.Ordinal)..].Replace("n-", "m-", StringComparison.Ordinal);

        Assert.StartsWith("f.yaml:12:9: error FL020: the cluster 'hz' stands already on line 5",
            Assert.Single(FleetFileReader.Read("f.yaml", Good + second).Diagnostics).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "FL002")]
    [InlineData("  \n", "FL002")]
    [InlineData("# nothing\n", "FL002")]
    [InlineData("fleet: \0", "FL001")]
    [InlineData("just text", "FL012")]
    [InlineData("a: &x [1]\nb: *x\n", "FL004")]
    public void What_is_no_fleet_file_is_refused(string text, string code)
    {
        Assert.Contains(FleetFileReader.Read("f.yaml", text).Diagnostics, diagnostic => diagnostic.Code == code);
    }

    [Fact]
    public void A_file_of_50_megabytes_is_refused_unread()
    {
        using var content = new MemoryStream(new byte[50 * 1024 * 1024]);

        Assert.Equal("FL003", Assert.Single(FleetFileReader.Read("f.yaml", content).Diagnostics).Code);
        Assert.True(content.Position < 10 * 1024 * 1024);
    }

    [Fact]
    public void What_the_writer_writes_the_reader_reads_back()
    {
        var odd = Shipped.DemoFleet with
        {
            Images = ["registry.example.com/a:1", "registry.example.com/b@sha256:0"],
            Application = new() { RequestsPerCore = 12.5, BaseMilliseconds = 1, ObjectiveMilliseconds = 2, TimeoutMilliseconds = 3, OrdersPerRequest = 0, NeighbourLossPercent = 100 },
            HomeCpuMilli = 1.5,
            Clusters = [Shipped.DemoFleet.Clusters[0] with { KoordletGates = ["BECPUEvict", "BEMemoryEvict"], Pools = [Shipped.DemoFleet.Clusters[0].Pools[0] with { Images = [] }], Region = "null", Zones = ["a: b", "\"q\" \\ \u4e2d"] }, .. Shipped.DemoFleet.Clusters[1..]],
        };

        var back = FleetFileReader.Read("w.yaml", FleetFileWriter.Write(odd, "two\nlines")).Required;

        Assert.Equal(FleetFileWriter.Write(odd), FleetFileWriter.Write(back));
        Assert.Equal(odd.Clusters[0].Zones, back.Clusters[0].Zones);
        Assert.Equal((odd.Application, odd.HomeCpuMilli, odd.EntryLimit), (back.Application, back.HomeCpuMilli, back.EntryLimit));
        Assert.Equal(odd.Clusters[0].KoordletGates, back.Clusters[0].KoordletGates);
        Assert.Equal("null", back.Clusters[0].Region);
        Assert.Equal(odd.Images, back.Images);
        Assert.Empty(back.Clusters[0].Pools[0].Images!.Value);
    }
}
