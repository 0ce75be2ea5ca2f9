using Orchestrator.Simulation.Checks;
using Orchestrator.Simulation.Faults;
using Orchestrator.Simulation.Machine;
using Orchestrator.Simulation.Messaging;
using Orchestrator.Simulation.Storage;
using Orchestrator.Simulation.Work;
using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Storage.Memory;

namespace Orchestrator.Simulation;

/// <summary>What came of one seed.</summary>
/// <param name="Hash">Of everything that happened: the same for the same seed.</param>
internal sealed record Verdict(int Seed, ulong Hash, IReadOnlyList<Violation> Violations, IReadOnlyList<Fault> Faults, int Runs, long Entries, long Steps, TimeSpan Time);

/// <summary>
/// Several servers on one store and one broker, in one thread and on virtual time, all from a seed: they work through
/// faults for a while, and then, with everything fixed, must come to rest with every run ended.
/// </summary>
internal sealed class Simulation
{
    private static readonly TimeSpan restLimit = TimeSpan.FromMinutes(20);
    private const long MostSteps = 3_000_000;

    private readonly History history;
    private readonly Timeline timeline;
    private readonly MachineClock clock = new();
    private readonly MemoryStore store;
    private readonly InvariantChecker checker;
    private readonly Broker broker;
    private readonly OutsideWorld world;
    private readonly People people;
    private readonly List<Server> servers = [];
    private readonly Watchers watchers;
    private readonly Dictionary<Life, long> ends = [];
    private readonly IReadOnlyList<Fault> faults;
    private readonly int seed;
    private readonly Random upgrades;
    private readonly Random turns;
    private int lives;
    private int instances;

    public Simulation(int seed, SimulationOptions options)
    {
        this.seed = seed;
        upgrades = new Random(Stream(8));
        turns = new Random(Stream(9));
        history = new History(options.Trace);
        timeline = new Timeline(Stream(1), history) { Interrupts = Interrupt };
        history.Clock = () => timeline.Now;
        var outside = Begin("outside", 0);
        store = new MemoryStore(clock.For(outside), keptEnds: int.MaxValue);
        checker = new InvariantChecker(history, store) { Committed = () => servers.ForEach(server => server.Journal?.Notice()) };
        broker = new Broker(timeline, outside, new BrokerFaults(), new Random(Stream(2))) { NotKnown = JudgeFormat };
        world = new OutsideWorld(timeline, outside, new Random(Stream(3)), options.Mutation);
        var chance = new Random(Stream(4));
        var writer = new RunbookWriter(chance);
        var starts = Enumerable.Range(0, 3 + chance.Next(6))
            .Select(index => (writer.Write(index > 0 && chance.Next(4) == 0 ? Lane.Emergency : Lane.Normal), TimeSpan.FromSeconds(40 * chance.NextDouble())))
            .ToList();
        var storeChance = new Random(Stream(5));
        var snapshots = new Dictionary<RunId, (long Version, byte[] State)>();
        var ground = new Ground(
            timeline, broker, Begin, (life, faults) => new StoreConnection(store, life, outside, faults, storeChance, checker, snapshots, options.Mutation),
            WorldActivities.On(world), new RunbookSource((name, _) => ValueTask.FromResult(writer.Runbooks.GetValueOrDefault(name)), text => writer.Runbooks[text]),
            Options, () => $"i{++instances}", new TracingLoggers(history));
        watchers = new Watchers(history);
        var count = 2 + chance.Next(3);
        for (var number = 1; number <= count; number++)
        {
            // The first and the second between them can do everything.
            var roles = chance.Next(4) > 0 ? ServerRoles.All : number % 2 == 1 ? ServerRoles.Engine : ServerRoles.Worker;
            servers.Add(new Server($"n{number}", number, roles, ground) { Opened = watchers.Watch });
        }

        // In half of the nights some servers are of the version before, and are upgraded by and by.
        if (upgrades.Next(2) == 0) foreach (var server in servers) server.ProtocolVersion = upgrades.Next(3) == 0 ? ProtocolVersions.Newest : ProtocolVersions.Oldest;

        people = new People(outside, clock, servers, checker, store, new Random(Stream(6)));
        faults = FaultPlan.Make(new Random(Stream(7)), servers.Count);
        foreach (var server in servers) timeline.After(TimeSpan.FromSeconds(chance.NextDouble()), outside, server.Start);
        foreach (var fault in faults.Where((_, place) => options.OnlyFaults?.Contains(place) != false)) timeline.After(fault.At, outside, () => Strike(fault, outside));
        timeline.After(FaultPlan.End, outside, () => Fix(outside));
        people.Begin(starts);
    }

    public Verdict Run()
    {
        var rests = false;
        var looked = TimeSpan.Zero;
        while (history.Violations.Count == 0 && timeline.Steps < MostSteps && timeline.Step(FaultPlan.End + restLimit))
        {
            if (timeline.Now <= FaultPlan.End || timeline.Now - looked < TimeSpan.FromSeconds(1)) continue;
            looked = timeline.Now;
            if (!(rests = EndCheck.Rests(store, broker, checker, people, watchers, servers))) continue;
            break;
        }

        if (history.Violations.Count == 0)
        {
            if (rests) EndCheck.Judge(history, store, checker, world);
            else EndCheck.Accuse(history, store, broker, checker, people, watchers, timeline);
        }

        return new Verdict(seed, history.Hash, history.Violations, faults, checker.Runs.Count, store.Tail.Position, timeline.Steps, timeline.Now);
    }

    /// <summary>Seeds of the several chances, so that a change of one leaves the others as they are.</summary>
    private int Stream(int number) => HashCode(seed, number);

    private static int HashCode(int seed, int number)
    {
        var mixed = (ulong)(uint)seed * 0x9E3779B97F4A7C15UL + (ulong)number * 0xBF58476D1CE4E5B9UL;
        mixed = (mixed ^ (mixed >> 30)) * 0x94D049BB133111EBUL;
        return (int)(mixed >> 33);
    }

    private Life Begin(string name, int number) => new(timeline, name, 100 * ++lives + number);

    private static WorkflowOptions Options() => new()
    {
        LeaseLength = TimeSpan.FromSeconds(6),
        RecoveryScanInterval = TimeSpan.FromSeconds(2),
        DrainTime = TimeSpan.FromSeconds(8),
        NormalConcurrency = 4,
        EmergencyConcurrency = 2,
        LoadedRuns = 3,
        SnapshotEvery = 10,
    };

    /// <summary>A crash that was planned strikes after so many more steps of the process, and so between any two of them.</summary>
    private bool Interrupt(Life life)
    {
        if (!ends.TryGetValue(life, out var at) || life.Steps < at) return false;
        ends.Remove(life);
        servers.Find(server => server.Life == life)?.Crash();
        return true;
    }

    private void Strike(Fault fault, Life outside)
    {
        var server = servers[fault.Server % servers.Count];
        if (history.IsTraced) history.Say("FAULT", fault.ToString());
        switch (fault.Kind)
        {
            case FaultKind.Crash:
                if (server.Life is { IsAlive: true } life) ends[life] = life.Steps + (long)(fault.Amount * 60);
                Upgrade(server);
                timeline.After(fault.For, outside, server.Start);
                break;
            case FaultKind.Restart:
                server.Stop();
                Upgrade(server);
                timeline.After(fault.For, outside, server.Start);
                break;
            case FaultKind.Stall:
                if (server.Life is { } stalled) stalled.StandsStillUntil = timeline.Now + fault.For;
                break;
            case FaultKind.StoreCut:
                server.Store.Cut = true;
                timeline.After(fault.For, outside, () => server.Store.Cut = false);
                break;
            case FaultKind.StoreErrors:
                (server.Store.Refused, server.Store.Unanswered, server.Store.Late) = (fault.Amount * 0.3, fault.Amount * 0.3, fault.Amount * 0.1);
                timeline.After(fault.For, outside, () => (server.Store.Refused, server.Store.Unanswered, server.Store.Late) = (0, 0, 0));
                break;
            case FaultKind.StoreSlow:
                server.Store.Slowness = TimeSpan.FromSeconds(0.05 + 3 * fault.Amount * fault.Amount);
                timeline.After(fault.For, outside, () => server.Store.Slowness = TimeSpan.FromMilliseconds(4));
                break;
            case FaultKind.StoreDown:
                foreach (var one in servers) one.Store.Cut = true;
                timeline.After(fault.For, outside, () => servers.ForEach(one => one.Store.Cut = false));
                break;
            case FaultKind.BrokerCut:
                CutBroker(server, off: true);
                timeline.After(fault.For, outside, () => CutBroker(server, off: false));
                break;
            case FaultKind.BrokerDown:
                SetBroker(down: true);
                timeline.After(fault.For, outside, () => SetBroker(down: false));
                break;
            case FaultKind.BadPost:
                (broker.Faults.Lost, broker.Faults.Doubled, broker.Faults.Delayed, broker.Faults.Unconfirmed) =
                    (fault.Amount * 0.1, fault.Amount * 0.3, fault.Amount * 0.3, fault.Amount * 0.1);
                timeline.After(fault.For, outside, () => (broker.Faults.Lost, broker.Faults.Doubled, broker.Faults.Delayed, broker.Faults.Unconfirmed) = (0, 0, 0, 0));
                break;
            case FaultKind.ClockJump:
                server.Clock.Offset = TimeSpan.FromSeconds(40 * (fault.Amount - 0.5));
                timeline.After(fault.For, outside, () => server.Clock.Offset = TimeSpan.Zero);
                break;
            case FaultKind.TurnErrors:
                // Of a server whose code is wrong for some inputs, these; of one that is out of memory now and then, any.
                server.TurnFails = fault.Amount < 0.5
                    ? (_, _) => turns.NextDouble() < fault.Amount
                    : (run, turn) => StableHash.Of($"{run} {turn}") % 5 == 0;
                timeline.After(fault.For, outside, () => server.TurnFails = static (_, _) => false);
                break;
        }
    }

    /// <summary>Perhaps the next start is of the new binary.</summary>
    private void Upgrade(Server server)
    {
        if (upgrades.Next(2) == 0) server.ProtocolVersion = ProtocolVersions.Newest;
    }

    /// <summary>Only a server that was evicted may meet what it does not know.</summary>
    private void JudgeFormat(Life life)
    {
        if (servers.Find(server => server.Life == life)?.Journal?.Instance is { } instance && store.Members.View().Find(instance) is { } alive)
            history.Violate("formats", $"{alive.Info.Name}, which knows formats up to {alive.Info.ProtocolVersion}, was sent an envelope of a newer one");
    }

    private static void CutBroker(Server server, bool off)
    {
        server.BrokerCut = off;
        if (server.Link is { Life.IsAlive: true } link) link.Cut(off);
    }

    private void SetBroker(bool down)
    {
        broker.Faults.Down = down;
        if (!down) broker.PumpAll();
        else foreach (var link in servers.Select(server => server.Link).OfType<BrokerLink>()) broker.Drop(link);
    }

    /// <summary>Everything works again, and whatever is down is started.</summary>
    private void Fix(Life outside)
    {
        if (history.IsTraced) history.Say("FAULT", "all is fixed");
        ends.Clear();
        world.IsCalm = true;
        people.AreCalm = true;
        SetBroker(down: false);
        (broker.Faults.Lost, broker.Faults.Doubled, broker.Faults.Delayed, broker.Faults.Unconfirmed) = (0, 0, 0, 0);
        foreach (var server in servers)
        {
            (server.Store.Cut, server.Store.Refused, server.Store.Unanswered, server.Store.Late, server.Store.Slowness) = (false, 0, 0, 0, TimeSpan.FromMilliseconds(4));
            server.Clock.Offset = TimeSpan.Zero;
            server.TurnFails = static (_, _) => false;
            if (server.Life is { } life) life.StandsStillUntil = TimeSpan.Zero;
            CutBroker(server, off: false);
        }

        Supervise(outside);
    }

    private void Supervise(Life outside)
    {
        foreach (var server in servers) server.Start();
        timeline.After(TimeSpan.FromSeconds(2), outside, () => Supervise(outside));
    }
}

/// <summary>What a simulation is to be made of, where chance does not say.</summary>
internal sealed record SimulationOptions
{
    /// <summary>Gets every line of what happens; null: nothing is written.</summary>
    public Action<string>? Trace { get; init; }

    /// <summary>Of the seed's faults those at these places, and no others; null: all.</summary>
    public IReadOnlySet<int>? OnlyFaults { get; init; }

    /// <summary>The way in which store or world are made wrong, to see that the checks notice; null: they are right.</summary>
    public Mutation? Mutation { get; init; }
}

