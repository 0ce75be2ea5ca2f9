using System.Globalization;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Scheduling.Policy;

/// <summary>Names a trigger: its runbook's name, a dot, and eight hexadecimal digits of a hash of its text, as in <c>daily-colocation.3f9a2c71</c>.</summary>
public readonly record struct TriggerId(string Value)
{
    /// <summary>The runbook's name, also of a trigger that is gone.</summary>
    public string Runbook => Value.LastIndexOf('.') is > 0 and var dot ? Value[..dot] : Value;

    public override string ToString() => Value;
}

/// <summary>A trigger of a published runbook. One whose cron, time zone or misfire policy changes is another trigger with another id.</summary>
public sealed record ScheduledTrigger(TriggerId Id, string Runbook, string Cron, string TimeZone, MisfirePolicy Misfire)
{
    public static ScheduledTrigger Of(string runbook, Trigger trigger)
    {
        var cron = string.Join(' ', trigger.Cron.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToUpperInvariant();
        var hash = StableHash.Of($"{cron}|{trigger.TimeZone}|{trigger.Misfire}");
        return new(new TriggerId(string.Create(CultureInfo.InvariantCulture, $"{runbook}.{(uint)hash:x8}")), runbook, cron, trigger.TimeZone, trigger.Misfire);
    }
}
