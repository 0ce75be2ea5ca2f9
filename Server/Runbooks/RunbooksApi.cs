using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Server.Api;
using Orchestrator.Workflows;
using Orchestrator.Workflows.Runbooks;

namespace Orchestrator.Server.Runbooks;

internal sealed record RunbookAnswer(string Name, string? Description, string? Digest, string File, bool Valid);

internal sealed record RunbookDetail(
    string Name, string? Description, string Digest, string Source, IReadOnlyList<InputAnswer> Inputs, IReadOnlyList<string> Triggers, string OnFailure, string Lane, string? Preauthorised);

internal sealed record InputAnswer(string Name, string Type, JsonElement? Default, string? Description, double? Minimum, double? Maximum, IReadOnlyList<JsonElement> Enum);

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record CheckBody(string? Source, string? File, JsonElement? Inputs);

internal sealed record CheckAnswer(bool Valid, IReadOnlyList<ProblemLine> Problems);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Page<RunbookAnswer>))]
[JsonSerializable(typeof(RunbookDetail))]
[JsonSerializable(typeof(CheckBody))]
[JsonSerializable(typeof(CheckAnswer))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class RunbooksJson : JsonSerializerContext;

/// <summary>Runbooks of the shelf: list, show, check, plan.</summary>
internal static class RunbooksApi
{
    public static void MapRunbooks(this IEndpointRouteBuilder app)
    {
        var runbooks = app.MapGroup("/api/runbooks").WithTags("runbooks");
        runbooks.MapGet("", List).WithSummary("A page of the runbooks that the server knows.");
        runbooks.MapGet("/{name}", Show).WithSummary("One runbook with its source and inputs.");
        runbooks.MapPost("/validate", Validate).WithSummary("Every problem of a runbook's source, with places.");
        runbooks.MapPost("/{name}/plan", Plan).WithSummary("What a run would touch, in order, and what cannot be undone.");
    }

    private static Page<RunbookAnswer> List(RunbookShelf shelf, string? cursor, int? limit)
    {
        var library = shelf.Library;
        return Paging.Of([.. library.Names.Order(StringComparer.Ordinal)], cursor, limit, name =>
        {
            var file = library.Find(name)!;
            var runbook = shelf.Check(file.File).Runbook;
            return new RunbookAnswer(name, runbook?.Description, runbook?.Digest, Path.GetFileName(file.File), runbook is not null);
        });
    }

    private static RunbookDetail Show(string name, RunbookShelf shelf)
    {
        var runbook = shelf.ReadForRequest(name, null);
        return new RunbookDetail(
            runbook.Name, runbook.Description, runbook.Digest, runbook.Source, [.. runbook.Inputs.Select(Of)],
            [.. runbook.Triggers.Select(trigger => trigger.Cron)], Words.Of(runbook.OnFailure), Words.Of(runbook.Lane), runbook.Preauthorised);
    }

    private static InputAnswer Of(InputDeclaration input) =>
        new(input.Name, Words.Of(input.Type), input.Default, input.Description, input.Minimum, input.Maximum, input.Enum);

    private static CheckAnswer Validate(CheckBody body, RunbookShelf shelf)
    {
        var reading = shelf.CheckText(body.File ?? "source", body.Source ?? throw ProblemException.BadRequest("Give the runbook's source."));
        return new CheckAnswer(reading.Runbook is not null, [.. reading.Problems.Select(RunbookShelf.Line)]);
    }

    private static JsonElement Plan(string name, CheckBody? body, RunbookShelf shelf)
    {
        var runbook = shelf.ReadForRequest(name, body?.Source);
        return WorkflowJson.ToElement(shelf.Plan(runbook, RunbookShelf.BindForRequest(runbook, body?.Inputs), $"{name}.yaml"));
    }
}
