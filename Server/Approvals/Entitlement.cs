using System.Collections.Immutable;
using Orchestrator.Server.Identity;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.People;

namespace Orchestrator.Server.Approvals;

/// <summary>Whether somebody may decide on a question, and why not. The engine decides by the same rules when they do.</summary>
/// <param name="Role">In which of their own roles; null: not in one of their own.</param>
/// <param name="OnBehalfOf">For whom they may decide, by delegation.</param>
/// <param name="Code">four-eyes, role-missing or already-decided; null when they may.</param>
internal sealed record Entitlement(bool May, string? Role, ImmutableArray<string> OnBehalfOf, string? Code, string? Reason)
{
    /// <param name="delegations">Those that hold now, to this person.</param>
    public static Entitlement Of(Person person, OpenApproval open, IEnumerable<Delegation> delegations)
    {
        var asked = open.Approval;
        var conflict = Conflict(open, person.Name, null);
        if (conflict == EyesConflict.OwnRequest)
        {
            return Refused("four-eyes", $"{person.Name} started this run and cannot decide on it; somebody else with one of the roles {string.Join(", ", asked.Roles)} can.");
        }

        if (conflict == EyesConflict.CountedBefore)
        {
            return Refused("already-decided", $"{person.Name} has approved here already, and each approval needs another person; a rejection would still count.");
        }

        var role = person.Roles.FirstOrDefault(asked.Roles.Contains);
        var behalf = delegations
            .Where(delegation => delegation.Roles.Any(asked.Roles.Contains) && Conflict(open, person.Name, delegation.From) == EyesConflict.None)
            .Select(delegation => delegation.From).Distinct().ToImmutableArray();
        return role is not null || !behalf.IsEmpty
            ? new Entitlement(true, role, behalf, null, null)
            : Refused("role-missing", $"{person.Name} has none of the roles {string.Join(", ", asked.Roles)}, and nobody who has delegated them.");
    }

    private static EyesConflict Conflict(OpenApproval open, string by, string? onBehalfOf) =>
        FourEyes.Check(open.StartedBy, by, onBehalfOf, open.Approval.Decisions.Select(decision => new JournaledDecision(decision.By, decision.OnBehalfOf)));

    private static Entitlement Refused(string code, string reason) => new(false, null, [], code, reason);
}
