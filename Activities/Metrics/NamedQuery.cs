using Orchestrator.Infra.Metrics;
using Orchestrator.Text;
using Orchestrator.Workflows.Model.Activities;

namespace Orchestrator.Activities.Metrics;

/// <summary>The query that a step means: its own, or one of those with a name.</summary>
internal static class NamedQuery
{
    public static string Of(string? query, string? name, QuerySet queries) => (query, name) switch
    {
        ({ } own, null) when !string.IsNullOrWhiteSpace(own) => own,
        (null, { } known) => queries.Find(known) ?? throw new ActivityFailedException(
            "bad-argument", $"there is no query '{known}'{Suggest.Hint(known, queries.Names)}; there are {string.Join(", ", queries.Names)}, and more can be set in Infra:Metrics:Queries", retryable: false),
        _ => throw new ActivityFailedException("bad-argument", "give either query, in PromQL, or name, of a query that the settings have", retryable: false),
    };
}
