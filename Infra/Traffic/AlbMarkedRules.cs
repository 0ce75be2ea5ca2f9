using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.Infra.Alibaba.Products;

namespace Orchestrator.Infra.Traffic;

/// <summary>
/// Forwarding rules for marked requests, one for each value of the header, named after it. They stand before the rule that divides the traffic, with priorities that are free there; the
/// condition is the header alone, so they take marked requests of every path of the listener.
/// </summary>
internal sealed class AlbMarkedRules(AlbClient alb, string target)
{
    public static string NameOf(string marked, string value) => $"{marked}-{value}";

    /// <param name="groups">Ids of server groups by destination.</param>
    public async Task SetAsync(string listener, int before, MarkedTraffic marked, IReadOnlyDictionary<string, string> groups, CancellationToken cancellationToken)
    {
        var rules = await alb.ListRulesAsync(listener, cancellationToken).ToListAsync(cancellationToken);
        var free = Enumerable.Range(1, Math.Max(0, before - 1)).Reverse().Except(rules.Select(rule => rule.Priority)).GetEnumerator();
        foreach (var (value, weights) in marked.ByValue)
        {
            ImmutableArray<ServerGroupTuple> tuples = [.. weights.Where(weight => weight.Value > 0).OrderBy(weight => weight.Key, StringComparer.Ordinal).Select(weight => new ServerGroupTuple(groups[weight.Key], weight.Value))];
            if (rules.Find(rule => rule.RuleName == NameOf(marked.Name, value)) is { } there)
            {
                await alb.SetWeightsAsync(there.RuleId, tuples, Token(marked, value), cancellationToken);
                continue;
            }

            if (!free.MoveNext())
            {
                throw new TrafficException(
                    TrafficErrorKind.Unusable, target, string.Create(CultureInfo.InvariantCulture, $"no priority below its own, {before}, is free for a rule of marked requests"), "Give the rule that divides the traffic a higher number: at least 100 leaves room.");
            }

            await alb.CreateRuleAsync(
                new CreateRuleRequest(listener, free.Current, NameOf(marked.Name, value), [RuleCondition.Header(marked.Header, value)], [ForwardAction.To(tuples)], Token(marked, value)), cancellationToken);
        }
    }

    /// <summary>Whether all of them are in force.</summary>
    public async Task<bool> AreThereAsync(string listener, MarkedTraffic marked, CancellationToken cancellationToken)
    {
        var available = (await alb.ListRulesAsync(listener, cancellationToken).ToListAsync(cancellationToken)).Where(rule => rule.RuleStatus == "Available").Select(rule => rule.RuleName).ToHashSet(StringComparer.Ordinal);
        return marked.ByValue.Keys.All(value => available.Contains(NameOf(marked.Name, value)));
    }

    /// <summary>Asks for those of a name to go. False: there are none any more.</summary>
    public async Task<bool> DeleteAsync(string listener, string name, CancellationToken cancellationToken)
    {
        var rules = (await alb.ListRulesAsync(listener, cancellationToken).ToListAsync(cancellationToken)).FindAll(rule => rule.RuleName.StartsWith(name + "-", StringComparison.Ordinal));
        foreach (var rule in rules.Where(rule => rule.RuleStatus == "Available"))
        {
            await alb.DeleteRuleAsync(rule.RuleId, Guid.NewGuid().ToString("N"), cancellationToken);
        }

        return rules.Count > 0;
    }

    private static string Token(MarkedTraffic marked, string value) =>
        $"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', marked.IdempotencyKey, marked.Name, value))))[..40]}-{Guid.NewGuid().ToString("N")[..12]}";
}
