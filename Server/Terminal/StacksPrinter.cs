using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Server.Output;
using Orchestrator.Text;

namespace Orchestrator.Server.Terminal;

/// <summary>Stacks for people, in the signs that they know of pulumi: + create, ~ update, +- replace, - delete, and for other programs as JSON.</summary>
internal static class StacksPrinter
{
    public static void Write(StackPreview preview)
    {
        var steps = preview.Steps.Where(step => step is not { Operation: "same", Note: null }).ToList();
        foreach (var step in steps)
        {
            Line(Console.Out, $"{Sign(step.Operation),2} {step.Type,-52} {StackResource.NameOf(step.Urn),-24} {step.Operation}{(step.Differences.IsEmpty ? "" : $"  [diff: {string.Join(", ", step.Differences.Select(path => $"~{path}"))}]")}{(step.Note is null ? "" : $"  ({step.Note})")}");
        }

        if (!preview.Outputs.IsEmpty)
        {
            Line(Console.Out, $"   outputs that change: {string.Join(", ", preview.Outputs)}");
        }

        Line(Console.Out, preview.IsEmpty ? "Nothing would change." : $"Resources: {Counts(preview.Steps.CountBy(step => step.Operation).ToDictionary())}");
    }

    public static void Write(StackEvent happened, TextWriter output)
    {
        switch (happened)
        {
            case ResourcePre { Metadata: { Op: not "same" } step }:
                Line(output, $"{Sign(step.Op),2} {step.Type} {StackResource.NameOf(step.Urn)} {step.Op}…{(step.Diffs.IsEmpty ? "" : $" [diff: {string.Join(", ", step.Diffs.Select(path => $"~{path}"))}]")}");
                break;
            case ResourceOutputs { Metadata: { Op: not "same" } step }:
                Line(output, $"{Sign(step.Op),2} {step.Type} {StackResource.NameOf(step.Urn)} {step.Op} done{(step.Id is null ? "" : $" ({step.Id})")}");
                break;
            case ResourceFailed failed:
                Line(output, $"   {failed.Metadata.Type} {StackResource.NameOf(failed.Metadata.Urn)} {failed.Metadata.Op} failed: {failed.Message}");
                break;
            case StackDiagnostic { Severity: "warning" } told:
                Line(output, $"   warning: {(told.Urn is null ? "" : $"{StackResource.NameOf(told.Urn)} ")}{told.Message}");
                break;
        }
    }

    public static void Write(StackOutcome outcome)
    {
        foreach (var (name, value) in outcome.Outputs.OrderBy(output => output.Key, StringComparer.Ordinal))
        {
            Line(Console.Out, $"   {name}: {(value is JsonValue single && single.TryGetValue<string>(out var text) ? text : value?.ToJsonString() ?? "null")}");
        }

        Line(Console.Out, $"Resources: {Counts(outcome.Changes)}; {outcome.Elapsed.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture)} s{(outcome.Succeeded ? "" : $"; {outcome.Failures.Length} failed, what is there stays")}");
    }

    public static JsonObject ToJson(StackPreview preview) => new()
    {
        ["empty"] = preview.IsEmpty,
        ["steps"] = new JsonArray([.. preview.Steps.Select(step => new JsonObject
        {
            ["op"] = step.Operation, ["urn"] = step.Urn, ["type"] = step.Type, ["name"] = StackResource.NameOf(step.Urn), ["differences"] = Texts(step.Differences), ["note"] = step.Note,
        })]),
        ["outputs"] = Texts(preview.Outputs),
    };

    public static JsonObject ToJson(StackOutcome outcome) => new()
    {
        ["result"] = outcome.Succeeded ? "succeeded" : "failed",
        ["seconds"] = Math.Round(outcome.Elapsed.TotalSeconds, 3),
        ["summary"] = new JsonObject(outcome.Changes.OrderBy(change => change.Key, StringComparer.Ordinal).Select(change => KeyValuePair.Create(change.Key, (JsonNode?)change.Value))),
        ["outputs"] = new JsonObject(outcome.Outputs.OrderBy(output => output.Key, StringComparer.Ordinal).Select(output => KeyValuePair.Create(output.Key, output.Value?.DeepClone()))),
        ["failures"] = new JsonArray([.. outcome.Failures.Select(failure => new JsonObject
        {
            ["urn"] = failure.Urn, ["op"] = failure.Operation, ["code"] = failure.Code, ["message"] = failure.Message, ["retryable"] = failure.Retryable,
        })]),
    };

    public static JsonArray ToJson(ImmutableArray<Diagnostic> diagnostics) => new([.. diagnostics.Select(diagnostic => new JsonObject
    {
        ["file"] = diagnostic.File, ["line"] = diagnostic.Position.Line, ["column"] = diagnostic.Position.Column, ["severity"] = diagnostic.Severity.ToString().ToLowerInvariant(), ["code"] = diagnostic.Code, ["message"] = diagnostic.Message,
    })]);

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);

    private static string Counts(IReadOnlyDictionary<string, int> changes) => changes.Count == 0 ? "none" : string.Join(", ", changes.OrderBy(change => change.Key, StringComparer.Ordinal).Select(change => $"{change.Value} {change.Key}"));

    private static string Sign(string operation) => operation switch
    {
        "create" => "+",
        "update" => "~",
        "replace" => "+-",
        "delete" => "-",
        "resume" => ">",
        "read" or "refresh" => "<",
        "import" => "=",
        _ => "",
    };

    private static void Line(TextWriter output, string text) => output.WriteLine(Printable.Line(text));
}
