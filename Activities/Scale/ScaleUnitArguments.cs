using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Orchestrator.Activities.Scale;

/// <summary>Which trading unit to scale, and how.</summary>
public sealed record ScaleUnitArguments
{
    [Description("The unit's id. It must stand: unit.provision builds one.")]
    public required string Unit { get; init; }

    [Description("Machines of a cloud unit, or replicas of a big-data unit, that it is to have. 0 keeps the unit's database, cache and network, and gives every host back.")]
    [Range(0, 5000)]
    public required int Hosts { get; init; }

    [Description("When it shrinks: how long requests under way on the hosts that go may take. They get no new ones meanwhile. 0s removes them at once.")]
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(30);

    [Description("When it shrinks: which hosts of a cloud unit go first. Replicas are chosen by Kubernetes.")]
    public RemovalOrder Remove { get; init; } = RemovalOrder.Newest;

    [Description("How long ago the unit must have been scaled or built last; until then the step waits, so that two criteria do not chase each other.")]
    public TimeSpan Cooldown { get; init; }

    [Description("Send the unit's traffic home before it loses its last host. Without it a unit under traffic is not scaled to 0.")]
    public bool SendTrafficHome { get; init; }
}

/// <summary>Which hosts go first.</summary>
public enum RemovalOrder
{
    /// <summary>The ones that came last. Id <c>newest</c>.</summary>
    Newest,

    /// <summary>The ones that came first. Id <c>oldest</c>.</summary>
    Oldest,
}
