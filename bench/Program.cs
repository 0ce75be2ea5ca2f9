using Orchestrator.Bench;

// Each command measures one figure of DESIGN §8 and prints it as one JSON line, the last of its output.
var figures = new SortedDictionary<string, Func<Task<Figure>>>(StringComparer.Ordinal)
{
    ["in-memory"] = () => RunsBench.MeasureAsync("in-memory", durable: false),
    ["durable-sqlite"] = () => RunsBench.MeasureAsync("durable-sqlite", durable: true),
    ["fan-out"] = FanOutBench.MeasureAsync,
    ["start-up"] = StartUpBench.MeasureAsync,
};

if (args is ["list"])
{
    foreach (var name in figures.Keys) Console.WriteLine(name);
    return 0;
}

if (args is not [var wanted] || !figures.TryGetValue(wanted, out var measure))
{
    Console.Error.WriteLine($"usage: bench NAME, where NAME is one of: {string.Join(", ", figures.Keys)}; or bench list");
    return 2;
}

Console.WriteLine((await measure()).ToJson());
return 0;
