using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Environments;
using Orchestrator.Workflows.Language.Inputs;
using Orchestrator.Workflows.Model.Files;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Server.Runbooks;

/// <summary>Inputs as people give them: <c>k=v</c> on the command line, a JSON file, the body of a request.</summary>
internal static class InputValues
{
    /// <summary>Largest file of inputs.</summary>
    private const int LargestFile = 8 * 1024 * 1024;

    /// <summary>Binds what the command line gave; pairs win over the file. Throws <see cref="CommandException"/> with every problem.</summary>
    /// <param name="runbookFile">Where the inputs are declared, for problems.</param>
    public static JsonElement Bind(Runbook runbook, string runbookFile, IEnumerable<string> pairs, string? file)
    {
        var texts = file is null ? [] : ReadFile(file).Select(member => $"{member.Key}={Text(member.Value)}");
        var binding = InputBinder.BindTexts(runbook, texts.Concat(pairs), runbookFile);
        return binding.IsValid ? binding.Inputs : throw CommandException.Diagnostics(binding.Diagnostics);
    }

    private static string Text(JsonNode? value) => value is JsonValue single && single.TryGetValue(out string? text) ? text : value?.ToJsonString() ?? "null";

    private static JsonObject ReadFile(string file)
    {
        using var content = FleetFiles.Open(file, "file of inputs");
        if (RegularFile.ReadAtMost(content, LargestFile) is not { } bytes)
        {
            throw Located($"{file}:1:1: error IN001: the file is larger than {LargestFile / 1024 / 1024} MiB; is it the right file?");
        }

        try
        {
            return JsonNode.Parse(bytes) as JsonObject ?? throw Located($"{file}:1:1: error IN002: this is not a JSON object; write {{ \"name\": value }}");
        }
        catch (JsonException exception)
        {
            throw Located($"{file}:{exception.LineNumber + 1}:{exception.BytePositionInLine + 1}: error IN003: this is not JSON: {exception.Message.Split(". Path:")[0]}");
        }
    }

    private static CommandException Located(string line) => CommandException.Diagnostics([line]);
}
