using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Orchestrator.Server.Api;
using Orchestrator.Server.Identity;

namespace Orchestrator.Server.Pipeline;

/// <summary>What the API's description says besides what the routes tell by themselves.</summary>
internal static class OpenApiDocument
{
    /// <summary>Of an operation that changes something: its privileges, any one of which opens it, for clients that ask before they offer it.</summary>
    private const string PrivilegesKey = "x-privileges";

    public static IServiceCollection AddApiDescription(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo { Title = "Orchestrator", Version = "v1", Description = "Runs of promotion runbooks, their approvals, the fleet and its ledger. Times are on the environment clock." };
            foreach (var schema in document.Components?.Schemas?.Values ?? [])
            {
                // Answers leave out what is null, so a property that may be null may be missing.
                schema.Required?.ExceptWith([.. (schema.Properties ?? new Dictionary<string, IOpenApiSchema>()).Where(property => MayBeNull(property.Value)).Select(property => property.Key)]);
            }

            return Task.CompletedTask;
        });
        options.AddOperationTransformer(async (operation, context, cancellationToken) =>
        {
            operation.OperationId = Name(context.Description.HttpMethod ?? "GET", context.Description.RelativePath ?? "");
            foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>().Where(parameter => parameter.In == ParameterLocation.Query) ?? [])
            {
                // Every query parameter of ours is a filter or a page: none must be there.
                parameter.Required = false;
            }

            var privileges = AccessTable.Of(Address(context.Description.HttpMethod ?? "GET", context.Description.RelativePath ?? ""));
            if (!privileges.IsEmpty)
            {
                operation.Extensions ??= new Dictionary<string, IOpenApiExtension>();
                operation.Extensions[PrivilegesKey] = new JsonNodeExtension(new JsonArray([.. privileges.Select(privilege => JsonValue.Create(Words.Of(privilege)))]));
            }

            operation.Responses ??= [];
            operation.Responses["default"] = new OpenApiResponse
            {
                Description = "Problem details, RFC 9457: 400 and 422 for what was sent, 401 and 403 for who sent it, 404, 409 for what the state does not allow, 413, 415, 503.",
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    ["application/problem+json"] = new() { Schema = await context.GetOrCreateSchemaAsync(typeof(ProblemResponse), cancellationToken: cancellationToken) },
                },
            };
        });
    });

    private static string Address(string method, string path) => $"{method} /{path.Trim('/').Replace(":guid", "", StringComparison.Ordinal)}";

    private static bool MayBeNull(IOpenApiSchema schema) =>
        schema.Type?.HasFlag(JsonSchemaType.Null) == true || schema.OneOf?.Any(one => one.Type == JsonSchemaType.Null) == true;

    /// <summary>A stable name for generated clients: <c>POST /api/runs/{id}/pause</c> is <c>postRunsByIdPause</c>.</summary>
    private static string Name(string method, string path)
    {
        var words = path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(word => word != "api")
            .Select(word => word.StartsWith('{') ? $"By{Capital(word.Trim('{', '}').Split(':')[0])}" : Capital(word));
        return $"{method.ToLowerInvariant()}{string.Concat(words)}";
    }

    private static string Capital(string word) => word.Length == 0 ? word : char.ToUpper(word[0], CultureInfo.InvariantCulture) + word[1..];
}
