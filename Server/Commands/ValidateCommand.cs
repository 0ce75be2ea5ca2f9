using System.CommandLine;
using System.Text.Json.Nodes;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Environments;
using Orchestrator.Server.Runbooks;
using Orchestrator.Server.Terminal;
using Orchestrator.Text;

namespace Orchestrator.Server.Commands;

/// <summary><c>validate</c>: every problem of runbooks and fleet files, with places; changes nothing.</summary>
internal static class ValidateCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "Runbook files, names of runbooks that ship, or fleet files.", Arity = ArgumentArity.OneOrMore };
        var json = CommonOptions.Json();
        var command = new Command("validate", "Tells every problem of runbooks and fleet files as file:line:column: error CODE: message.") { files, json };
        command.SetAction(parsed =>
        {
            var catalog = RunbookCatalog.Load(Settings.Load());
            // Who validates by name looks into a folder; what cannot be read there is no fault of the runbook that was named.
            IReadOnlyList<Diagnostic> beside = parsed.GetValue(files)!.All(File.Exists) ? [] : catalog.Library.Diagnostics;
            var answers = parsed.GetValue(files)!.Select(file => Check(catalog.For(file), catalog.Locate(file))).ToList();
            if (parsed.GetValue(json))
            {
                Printer.Print(ToJson(answers, beside), true, () => { });
            }
            else
            {
                Write(answers, beside);
            }

            return answers.TrueForAll(answer => answer.Valid) ? ExitCode.Done : ExitCode.BadInput;
        });
        return command;
    }

    private static Checked Check(RunbookCatalog catalog, string file)
    {
        if (FleetFiles.IsLikelyOne(file))
        {
            var diagnostics = FleetFiles.Check(file).Diagnostics;
            return new Checked(file, "fleet", diagnostics.IsEmpty, [.. diagnostics.Select(RunbookCatalog.Line)]);
        }

        var reading = catalog.Check(file);
        return new Checked(file, "runbook", reading.Runbook is not null, [.. reading.Diagnostics.Select(RunbookCatalog.Line)]);
    }

    private static void Write(List<Checked> answers, IReadOnlyList<Diagnostic> beside)
    {
        foreach (var diagnostic in beside)
        {
            Console.Error.WriteLine(diagnostic with { Severity = Severity.Warning });
        }

        foreach (var answer in answers)
        {
            foreach (var diagnostic in answer.Diagnostics)
            {
                Console.Error.WriteLine($"{diagnostic.File}:{diagnostic.Line}:{diagnostic.Column}: {diagnostic.Severity} {diagnostic.Code}: {diagnostic.Message}");
            }

            if (answer.Valid)
            {
                Console.Out.WriteLine($"{answer.File}: valid {answer.Kind}");
            }
        }
    }

    private static JsonObject ToJson(List<Checked> answers, IReadOnlyList<Diagnostic> beside) => new()
    {
        ["valid"] = answers.TrueForAll(answer => answer.Valid),
        ["files"] = new JsonArray([.. answers.Select(answer => new JsonObject
        {
            ["file"] = answer.File,
            ["kind"] = answer.Kind,
            ["valid"] = answer.Valid,
            ["diagnostics"] = new JsonArray([.. answer.Diagnostics.Select(ToJson)]),
        })]),
        ["unreadable"] = new JsonArray([.. beside.Select(diagnostic =>
        {
            var line = ToJson(RunbookCatalog.Line(diagnostic with { Severity = Severity.Warning }));
            line["file"] = diagnostic.File;
            return line;
        })]),
    };

    private static JsonObject ToJson(Api.DiagnosticResponse diagnostic) => new()
    {
        ["line"] = diagnostic.Line,
        ["column"] = diagnostic.Column,
        ["severity"] = diagnostic.Severity,
        ["code"] = diagnostic.Code,
        ["message"] = diagnostic.Message,
    };

    private sealed record Checked(string File, string Kind, bool Valid, IReadOnlyList<Api.DiagnosticResponse> Diagnostics);
}
