using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Fleet.Clock;
using Orchestrator.Fleet.Files;

namespace Orchestrator.Server.Environments;

/// <summary>A fleet and the file that it was read from.</summary>
internal sealed record FleetFile(FleetDefinition Fleet, string File);

/// <summary>Where a night's cloud comes from.</summary>
internal enum EnvironmentOrigin
{
    /// <summary>Somebody else runs the cloud.</summary>
    Elsewhere,

    /// <summary>Both begin now.</summary>
    Fresh,

    /// <summary>The night and the cloud of an earlier process go on.</summary>
    GoesOn,

    /// <summary>The night of an earlier process goes on, but its cloud is gone: this one knows nothing of what was done.</summary>
    CloudLost,
}

/// <summary>The night that runs take place in: its clock, the cloud, and the fleet there.</summary>
/// <param name="Clock">Null: a real environment, whose clock is the system clock.</param>
/// <param name="Cloud">What stands for everything that the settings give no address of; null: they give all.</param>
internal sealed record PromotionEnvironment(EnvironmentClock? Clock, Uri? Cloud, EnvironmentOrigin Origin, FleetFile Fleet)
{
    /// <summary>The clusters with an address of their own at which a simulated cloud answered, by its own word, when they were asked at the start.</summary>
    public ImmutableArray<string> SimulatedClusters { get; init; } = [];

    /// <summary>Whether a simulation stands for any part of the world: what is shown is then labelled so.</summary>
    public bool Simulated => OnSimulatedCloud || !SimulatedClusters.IsEmpty;

    /// <summary>Whether the environment as a whole is a simulated cloud's, with its clock: it may run fast, and simulated people may approve.</summary>
    public bool OnSimulatedCloud => Clock is not null;

    /// <summary>The cloud is this data folder's own.</summary>
    public bool Own => Origin != EnvironmentOrigin.Elsewhere;

    public double Speed => Clock?.Speed ?? 1;

    /// <summary>For people: what stands for the world.</summary>
    public string Description
    {
        get
        {
            if (OnSimulatedCloud) return string.Create(CultureInfo.InvariantCulture, $"simulated cloud at {Speed:0.##} times the system clock's speed");
            if (Cloud is not null) return $"cloud {Cloud}";

            var real = Clusters.Except(SimulatedClusters).ToArray();
            return string.Join("; ", [.. Named("real clusters", real), .. Named("simulated clusters", SimulatedClusters)]);
        }
    }

    private IEnumerable<string> Clusters => Fleet.Fleet.Clusters.Select(cluster => cluster.Id);

    public TimeProvider Time => Clock ?? TimeProvider.System;

    private static IEnumerable<string> Named(string kind, IReadOnlyCollection<string> ids) => ids.Count == 0 ? [] : [$"{kind}: {string.Join(", ", ids)}"];
}
