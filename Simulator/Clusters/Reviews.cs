using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Orchestrator.Simulator.Clusters.Objects;

namespace Orchestrator.Simulator.Clusters;

/// <summary>Who a client is and what it may: the simulated cluster knows one user, who may do everything.</summary>
internal static class Reviews
{
    public const string AuthorizationGroup = "authorization.k8s.io";
    public const string AuthenticationGroup = "authentication.k8s.io";

    public static bool Offers(ClusterPath path) => path is
    { Group: AuthorizationGroup, Version: "v1", Plural: "selfsubjectaccessreviews" or "selfsubjectrulesreviews" } or
    { Group: AuthenticationGroup, Version: "v1", Plural: "selfsubjectreviews" };

    public static async Task HandleAsync(HttpContext context, ClusterPath path)
    {
        if (context.Request.Method != HttpMethods.Post || path.Name is not null)
        {
            throw StatusException.MethodNotAllowed();
        }

        var review = await RequestBody.ReadObjectAsync(context);
        var (kind, status) = path.Plural switch
        {
            "selfsubjectaccessreviews" => ("SelfSubjectAccessReview", new JsonObject { ["allowed"] = true }),
            "selfsubjectrulesreviews" => ("SelfSubjectRulesReview", new JsonObject
            {
                ["incomplete"] = false,
                ["nonResourceRules"] = new JsonArray(new JsonObject { ["verbs"] = new JsonArray("*"), ["nonResourceURLs"] = new JsonArray("*") }),
                ["resourceRules"] = new JsonArray(new JsonObject { ["verbs"] = new JsonArray("*"), ["apiGroups"] = new JsonArray("*"), ["resources"] = new JsonArray("*") }),
            }),
            _ => ("SelfSubjectReview", new JsonObject { ["userInfo"] = new JsonObject { ["username"] = "simulated", ["groups"] = new JsonArray("system:masters", "system:authenticated") } }),
        };
        context.Response.StatusCode = StatusCodes.Status201Created;
        await ClusterApi.WriteAsync(context, new JsonObject
        {
            ["kind"] = kind,
            ["apiVersion"] = $"{path.Group}/{path.Version}",
            ["metadata"] = new JsonObject(),
            ["spec"] = review["spec"]?.DeepClone() ?? new JsonObject(),
            ["status"] = status,
        });
    }
}
