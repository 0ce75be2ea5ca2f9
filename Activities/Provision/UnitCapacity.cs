using Orchestrator.Fleet.Colocation;
using Orchestrator.Fleet.Facts;
using Orchestrator.Fleet.Views;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Provision;

/// <summary>Whether what a unit would promise is there, beside everything else that is promised.</summary>
internal static class UnitCapacity
{
    /// <summary>Refuses a fact that would break an invariant of the fleet which holds without it.</summary>
    /// <exception cref="ActivityFailedException"><c>no-capacity</c>: before anything is built.</exception>
    public static void Check(FleetView view, FleetFact fact, string unit, int hosts, ProfileSet profiles)
    {
        var before = Invariants.Check(view, profiles).Select(one => (one.Name, one.Subject)).ToHashSet();
        var broken = Invariants.Check(view.Apply(fact), profiles).Where(one => !before.Contains((one.Name, one.Subject))).ToArray();
        if (broken.Length > 0)
        {
            throw new ActivityFailedException(
                "no-capacity",
                string.Create(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"unit {unit} with {hosts} hosts would promise what is not there: {string.Join("; ", broken.Select(one => one.Message))}. Lend more nodes first, or ask for fewer hosts"),
                retryable: false);
        }
    }
}
