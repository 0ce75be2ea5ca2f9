using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.Fleet.Views;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Alibaba.Products;
using Orchestrator.Infra.Alibaba.Signing;
using Orchestrator.Infra.Settings;

namespace Orchestrator.Infra.Traffic;

/// <summary>
/// Divides the traffic by the weights of server groups in a forwarding rule of an application load balancer (<c>ListRules</c>, <c>UpdateRuleAttribute</c>). A listener's
/// default action takes one group without a weight, so it cannot divide anything. The API knows no versions: between reading the weights and writing them somebody
/// else's change can be lost, which reading back shows only when theirs comes last.
/// </summary>
internal sealed class AlbRouter(AlbClient alb, TrafficOptions options, BackendNames names, TimeProvider environmentClock, TimeProvider systemClock) : ITrafficRouter
{
    private readonly AlbMarkedRules _marked = new(alb, TargetOf(options, alb));

    public string Target { get; } = TargetOf(options, alb);

    public async Task<RoutedWeights> ReadAsync(CancellationToken cancellationToken)
    {
        var (rule, weights) = await GetAsync(cancellationToken);
        return await PendingAsync(rule, cancellationToken) is { } pending
            ? new RoutedWeights(weights, RoutingStage.Requested, Source(rule)) { Pending = pending }
            : new RoutedWeights(weights, RoutingStage.Programmed, Source(rule));
    }

    public async Task SwitchAsync(TrafficChange change, CancellationToken cancellationToken)
    {
        change.Check();
        var polling = new Polling(environmentClock, systemClock, options.ObservedWithin);
        while (true)
        {
            var (rule, weights) = await GetAsync(cancellationToken);
            if (Shares.Equal(weights, change.To))
            {
                return;
            }

            if (!Shares.Equal(weights, change.From))
            {
                throw Changed(weights, change);
            }

            var groups = await GroupsAsync(change.To.Where(weight => weight.Value > 0).Select(weight => weight.Key).Append(FleetView.Home).Distinct(), cancellationToken);
            var byGroup = change.To.Where(weight => groups.ContainsKey(weight.Key)).ToImmutableDictionary(weight => groups[weight.Key], weight => weight.Value, StringComparer.Ordinal);
            try
            {
                await CallAsync(() => alb.SetActionsAsync(options.RuleId!, rule.Actions(byGroup, groups[FleetView.Home]), Token(change), cancellationToken));
                return;
            }
            catch (TrafficException e) when (e.Kind == TrafficErrorKind.Busy)
            {
                if (!await polling.NextAsync(cancellationToken))
                {
                    throw;
                }
            }
            catch (TrafficException e) when (e.EffectUnknown)
            {
                if (!await IsThereAsync(change, cancellationToken))
                {
                    throw;
                }

                return;
            }
        }
    }

    public async Task<RoutedWeights> WaitAsync(TrafficChange change, CancellationToken cancellationToken)
    {
        var polling = new Polling(environmentClock, systemClock, options.ObservedWithin);
        while (true)
        {
            var (rule, weights) = await GetAsync(cancellationToken);
            if (!Shares.Equal(weights, change.To))
            {
                throw Changed(weights, change);
            }

            if (await PendingAsync(rule, cancellationToken) is not { } pending)
            {
                return new RoutedWeights(weights, RoutingStage.Programmed, Source(rule));
            }

            if (!await polling.NextAsync(cancellationToken))
            {
                throw new TrafficException(TrafficErrorKind.NotObserved, Target, $"{pending}, within {options.ObservedWithin:c}", "Look at the load balancer's state in the console; the rule has the new weights.") { Written = true };
            }
        }
    }

    public async Task MarkAsync(MarkedTraffic marked, CancellationToken cancellationToken)
    {
        marked.Check();
        var (rule, _) = await GetAsync(cancellationToken);
        var groups = await GroupsAsync(marked.ByValue.Values.SelectMany(weights => weights.Where(weight => weight.Value > 0).Select(weight => weight.Key)).Distinct(StringComparer.Ordinal), cancellationToken);
        var polling = new Polling(environmentClock, systemClock, options.ObservedWithin);
        var written = false;
        while (true)
        {
            try
            {
                if (!written)
                {
                    await CallAsync(() => _marked.SetAsync(rule.Listener, rule.Priority, marked, groups, cancellationToken));
                    written = true;
                }

                if (await CallAsync(() => _marked.AreThereAsync(rule.Listener, marked, cancellationToken)))
                {
                    return;
                }
            }
            catch (TrafficException e) when (e.Kind == TrafficErrorKind.Busy || e.EffectUnknown)
            {
                // Another change is under way, or the answer was lost: what is there is looked at again before anything is made twice.
                written = false;
            }

            if (!await polling.NextAsync(cancellationToken))
            {
                throw new TrafficException(TrafficErrorKind.NotObserved, Target, $"the rules for marked requests are not in force within {options.ObservedWithin:c}", "Look at the listener's rules in the console.");
            }
        }
    }

    public async Task UnmarkAsync(string name, CancellationToken cancellationToken)
    {
        var (rule, _) = await GetAsync(cancellationToken);
        var polling = new Polling(environmentClock, systemClock, options.ObservedWithin);
        while (true)
        {
            try
            {
                if (!await CallAsync(() => _marked.DeleteAsync(rule.Listener, name, cancellationToken)))
                {
                    return;
                }
            }
            catch (TrafficException e) when (e.Kind is TrafficErrorKind.Busy or TrafficErrorKind.NoSuchRoute)
            {
                // Another change is under way, or a rule went meanwhile: the next look tells.
            }

            if (!await polling.NextAsync(cancellationToken))
            {
                throw new TrafficException(TrafficErrorKind.NotObserved, Target, $"the rules for marked requests are still there after {options.ObservedWithin:c}", "Delete them in the console.");
            }
        }
    }

    private static string TargetOf(TrafficOptions options, AlbClient alb) => $"rule {options.RuleId} of the load balancer in {alb.Region}";

    private TrafficException Changed(ImmutableDictionary<string, int> found, TrafficChange change) => new(
        TrafficErrorKind.ChangedMeanwhile, Target, $"it has {Shares.Show(found)} where {Shares.Show(change.From)} should be replaced by {Shares.Show(change.To)}",
        "Somebody else changes the weights: find who, then try again.");

    private async Task<bool> IsThereAsync(TrafficChange change, CancellationToken cancellationToken)
    {
        try
        {
            return Shares.Equal((await GetAsync(cancellationToken)).Weights, change.To);
        }
        catch (TrafficException)
        {
            return false;
        }
    }

    private string Source(AlbRule rule) => $"{Target}, listener {rule.Listener}, {rule.Status}";

    /// <summary>What the rule still waits for; null: its weights are in force.</summary>
    private async Task<string?> PendingAsync(AlbRule rule, CancellationToken cancellationToken)
    {
        if (rule.Status != "Available")
        {
            return $"the rule is {rule.Status}";
        }

        var listener = await CallAsync(() => alb.GetListenerAsync(rule.Listener, cancellationToken));
        return listener.ListenerStatus == "Running" ? null : $"its listener {rule.Listener} is {listener.ListenerStatus}";
    }

    private async Task<(AlbRule Rule, ImmutableDictionary<string, int> Weights)> GetAsync(CancellationToken cancellationToken)
    {
        var body = await CallAsync(() => alb.FindRuleAsync(options.RuleId!, cancellationToken))
            ?? throw new TrafficException(TrafficErrorKind.NoSuchRoute, Target, "it is not there", "Make it, with the server group of home, or correct Infra:Traffic:RuleId and Region.");
        var rule = new AlbRule(Target, body);
        var ids = rule.Tuples.Select(tuple => tuple.Group).ToList();
        var namesById = await CallAsync(() => alb.ListServerGroupsAsync(ids, byName: false, cancellationToken)
            .ToDictionaryAsync(group => group.ServerGroupId, group => group.ServerGroupName, StringComparer.Ordinal, cancellationToken).AsTask());
        var weights = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (group, weight) in rule.Tuples)
        {
            var name = namesById.GetValueOrDefault(group, group);
            var destination = names.DestinationOf(group) is { } byId && names.BackendOf(byId) == group && byId != group ? byId : names.DestinationOf(name);
            if (destination is null)
            {
                throw new TrafficException(
                    TrafficErrorKind.NoSuchBackend, Target, $"no destination has its server group {name} ({group})", "Name its destination in Infra:Traffic:Backends, correct Infra:Traffic:Pattern, or take the group out of the rule.");
            }

            if (!weights.TryAdd(destination, weight))
            {
                throw new TrafficException(TrafficErrorKind.Unusable, Target, $"destination {destination} has two server groups in the rule", "Leave one of them.");
            }
        }

        return (rule, Shares.Percent(weights) ?? throw new TrafficException(TrafficErrorKind.Unusable, Target, "every server group of the rule has weight 0, so all requests fail", "Give home a weight."));
    }

    /// <summary>The ids of destinations' server groups: what the settings name is an id or a name.</summary>
    private async Task<Dictionary<string, string>> GroupsAsync(IEnumerable<string> destinations, CancellationToken cancellationToken)
    {
        var wanted = destinations.ToDictionary(destination => destination, names.BackendOf, StringComparer.Ordinal);
        var named = await CallAsync(() => alb.ListServerGroupsAsync(wanted.Values, byName: true, cancellationToken).ToListAsync(cancellationToken).AsTask());
        var unknown = wanted.Values.Where(backend => !named.Exists(group => group.ServerGroupName == backend)).ToList();
        var known = unknown.Count == 0
            ? []
            : await CallAsync(() => alb.ListServerGroupsAsync(unknown, byName: false, cancellationToken).ToListAsync(cancellationToken).AsTask());
        return wanted.ToDictionary(
            pair => pair.Key,
            pair => (known.Find(group => group.ServerGroupId == pair.Value), named.FindAll(group => group.ServerGroupName == pair.Value)) switch
            {
                ({ } byId, _) => byId.ServerGroupId,
                (null, [var only]) => only.ServerGroupId,
                (null, []) => throw new TrafficException(
                    TrafficErrorKind.NoSuchBackend, Target, $"destination {pair.Key} has no server group: there is none named {pair.Value}", "Make it, or name the destination's server group in Infra:Traffic:Backends."),
                (null, var several) => throw new TrafficException(
                    TrafficErrorKind.NoSuchBackend, Target, $"{several.Count} server groups are named {pair.Value}", $"Name the one of {pair.Key} by its id in Infra:Traffic:Backends."),
            },
            StringComparer.Ordinal);
    }

    /// <summary>
    /// A token answers a repetition of a call from memory, so each write has its own: the client repeats one call with it, and whoever comes after a crash looks
    /// at the rule before it writes. The first part tells whose write it was; at most 64 characters.
    /// </summary>
    private string Token(TrafficChange change) =>
        $"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', change.IdempotencyKey, options.RuleId, Shares.Show(change.To)))))[..40]}-{Guid.NewGuid().ToString("N")[..12]}";

    private async Task CallAsync(Func<Task> call) => await CallAsync(async () =>
    {
        await call();
        return true;
    });

    private async Task<T> CallAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (ApiException e)
        {
            throw new TrafficException(
                e.Kind switch
                {
                    ApiErrorKind.Forbidden or ApiErrorKind.Credentials => TrafficErrorKind.Denied,
                    ApiErrorKind.Throttled => TrafficErrorKind.Throttled,
                    ApiErrorKind.NotFound when e.Code.Contains("ServerGroup", StringComparison.Ordinal) => TrafficErrorKind.NoSuchBackend,
                    ApiErrorKind.NotFound => TrafficErrorKind.NoSuchRoute,
                    ApiErrorKind.Unavailable or ApiErrorKind.Unreachable or ApiErrorKind.ClockSkew => TrafficErrorKind.Unreachable,
                    ApiErrorKind.Busy => TrafficErrorKind.Busy,
                    _ => TrafficErrorKind.Unusable,
                },
                Target, $"{e.Operation}: {e.Code}: {e.Error.Message}{(e.RequestId is { } request ? $" (request {request})" : "")}", e.Fix, e) { EffectUnknown = e.EffectUnknown, Reason = e.Code };
        }
        catch (CredentialException e)
        {
            throw new TrafficException(TrafficErrorKind.Denied, Target, e.Message, "Give credentials as docs/alibaba-openapi.md says.", e);
        }
    }
}
