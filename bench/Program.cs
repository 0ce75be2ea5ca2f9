using Orchestrator.Bench;

// Each command measures one figure of DESIGN §8 and prints it as one JSON line, the last of its output.
var commands = new Command[]
{
    new(
        "approval-postgres", "durable runs with an approval in the middle, PostgreSQL, 32 at once", "≥ 1,000 runs/s; resume p50 ≤ 3 ms, p99 ≤ 20 ms", ApprovalBench.MeasureAsync),
    new("approval-rabbit", "the same with RabbitMQ between an engine and a worker", "none; what the broker costs", ApprovalBench.MeasureOverRabbitAsync),
    new("bus-rabbit", "tasks through the engine's transport over RabbitMQ, 100 an envelope, and beside it the bare client", "none; what the bare client does", BusBench.MeasureAsync),
    new(
        "durable-postgres", "durable runs of 10 no-op steps, PostgreSQL, 32 at once", "≥ 2,000 runs/s", () => RunsBench.MeasureOnPostgresAsync("durable-postgres")),
    new("durable-rabbit", "the same with RabbitMQ between an engine and a worker", "none; what the broker costs", () => RunsBench.MeasureOverRabbitAsync("durable-rabbit")),
    new("durable-sqlite", "durable runs of 10 no-op steps, SQLite, 32 at once", "≥ 2,000 runs/s", () => RunsBench.MeasureAsync("durable-sqlite", durable: true)),
    new("emergency", "the emergency stop without store and bus: first command taken, last of 1,000 nodes; the same with 1 call in 20 throttled", "first command ≤ 50 ms; last ≤ 2 s; throttled ≤ 4 s", EmergencyBench.MeasureAsync),
    new("fan-out", "one durable run fanning out to 10,000 parallel steps", "≤ 2 s, ≤ 300 MiB", FanOutBench.MeasureAsync),
    new("fan-out-rabbit", "the same on PostgreSQL with RabbitMQ between an engine and a worker", "none; what the broker costs", FanOutBench.MeasureOverRabbitAsync),
    new("idle", "a server with 102,000 open runs of which nothing is due, 1,000 of them waiting for locks of 1,000 others, SQLite", "≤ 2 % of a core", IdleBench.MeasureAsync),
    new("idle-postgres", "the same on PostgreSQL", "≤ 2 % of a core", IdleBench.MeasureOnPostgresAsync),
    new("in-memory", "runs of 10 no-op steps in memory, 32 at once", "≥ 10,000 runs/s", () => RunsBench.MeasureAsync("in-memory", durable: false)),
    new("recovery", "10,000 open runs, their server killed: first progress after the restart, or on a second server", "≤ 2 s; ≤ 5 s", RecoveryBench.MeasureAsync),
    new("start-up", "start of the server to ready, embedded; resident memory then", "≤ 0.6 s, ≤ 115 MiB", StartUpBench.MeasureAsync),
    new("start-up-million", "the same on a journal of a million entries, a thousand open runs among them; each page's first answer", "≤ 2 s", StartUpBench.MeasureLongJournalAsync),
    new("telemetry", "durable-sqlite with metrics, log and the default's traces, in turns with the bare engine", "≥ 0.95", TelemetryBench.MeasureAsync),
};

if (args is ["simulate", .. var rest]) return Simulate.Run(rest);

if (args is ["hostile-expressions", .. var options]) return HostileExpressions.Run(options);

if (args is ["list"])
{
    foreach (var command in commands) Console.WriteLine($"{command.Name,-18}{command.What} (goal: {command.Goal})");
    return 0;
}

// A server of the recovery figure, until it is killed.
if (args is ["server", var store, var bus, var server, var runs])
{
    await RecoveryBench.ServeAsync(store, bus, server, int.Parse(runs, System.Globalization.CultureInfo.InvariantCulture));
    return 0;
}

if (args is not [var name] || Array.Find(commands, command => command.Name == name) is not { } wanted)
{
    Console.Error.WriteLine($"usage: bench NAME, where NAME is one of: {string.Join(", ", commands.Select(command => command.Name))}; or bench list; or {Simulate.Usage}; or {HostileExpressions.Usage}");
    return 2;
}

Console.WriteLine((await wanted.MeasureAsync()).ToJson(wanted.Goal));
return 0;

/// <summary>One figure of DESIGN §8 that can be measured today.</summary>
internal sealed record Command(string Name, string What, string Goal, Func<Task<Figure>> MeasureAsync);
