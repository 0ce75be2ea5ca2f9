using Orchestrator.Server.Api;
using Orchestrator.Server.Identity;
using Orchestrator.Workflows.Language.Reading;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Server.Runbooks;

/// <summary>What a runbook's content asks of who starts or publishes it, beyond what the address asks.</summary>
internal static class RunbookAccess
{
    /// <param name="given">The request brings the source; false: it names a runbook that the server has.</param>
    public static void CheckStart(HttpContext http, Runbook runbook, RunbookCatalog catalog, bool given)
    {
        var library = catalog.Library;
        var unpublished = given && library.Find(runbook.Name)?.Text != runbook.Source;
        var emergency = Reach(runbook, catalog, library, http.Budget()).Any(one => one.Lane == Lane.Emergency);
        // Whoever says so of a text of their own has not had it approved.
        if (unpublished && runbook.Preauthorised is not null) http.Require(Privilege.StartPreauthorised);
        if (emergency) http.Require(Privilege.StartEmergency);
        if (unpublished) http.Require(Privilege.StartUnpublished);
        if (!emergency && !unpublished) http.Require(Privilege.StartRuns);
    }

    /// <summary>What a start of a runbook that the server has asks for.</summary>
    public static Privilege StartPrivilege(Runbook runbook, RunbookCatalog catalog, EvaluationBudget budget) =>
        Reach(runbook, catalog, catalog.Library, budget).Any(one => one.Lane == Lane.Emergency) ? Privilege.StartEmergency : Privilege.StartRuns;

    /// <param name="trigger">The runbook that the emergency trigger starts.</param>
    public static void CheckPublish(HttpContext http, Runbook runbook, RunbookCatalog catalog, string trigger)
    {
        if (runbook.Name == trigger || Reach(runbook, catalog, catalog.Library, http.Budget()).Any(one => one.Lane == Lane.Emergency || one.Preauthorised is not null)) http.Require(Privilege.PublishEmergency);
        if (!runbook.Triggers.IsEmpty) http.Require(Privilege.PublishTriggers);
    }

    /// <summary>The runbook and those that it runs as children, as they are read now: a child keeps its own lane.</summary>
    private static IEnumerable<Runbook> Reach(Runbook runbook, RunbookCatalog catalog, RunbookLibrary library, EvaluationBudget budget) =>
        RunbookReach.Of(runbook, name => library.Find(name) is { } file ? catalog.ReadDraft(file.Text, budget) : null);
}
