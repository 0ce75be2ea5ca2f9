namespace Orchestrator.Activities.Shift;

/// <summary>How a trading unit's pods are told from others on a lent cluster.</summary>
internal static class UnitPods
{
    /// <summary>Label that every pod of a unit carries; its value is the unit's id.</summary>
    public const string Selector = "orchestrator.io/unit";
}
