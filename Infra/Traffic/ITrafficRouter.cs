namespace Orchestrator.Infra.Traffic;

/// <summary>
/// What divides the buyers' traffic among home and the trading units: a route of the Gateway API, or a rule of an application load balancer
/// (<c>Infra:Traffic</c> says which; <c>docs/traffic.md</c>). Every method throws <see cref="TrafficException"/> when the
/// world keeps it from doing what it says, and <see cref="ArgumentException"/> for new weights that are no whole percents which sum to 100. Safe for concurrent use.
/// </summary>
/// <remarks>
/// A router that moves buyers with their data (unitised routing, as AppActive does it) must not let one buyer be served in two units at once. Its order
/// is <see cref="ShiftAsync"/>: forbid the buyers that move, switch, wait until the new division is in force everywhere, allow them. Routers of requests
/// alone (<see cref="HttpRouteRouter"/>, <see cref="AlbRouter"/>) cannot tell one buyer from another and forbid nobody; see <see cref="Forbids"/>.
/// </remarks>
public interface ITrafficRouter
{
    /// <summary>What is written to, for people: <c>HTTPRoute trading/trading of cluster hz-online</c>.</summary>
    string Target { get; }

    /// <summary>
    /// Whether buyers that move are refused between the switch and its being in force. Default false: then two requests of one buyer may be served by
    /// two destinations for as long as <see cref="WaitAsync"/> takes, and whoever stores data must be able to bear it.
    /// </summary>
    bool Forbids => false;

    /// <summary>The weights that were asked for last, and how far the router has come with them.</summary>
    Task<RoutedWeights> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Refuses the requests of the buyers that <paramref name="change"/> moves. Repeating it changes nothing. By default nobody is refused.</summary>
    Task ForbidAsync(TrafficChange change, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Asks for <see cref="TrafficChange.To"/> in place of <see cref="TrafficChange.From"/>. Weights that are there already are not written again, so a
    /// repetition changes nothing, also after an answer was lost. Anything else than <see cref="TrafficChange.From"/> there is
    /// <see cref="TrafficErrorKind.ChangedMeanwhile"/>, and stays.
    /// </summary>
    Task SwitchAsync(TrafficChange change, CancellationToken cancellationToken);

    /// <summary>
    /// Waits until <see cref="TrafficChange.To"/> is in force, and gives it as it was read. Bounded by <c>Infra:Traffic:ObservedWithin</c> on the environment
    /// clock: <see cref="TrafficErrorKind.NotObserved"/>. A refusal by the router is told at once.
    /// </summary>
    Task<RoutedWeights> WaitAsync(TrafficChange change, CancellationToken cancellationToken);

    /// <summary>Ends what <see cref="ForbidAsync"/> began. By default nothing was begun.</summary>
    Task AllowAsync(TrafficChange change, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Sends the requests that carry the header where <paramref name="marked"/> says, and waits until that is in force; everybody else's stay with the weights. What was written under the
    /// name before is replaced, so a repetition changes nothing.
    /// </summary>
    Task MarkAsync(MarkedTraffic marked, CancellationToken cancellationToken);

    /// <summary>Takes away what <see cref="MarkAsync"/> wrote under a name, and waits until it is gone. Nothing happens where there is nothing.</summary>
    Task UnmarkAsync(string name, CancellationToken cancellationToken);

    /// <summary>
    /// Forbid, switch, wait, allow. When it fails after buyers were forbidden they stay so until a later shift, the way back included, is in force:
    /// refused is better than served twice. The caller decides what stands then; see <see cref="TrafficException.EffectUnknown"/>.
    /// </summary>
    async Task<RoutedWeights> ShiftAsync(TrafficChange change, CancellationToken cancellationToken)
    {
        await ForbidAsync(change, cancellationToken);
        await SwitchAsync(change, cancellationToken);
        var inForce = await WaitAsync(change, cancellationToken);
        await AllowAsync(change, cancellationToken);
        return inForce;
    }
}
