namespace Orchestrator.Simulation.Faults;

/// <summary>What goes wrong in a simulation.</summary>
internal static class FaultPlan
{
    /// <summary>When all is fixed.</summary>
    public static TimeSpan End { get; } = TimeSpan.FromSeconds(75);

    /// <summary>
    /// Few faults or many, of every kind or of a few: what takes a long row of one kind to show would drown in a mixture, and
    /// what takes one fault at the right moment too.
    /// </summary>
    public static List<Fault> Make(Random chance, int servers)
    {
        var faults = new List<Fault>();
        var most = chance.Next(10) switch { 0 => 0, < 4 => 4, < 8 => 15, _ => 40 };
        var kinds = Enum.GetValues<FaultKind>().Where(_ => chance.Next(3) > 0).ToHashSet();
        for (var left = most == 0 || kinds.Count == 0 ? 0 : 1 + chance.Next(most); left > 0; left--)
        {
            var kind = Kind(chance.Next(100));
            while (!kinds.Contains(kind)) kind = Kind(chance.Next(100));
            var at = TimeSpan.FromSeconds(2 + 60 * chance.NextDouble());
            var length = TimeSpan.FromSeconds(kind switch
            {
                FaultKind.Crash or FaultKind.Restart => 0.5 + 8 * chance.NextDouble(),
                FaultKind.Stall => 0.5 + 12 * chance.NextDouble(),
                FaultKind.StoreDown or FaultKind.BrokerDown => 0.5 + 12 * chance.NextDouble(),
                _ => 1 + 20 * chance.NextDouble(),
            });
            if (at + length > End) length = End - at;
            faults.Add(new Fault(kind, chance.Next(servers), at, length, chance.NextDouble()));
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
        < 91 => FaultKind.BadPost,
        < 95 => FaultKind.ClockJump,
        _ => FaultKind.TurnErrors,
    };
}
