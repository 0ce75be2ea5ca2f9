using Microsoft.AspNetCore.Http;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters;

/// <summary>How a client wants its write done.</summary>
/// <param name="Manager">Who owns the fields that it changes.</param>
/// <param name="Validation">What becomes of fields that the schema does not have: <c>Strict</c> refuses, <c>Warn</c> tells, <c>Ignore</c> drops them.</param>
internal sealed record WriteOptions(bool DryRun, string Manager, string Validation)
{
    /// <exception cref="StatusException">422: a value that the API does not know.</exception>
    public static WriteOptions Of(HttpContext context)
    {
        var dryRun = RequestBody.Query(context, "dryRun") switch
        {
            null or "" => false,
            "All" => true,
            var other => throw new StatusException(422, "Invalid", $"PatchOptions.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: \"{other}\": supported values: \"All\""),
        };
        var validation = RequestBody.Query(context, "fieldValidation") switch
        {
            null or "" => "Warn",
            ("Strict" or "Warn" or "Ignore") and var known => known,
            var other => throw new StatusException(422, "Invalid", $"PatchOptions.meta.k8s.io \"\" is invalid: fieldValidation: Unsupported value: \"{other}\": supported values: \"Ignore\", \"Strict\", \"Warn\""),
        };
        var manager = RequestBody.Query(context, "fieldManager") ?? context.Request.Headers.UserAgent.ToString().Split('/', ' ')[0];
        return new WriteOptions(dryRun, manager.Length > 0 ? manager : "unknown", validation);
    }
}
