using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Workflows.Model.People;

/// <summary>Why somebody does not count as another pair of eyes.</summary>
public enum EyesConflict
{
    /// <summary>They count.</summary>
    None,

    /// <summary>It is their own request, or that of the person for whom they decide.</summary>
    OwnRequest,

    /// <summary>They, or the person for whom they decide, count already.</summary>
    CountedBefore,
}

/// <summary>
/// Four eyes: nobody decides on their own request, and nobody counts twice, whether in their own name, on somebody's behalf
/// or through somebody else. The one rule for approvals, emergency plans, overrides, freeze removals and delegations.
/// </summary>
public static class FourEyes
{
    /// <param name="requestedBy">Who asked, started or made it; as journaled.</param>
    /// <param name="by">Who decides.</param>
    /// <param name="onBehalfOf">Who has delegated the decision to them, or null.</param>
    /// <param name="counted">The decisions that count already.</param>
    public static EyesConflict Check(string requestedBy, string by, string? onBehalfOf, IEnumerable<JournaledDecision> counted)
    {
        var (asked, decides) = (PersonId.Of(requestedBy), PersonId.Of(by));
        var speaks = onBehalfOf is null ? decides : PersonId.Of(onBehalfOf);
        return decides == asked || speaks == asked ? EyesConflict.OwnRequest
            : counted.Any(earlier => Is(earlier.By, decides, speaks) || (earlier.OnBehalfOf is { } other && Is(other, decides, speaks))) ? EyesConflict.CountedBefore
            : EyesConflict.None;
    }

    /// <summary>Whether two names are one person's.</summary>
    public static bool Same(string one, string other) => PersonId.Of(one) == PersonId.Of(other);

    private static bool Is(string name, PersonId decides, PersonId speaks) => PersonId.Of(name) is var counts && (counts == decides || counts == speaks);
}
