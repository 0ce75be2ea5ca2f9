using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Server.Api;

/// <summary>What one request may spend on the expressions of everything that it reads, checks and plans.</summary>
internal static class RequestBudget
{
    /// <summary>What a caller waits for an answer.</summary>
    private static readonly TimeSpan longest = TimeSpan.FromSeconds(10);

    private static readonly object key = new();

    /// <summary>The same each time for one request; its work ends with <see cref="OperationCanceledException"/> when the caller leaves.</summary>
    public static EvaluationBudget Budget(this HttpContext http)
    {
        if (http.Items.TryGetValue(key, out var known)) return (EvaluationBudget)known!;

        var budget = new EvaluationBudget(longest, cancellation: http.RequestAborted);
        http.Items[key] = budget;
        return budget;
    }
}
