using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Orchestrator.Infra.Http;
using Orchestrator.Server.Api;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Server.Runbooks;

/// <param name="Next">Give it as <c>cursor</c> for the next page; null: this is the last.</param>
/// <param name="Diagnostics">Files of the runbooks' folders that cannot be read, with the reason; what was read of them before stays in use. The same on every page.</param>
internal sealed record RunbookPage(IReadOnlyList<RunbookResponse> Items, string? Next, IReadOnlyList<DiagnosticResponse> Diagnostics);

/// <param name="Digest">Of the version that a start by name runs; null when it has problems.</param>
/// <param name="Origin">published or file: where that version comes from.</param>
/// <param name="PublishedVersion">Who published it, when; null: a file that nobody published.</param>
/// <param name="FileDiffers">The file on the catalog says something else than the published version.</param>
internal sealed record RunbookResponse(
    string Name, string? Description, string? Digest, string File, bool Valid, string Origin, VersionResponse? PublishedVersion, bool FileDiffers);

/// <param name="Description">As of the version that a start by name runs.</param>
/// <param name="StartPrivilege">What a start by name asks for: <c>start-runs</c>, or <c>start-emergency</c> when it or a runbook that it runs is of the emergency lane.</param>
internal sealed record RunbookDetail(
    string Name, string? Description, string Digest, string Source, IReadOnlyList<InputResponse> Inputs, IReadOnlyList<string> Triggers, string OnFailure, string Lane, string? Preauthorised,
    string Origin, VersionResponse? PublishedVersion, bool FileDiffers, string StartPrivilege);

/// <summary>An input as a runbook declares it.</summary>
/// <param name="Type">string, integer, number, boolean, array, object, duration or time.</param>
/// <param name="Default">Null: there is none, and a start must give the input. A secret one is masked.</param>
/// <param name="Items">Of an array: the type of its items; null: any.</param>
/// <param name="Unit">What a number, or each of a list of numbers, counts.</param>
/// <param name="Required">There is no default.</param>
/// <param name="Secret">By its name: answers mask its texts, and a form hides what is typed.</param>
internal sealed record InputResponse(
    string Name, string Type, JsonElement? Default, string? Description, double? Minimum, double? Maximum, IReadOnlyList<JsonElement> Enum, string? Items,
    string? Unit, bool Required, bool Secret)
{
    public static InputResponse Of(InputDeclaration input) => new(
        input.Name, Words.Of(input.Type), input.Default is { } byDefault ? MaskedElement.Of(input.Name, byDefault) : null, input.Description, input.Minimum, input.Maximum, input.Enum,
        input.Items is { } items ? Words.Of(items) : null, input.Unit, input.Default is null, Masking.IsSecretName(input.Name));
}

/// <summary>A version of a runbook: published by a person, or the file on the catalog as it is now.</summary>
/// <param name="Origin">published or file.</param>
/// <param name="Number">Of the publications of this name, from 1; null for a file that nobody published.</param>
/// <param name="By">Who published it; null for a file.</param>
/// <param name="At">On the environment clock.</param>
/// <param name="InCatalog">The file on the catalog has just this text.</param>
/// <param name="Current">It is what a start by name and a child step run.</param>
internal sealed record VersionResponse(string Digest, string Origin, long? Number, string? By, DateTimeOffset? At, string? Note, bool InCatalog, bool Current);

internal sealed record VersionDetail(string Name, string Digest, string Source, VersionResponse? Version);

/// <param name="Note">Why, for those who look at the history.</param>
/// <param name="BasedOn">
/// Required: the digest of the version that was edited, or none for a name that nothing has yet. Another version that has become current since
/// is answered with 409 version-conflict, a name that is taken with 409 name-taken.
/// </param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record PublishRequest(string? Source, string? Note, string? BasedOn);

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record CheckRequest(string? Source, string? File, JsonElement? Inputs);

/// <param name="From">The version on the left: a digest, or current (the default), or file.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record DiffRequest(string? Source, string? From);

internal sealed record CheckResponse(bool Valid, IReadOnlyList<DiagnosticResponse> Diagnostics);

/// <param name="Path">The step's address; any text stands for an iteration or a round, as in lend/*/shift.</param>
/// <param name="Part">step (the default), undo (result is known) or until (a repeat's: the round's steps are known).</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ScopeRequest(string? Source, string? Path, string? Part);

internal sealed record ScopeResponse(string Path, IReadOnlyList<ScopeNameResponse> Names, IReadOnlyList<string> Globals);

/// <param name="Schema">JSON schema of what the name is; its properties are the members.</param>
internal sealed record ScopeNameResponse(string Name, string Description, JsonNode Schema);

/// <summary>The lines of two texts beside each other. <paramref name="From"/> and <paramref name="To"/> are digests.</summary>
/// <param name="TooDifferent">More than 1,000 lines differ: what lies between the common head and tail stands beside each other as it comes.</param>
internal sealed record DiffResponse(string From, string To, int Added, int Removed, IReadOnlyList<DiffLine> Lines, bool TooDifferent);

/// <param name="Kind">same, changed, added or removed.</param>
/// <param name="Left">Null: the line stands on the right only.</param>
internal sealed record DiffLine(string Kind, DiffSide? Left, DiffSide? Right);

/// <param name="Number">From 1.</param>
/// <param name="Changed">Spans of the text that differ, as start and length; empty unless the line is changed.</param>
internal sealed record DiffSide(int Number, string Text, IReadOnlyList<DiffSpan> Changed);

internal sealed record DiffSpan(int Start, int Length);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RunbookPage))]
[JsonSerializable(typeof(RunbookDetail))]
[JsonSerializable(typeof(Page<VersionResponse>))]
[JsonSerializable(typeof(VersionDetail))]
[JsonSerializable(typeof(PublishRequest))]
[JsonSerializable(typeof(CheckRequest))]
[JsonSerializable(typeof(CheckResponse))]
[JsonSerializable(typeof(ScopeRequest))]
[JsonSerializable(typeof(ScopeResponse))]
[JsonSerializable(typeof(DiffRequest))]
[JsonSerializable(typeof(DiffResponse))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class RunbooksJson : JsonSerializerContext;
