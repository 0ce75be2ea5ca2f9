using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Simulator.Provider;

/// <summary><c>/provider/resources</c>.</summary>
internal sealed class ProviderRoutes(ResourceProvider provider)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/provider/resources", context => AnswerAsync(context, CreateAsync));
        routes.MapGet("/provider/resources", context => AnswerAsync(context, ListAsync));
        routes.MapGet("/provider/resources/{id}", context => AnswerAsync(context, GetAsync));
        routes.MapPatch("/provider/resources/{id}", context => AnswerAsync(context, UpdateAsync));
        routes.MapDelete("/provider/resources/{id}", context => AnswerAsync(context, DeleteAsync));
    }

    private static async Task AnswerAsync(HttpContext context, Func<HttpContext, Task> handle)
    {
        try
        {
            await handle(context);
        }
        catch (ProviderException error)
        {
            await Bodies.WriteErrorAsync(context, error.Status, error.Code, error.Message);
        }
    }

    private async Task CreateAsync(HttpContext context)
    {
        var body = await BodyAsync(context);
        var inputs = body["inputs"]?.DeepClone() as JsonObject ?? [];
        var (resource, created) = await provider.CreateAsync(Text(body, "type"), Text(body, "name"), inputs, Text(body, "clientToken"), context.RequestAborted);
        await Bodies.WriteAsync(context, created && !resource.IsReady(provider.Now) ? 202 : created ? 201 : 200, resource.ToBody(provider.Now));
    }

    private Task ListAsync(HttpContext context)
    {
        var token = context.Request.Query["clientToken"].ToString();
        var found = token.Length > 0 ? provider.FindByToken(token) is { } one ? [one] : [] : provider.List();
        return Bodies.WriteAsync(context, 200, new JsonObject { ["resources"] = new JsonArray([.. found.Select(resource => resource.ToBody(provider.Now))]) });
    }

    private Task GetAsync(HttpContext context) => Bodies.WriteAsync(context, 200, provider.Get(Id(context)).ToBody(provider.Now));

    private async Task UpdateAsync(HttpContext context)
    {
        var body = await BodyAsync(context);
        var inputs = body["inputs"] as JsonObject ?? throw new ProviderException(400, "MissingParameter", "the body needs 'inputs'");
        var resource = await provider.UpdateAsync(Id(context), inputs, Text(body, "clientToken"), context.RequestAborted);
        await Bodies.WriteAsync(context, 200, resource.ToBody(provider.Now));
    }

    private async Task DeleteAsync(HttpContext context)
    {
        var resource = await provider.DeleteAsync(Id(context), context.Request.Query["clientToken"], context.RequestAborted);
        await Bodies.WriteAsync(context, 202, resource.ToBody(provider.Now));
    }

    private static async Task<JsonObject> BodyAsync(HttpContext context) =>
        await Bodies.ReadAsync(context) ?? throw new ProviderException(400, "InvalidBody", "the body is no JSON object");

    private static string Text(JsonObject body, string name) =>
        body[name] is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0
            ? text
            : throw new ProviderException(400, "MissingParameter", $"the body needs '{name}'");

    private static string Id(HttpContext context) => (string)context.Request.RouteValues["id"]!;
}
