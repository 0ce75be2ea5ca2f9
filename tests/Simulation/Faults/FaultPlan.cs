namespace Orchestrator.Simulation.Faults;

/// <summary>What goes wrong in a simulation.</summary>
internal static class FaultPlan
{
    /// <summary>When all is mended.</summary>
    public static TimeSpan End { get; } = TimeSpan.FromSeconds(75);

    /// <param name="most">Faults at most; how many it is chance says.</param>
    public static List<Fault> Make(Random chance, int nodes, int most)
    {
        var faults = new List<Fault>();
        for (var left = most == 0 ? 0 : chance.Next(most + 1); left > 0; left--)
        {
            var kind = Kind(chance.Next(100));
            var at = TimeSpan.FromSeconds(2 + 60 * chance.NextDouble());
            var length = TimeSpan.FromSeconds(kind switch
            {
                FaultKind.Crash or FaultKind.Restart => 0.5 + 8 * chance.NextDouble(),
                FaultKind.Stall => 0.5 + 12 * chance.NextDouble(),
                FaultKind.StoreDown or FaultKind.BrokerDown => 0.5 + 12 * chance.NextDouble(),
                _ => 1 + 20 * chance.NextDouble(),
            });
            if (at + length > End) length = End - at;
            faults.Add(new Fault(kind, chance.Next(nodes), at, length, chance.NextDouble()));
        }

        return [.. faults.OrderBy(fault => fault.At)];
    }

    private static FaultKind Kind(int chance) => chance switch
    {
        < 22 => FaultKind.Crash,
        < 30 => FaultKind.Restart,
        < 38 => FaultKind.Stall,
        < 48 => FaultKind.StoreCut,
        < 64 => FaultKind.StoreErrors,
        < 68 => FaultKind.StoreSlow,
        < 73 => FaultKind.StoreDown,
        < 79 => FaultKind.BrokerCut,
        < 84 => FaultKind.BrokerDown,
        < 95 => FaultKind.BadPost,
        _ => FaultKind.ClockJump,
    };
}
