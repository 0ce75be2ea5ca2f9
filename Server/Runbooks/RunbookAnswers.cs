using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Orchestrator.Infra.Http;
using Orchestrator.Server.Api;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Server.Runbooks;

/// <param name="Next">Give it as <c>cursor</c> for the next page; null: this is the last.</param>
/// <param name="Problems">Files of the runbooks' folders that cannot be read, with the reason; what was read of them before stays in use. The same on every page.</param>
internal sealed record RunbookPage(IReadOnlyList<RunbookAnswer> Items, string? Next, IReadOnlyList<ProblemLine> Problems);

/// <param name="Digest">Of the version that a start by name runs; null when it has problems.</param>
/// <param name="Origin">published or file: where that version comes from.</param>
/// <param name="Publication">Who published it, when; null: a file that nobody published.</param>
/// <param name="FileDiffers">The file on the shelf says something else than the published version.</param>
internal sealed record RunbookAnswer(
    string Name, string? Description, string? Digest, string File, bool Valid, string Origin, VersionAnswer? Publication, bool FileDiffers);

/// <param name="Description">As of the version that a start by name runs.</param>
/// <param name="StartPrivilege">What a start by name asks for: <c>start-runs</c>, or <c>start-emergency</c> when it or a runbook that it runs is of the emergency lane.</param>
internal sealed record RunbookDetail(
    string Name, string? Description, string Digest, string Source, IReadOnlyList<InputAnswer> Inputs, IReadOnlyList<string> Triggers, string OnFailure, string Lane, string? Preauthorised,
    string Origin, VersionAnswer? Publication, bool FileDiffers, string StartPrivilege);

/// <summary>An input as a runbook declares it.</summary>
/// <param name="Type">string, integer, number, boolean, array, object, duration or time.</param>
/// <param name="Default">Null: there is none, and a start must give the input. A secret one is masked.</param>
/// <param name="Items">Of an array: the type of its items; null: any.</param>
/// <param name="Unit">What a number, or each of a list of numbers, counts.</param>
/// <param name="Required">There is no default.</param>
/// <param name="Secret">By its name: answers mask its texts, and a form hides what is typed.</param>
internal sealed record InputAnswer(
    string Name, string Type, JsonElement? Default, string? Description, double? Minimum, double? Maximum, IReadOnlyList<JsonElement> Enum, string? Items,
    string? Unit, bool Required, bool Secret)
{
    public static InputAnswer Of(InputDeclaration input) => new(
        input.Name, Words.Of(input.Type), input.Default is { } byDefault ? MaskedElement.Of(input.Name, byDefault) : null, input.Description, input.Minimum, input.Maximum, input.Enum,
        input.Items is { } items ? Words.Of(items) : null, input.Unit, input.Default is null, Masking.IsSecretName(input.Name));
}

/// <summary>A version of a runbook: published by a person, or the file on the shelf as it is now.</summary>
/// <param name="Origin">published or file.</param>
/// <param name="Number">Of the publications of this name, from 1; null for a file that nobody published.</param>
/// <param name="By">Who published it; null for a file.</param>
/// <param name="At">On the night's clock.</param>
/// <param name="OnShelf">The file on the shelf has just this text.</param>
/// <param name="Current">It is what a start by name and a child step run.</param>
internal sealed record VersionAnswer(string Digest, string Origin, long? Number, string? By, DateTimeOffset? At, string? Note, bool OnShelf, bool Current);

internal sealed record VersionDetail(string Name, string Digest, string Source, VersionAnswer? Version);

/// <param name="Note">Why, for those who look at the history.</param>
/// <param name="BasedOn">
/// Required: the digest of the version that was edited, or none for a name that nothing has yet. Another version that has become current since
/// is answered with 409 version-conflict, a name that is taken with 409 name-taken.
/// </param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record PublishBody(string? Source, string? Note, string? BasedOn);

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record CheckBody(string? Source, string? File, JsonElement? Inputs);

/// <param name="From">The version on the left: a digest, or current (the default), or file.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record DiffBody(string? Source, string? From);

internal sealed record CheckAnswer(bool Valid, IReadOnlyList<ProblemLine> Problems);

/// <param name="Path">The step's address; any text stands for an iteration or a round, as in lend/*/shift.</param>
/// <param name="Part">step (the default), undo (result is known) or until (a repeat's: the round's steps are known).</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ScopeBody(string? Source, string? Path, string? Part);

internal sealed record ScopeAnswer(string Path, IReadOnlyList<ScopeNameAnswer> Names, IReadOnlyList<string> Globals);

/// <param name="Schema">JSON schema of what the name is; its properties are the members.</param>
internal sealed record ScopeNameAnswer(string Name, string Description, JsonNode Schema);

/// <summary>The lines of two texts beside each other. <paramref name="From"/> and <paramref name="To"/> are digests.</summary>
/// <param name="TooDifferent">More than 1,000 lines differ: what lies between the common head and tail stands beside each other as it comes.</param>
internal sealed record DiffAnswer(string From, string To, int Added, int Removed, IReadOnlyList<DiffLine> Lines, bool TooDifferent);

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
[JsonSerializable(typeof(Page<VersionAnswer>))]
[JsonSerializable(typeof(VersionDetail))]
[JsonSerializable(typeof(PublishBody))]
[JsonSerializable(typeof(CheckBody))]
[JsonSerializable(typeof(CheckAnswer))]
[JsonSerializable(typeof(ScopeBody))]
[JsonSerializable(typeof(ScopeAnswer))]
[JsonSerializable(typeof(DiffBody))]
[JsonSerializable(typeof(DiffAnswer))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class RunbooksJson : JsonSerializerContext;
