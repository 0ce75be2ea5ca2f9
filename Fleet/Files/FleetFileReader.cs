using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Orchestrator.Fleet.Demand;
using Orchestrator.Text;
using Orchestrator.Text.Yaml;

namespace Orchestrator.Fleet.Files;

/// <summary>Reads a fleet file; the format stands in docs/fleet.md. Finds every diagnostic in one pass.</summary>
public static class FleetFileReader
{
    /// <summary>8 MiB; a fleet of 50,000 nodes by name takes about 1.</summary>
    public const int LargestFile = 8 * 1024 * 1024;

    private const long MostCpuMilli = 4_096_000;
    private const long MostMemoryMiB = 1L << 27;

    /// <param name="file">Name to show in diagnostics.</param>
    public static ReadResult<FleetDefinition> Read(string file, string text)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return Read(file, content);
    }

    /// <param name="file">Name to show in diagnostics.</param>
    /// <param name="content">UTF-8; read to its end or to <see cref="LargestFile"/>.</param>
    public static ReadResult<FleetDefinition> Read(string file, Stream content)
    {
        var diagnostics = new DiagnosticList(file);
        if (FleetYaml.Read(content, LargestFile, "a fleet (YAML, see docs/fleet.md)", diagnostics) is not { } root)
        {
            return ReadResult<FleetDefinition>.Failed(diagnostics);
        }

        var fleet = ReadFleet(new Fields(root, "a fleet file", diagnostics), diagnostics);
        return diagnostics.Count > 0 ? ReadResult<FleetDefinition>.Failed(diagnostics) : ReadResult<FleetDefinition>.Of(fleet);
    }

    private static FleetDefinition ReadFleet(Fields fields, DiagnosticList diagnostics)
    {
        var names = new Names();
        var fleet = new FleetDefinition
        {
            Name = fields.Id("fleet"),
            Currency = ReadCurrency(fields),
            Start = ReadStart(fields),
            Traffic = ReadCurve(fields, "traffic", fields.Required("traffic")),
            EntryLimit = fields.Optional("entryLimit") is { } limit ? fields.ToNumber("entryLimit", limit, 1) : null,
            Application = fields.OptionalMap("application") is { } application ? ReadApplication(application) : new ApplicationProfile(),
            HomeCpuMilli = fields.OptionalMap("home") is { } home ? ReadHome(home) : null,
            Images = ReadImages(fields) ?? FleetDefinition.StandardImages,
            Cloud = fields.OptionalMap("cloud") is { } cloud ? ReadCloud(cloud) : new CloudTerms(),
            Owned = fields.OptionalMap("owned") is { } owned ? ReadOwned(owned) : null,
            Clusters = [.. fields.List("clusters").Select(node => ReadCluster(new Fields(node, "a cluster", diagnostics), names, diagnostics))],
        };
        fields.Close();
        return fleet;
    }

    private static string ReadCurrency(Fields fields)
    {
        var currency = fields.Text("currency");
        if (currency.Length > 0 && (currency.Length != 3 || !currency.All(char.IsAsciiLetterUpper)))
        {
            fields.Add(fields.Optional("currency")!, "FL013", $"'{currency}' is not a currency; give its three-letter code, as in CNY");
        }

        return currency;
    }

    private static DateTimeOffset? ReadStart(Fields fields)
    {
        if (fields.OptionalText("start") is not { } text)
        {
            return null;
        }

        if (DateTimeOffset.TryParseExact(text, ["yyyy-MM-ddTHH:mm:sszzz", "yyyy-MM-ddTHH:mmzzz"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var start))
        {
            return start;
        }

        fields.Add(fields.Optional("start")!, "FL013", $"'{text}' is not a time; write it as in 2026-11-10T18:00:00+08:00");
        return null;
    }

    private static ImmutableArray<string>? ReadImages(Fields fields) =>
        fields.Optional("images") switch
        {
            null => null,
            YamlSequence { Items: [] } => [],
            _ => [.. fields.List("images").Select(node => fields.ToText("images", node))],
        };

    private static double ReadHome(Fields fields)
    {
        var cpu = fields.Required("cpuMilli") is { } node ? fields.ToNumber("cpuMilli", node, 0) : 0;
        fields.Close();
        return cpu;
    }

    private static ApplicationProfile ReadApplication(Fields fields)
    {
        var standard = new ApplicationProfile();
        double Number(string key, double least, double otherwise) => fields.Optional(key) is { } node ? fields.ToNumber(key, node, least) : otherwise;
        var profile = new ApplicationProfile
        {
            RequestsPerCore = Number("requestsPerCore", 0.001, standard.RequestsPerCore),
            BaseMilliseconds = Number("baseMilliseconds", 0.001, standard.BaseMilliseconds),
            ObjectiveMilliseconds = Number("objectiveMilliseconds", 0.001, standard.ObjectiveMilliseconds),
            TimeoutMilliseconds = Number("timeoutMilliseconds", 0.001, standard.TimeoutMilliseconds),
            OrdersPerRequest = Number("ordersPerRequest", 0, standard.OrdersPerRequest),
            NeighbourLossPercent = Number("neighbourLossPercent", 0, standard.NeighbourLossPercent),
            InternalPercent = Number("internalPercent", 0, standard.InternalPercent),
        };
        fields.Close();
        if (profile.BaseMilliseconds >= profile.ObjectiveMilliseconds || profile.ObjectiveMilliseconds > profile.TimeoutMilliseconds)
        {
            fields.Add(fields.Node, "FL013", "the latencies must rise: baseMilliseconds below objectiveMilliseconds, and that at most timeoutMilliseconds");
            return standard;
        }

        if (profile.NeighbourLossPercent > 100)
        {
            fields.Add(fields.Optional("neighbourLossPercent")!, "FL013", "'neighbourLossPercent' must be from 0 to 100");
            return standard;
        }

        if (profile.InternalPercent > 100)
        {
            fields.Add(fields.Optional("internalPercent")!, "FL013", "'internalPercent' must be from 0 to 100");
            return standard;
        }

        return profile;
    }

    private static ImmutableArray<string> ReadGates(Fields fields)
    {
        switch (fields.Optional("koordletGates"))
        {
            case null:
                return ClusterDefinition.StandardGates;
            case YamlSequence { Items: [] }:
                return [];
        }

        var gates = ImmutableArray.CreateBuilder<string>();
        foreach (var node in fields.List("koordletGates"))
        {
            var gate = fields.ToText("koordletGates", node);
            if (gate.Length > 0 && !ClusterDefinition.KnownGates.Contains(gate))
            {
                fields.Add(node, "FL013", $"'{gate}' is not a gate of koordlet that matters here{Suggest.Hint(gate, ClusterDefinition.KnownGates)}");
            }

            gates.Add(gate);
        }

        return gates.ToImmutable();
    }

    private static string ReadVersion(Fields fields)
    {
        var version = fields.Text("koordinator");
        if (!Version.TryParse(version, out _))
        {
            fields.Add(fields.Optional("koordinator")!, "FL013", $"'{version}' is no version of Koordinator; give one like 1.8.0, in quotes");
        }

        return version;
    }

    private static CloudTerms ReadCloud(Fields fields)
    {
        var standard = new CloudTerms();
        var terms = new CloudTerms
        {
            CostPerHostHour = fields.Decimal("costPerHostHour", 0, 1_000_000, standard.CostPerHostHour),
            HostCpuMilli = fields.Integer("hostCpuMilli", 1, MostCpuMilli, standard.HostCpuMilli),
            HostMemoryMiB = fields.Integer("hostMemoryMiB", 1, MostMemoryMiB, standard.HostMemoryMiB),
            DatabaseCostPerHour = Price("databaseCostPerHour"),
            CacheCostPerHour = Price("cacheCostPerHour"),
            BalancerCostPerHour = Price("balancerCostPerHour"),
            PriceSource = fields.OptionalText("priceSource"),
        };
        fields.Close();
        return terms;

        decimal? Price(string key) => fields.Optional(key) is null ? null : fields.Decimal(key, 0, 1_000_000);
    }

    private static OwnedTerms ReadOwned(Fields fields)
    {
        var terms = new OwnedTerms
        {
            CostPerHostHour = fields.Decimal("costPerHostHour", 0, 1_000_000),
            HostCpuMilli = fields.Optional("hostCpuMilli") is null ? null : fields.Integer("hostCpuMilli", 1, MostCpuMilli),
            HoursPerPromotion = (double)fields.Decimal("hoursPerPromotion", 0, 87_600),
            PriceSource = fields.OptionalText("priceSource"),
        };
        fields.Close();
        return terms;
    }

    private static ClusterDefinition ReadCluster(Fields fields, Names names, DiagnosticList diagnostics)
    {
        var id = fields.Id("id");
        if (id.Length > 0 && names.Clusters.TryGetValue(id, out var line))
        {
            fields.Add(fields.Optional("id")!, "FL020", $"the cluster '{id}' stands already on line {line}; give this one another id");
        }
        else if (id.Length > 0)
        {
            names.Clusters.Add(id, fields.Node.Position.Line);
        }

        var zones = fields.List("zones").Select(node => fields.ToText("zones", node)).ToImmutableArray();
        var pools = new HashSet<string>(StringComparer.Ordinal);
        var cluster = new ClusterDefinition
        {
            Id = id,
            Kind = fields.OneOf("kind", ("batch", ClusterKind.Batch), ("online", ClusterKind.Online)),
            Region = fields.Text("region"),
            Zones = zones,
            CostPerNodeHour = fields.Decimal("costPerNodeHour", 0, 1_000_000),
            ReservePercent = fields.Int("reservePercent", 0, 50, 5),
            Koordinator = fields.Optional("koordinator") is null ? ClusterDefinition.StandardKoordinator : ReadVersion(fields),
            KoordletGates = ReadGates(fields),
            Demand = fields.OptionalMap("demand") is { } demand ? ReadDemand(demand) : ClusterDemand.None,
            Pools = [.. fields.List("pools").Select(node => ReadPool(new Fields(node, "a pool", diagnostics), zones, pools, names))],
        };
        fields.Close();
        return cluster;
    }

    private static PoolDefinition ReadPool(Fields fields, ImmutableArray<string> zones, HashSet<string> pools, Names names)
    {
        var name = fields.Id("name");
        if (name.Length > 0 && !pools.Add(name))
        {
            fields.Add(fields.Optional("name")!, "FL022", $"this cluster has a pool '{name}' already; give this one another name");
        }

        var zone = fields.OptionalText("zone");
        if (zone is not null && !zones.Contains(zone))
        {
            fields.Add(fields.Optional("zone")!, "FL013", $"'{zone}' is not a zone of this cluster{Suggest.Hint(zone, zones)}");
        }

        var pool = new PoolDefinition
        {
            Name = name,
            Model = fields.OptionalText("model") ?? "",
            CpuMilli = fields.Integer("cpuMilli", 1, MostCpuMilli),
            MemoryMiB = fields.Integer("memoryMiB", 1, MostMemoryMiB),
            Gpu = fields.Int("gpu", 0, 1024, 0),
            Zone = zone,
            Images = ReadImages(fields),
            Nodes = ReadNodes(fields, names),
        };
        fields.Close();
        return pool;
    }

    // Either names one by one, or { prefix: hz-a-, count: 20 } for hz-a-001 … hz-a-020.
    private static ImmutableArray<string> ReadNodes(Fields fields, Names names)
    {
        if (fields.Optional("nodes") is not YamlMapping)
        {
            return [.. fields.List("nodes").Select(node => Claim(fields, node, fields.ToText("nodes", node), names))];
        }

        var range = fields.Map("nodes");
        var (prefix, count) = (range.Text("prefix"), range.Int("count", 1, 100_000));
        range.Close();
        return [.. Enumerable.Range(1, count).Select(number => Claim(fields, range.Node, NodeName(prefix, number), names))];
    }

    internal static string NodeName(string prefix, int number) => prefix + number.ToString("D3", CultureInfo.InvariantCulture);

    private static string Claim(Fields fields, YamlNode at, string name, Names names)
    {
        if (name.Length > 0 && !names.Nodes.TryAdd(name, at.Position.Line))
        {
            fields.Add(at, "FL021", $"the node '{name}' stands already on line {names.Nodes[name]}; a node belongs to one pool");
        }

        return name;
    }

    private static ClusterDemand ReadDemand(Fields fields)
    {
        var demand = new ClusterDemand(
            ReadCurve(fields, "onlineCpuMilli", fields.Optional("onlineCpuMilli")),
            ReadCurve(fields, "batchCpuMilli", fields.Optional("batchCpuMilli")),
            ReadCurve(fields, "onlineMemoryMiB", fields.Optional("onlineMemoryMiB")),
            ReadCurve(fields, "batchMemoryMiB", fields.Optional("batchMemoryMiB")));
        fields.Close();
        return demand;
    }

    private static DayCurve ReadCurve(Fields fields, string key, YamlNode? node)
    {
        switch (node)
        {
            case null:
                return DayCurve.Constant(0);
            case YamlSequence { Items.Length: 24 } list:
                return DayCurve.Hourly([.. list.Items.Select(item => fields.ToNumber(key, item, 0))]);
            case YamlMapping { Entries.Length: > 0 } map:
                return new DayCurve(ReadPoints(fields, key, map));
            default:
                fields.Add(node, "FL012", $"'{key}' must be a list of 24 hourly values or a mapping of times to values, as in \"20:30\": 1200");
                return DayCurve.Constant(0);
        }
    }

    private static IEnumerable<DayPoint> ReadPoints(Fields fields, string key, YamlMapping map)
    {
        var points = new SortedDictionary<TimeSpan, double>();
        foreach (var (time, value) in map.Entries)
        {
            if (!TimeSpan.TryParseExact(time.Text, [@"hh\:mm", @"hh\:mm\:ss"], CultureInfo.InvariantCulture, out var at))
            {
                fields.Add(time, "FL013", $"'{time.Text}' is not a time of day; write it as \"hh:mm\", in quotes, below 24:00");
            }
            else if (!points.TryAdd(at, fields.ToNumber(key, value, 0)))
            {
                fields.Add(time, "FL014", $"'{key}' has a value for {time.Text} already; remove one of them");
            }
        }

        return points.Count == 0 ? [new(TimeSpan.Zero, 0)] : points.Select(point => new DayPoint(point.Key, point.Value));
    }

    private sealed class Names
    {
        public Dictionary<string, int> Clusters { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, int> Nodes { get; } = new(StringComparer.Ordinal);
    }
}
