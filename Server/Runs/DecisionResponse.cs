using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Server.Runs;

internal sealed record DecisionResponse(string By, string Role, bool Approved, string? Comment, string? OnBehalfOf)
{
    public static DecisionResponse Of(ApprovalDecided decided) => new(decided.By, decided.Role, decided.Approved, decided.Comment, decided.OnBehalfOf);
}
