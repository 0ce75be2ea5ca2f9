using System.CommandLine;
using System.Text.Json.Nodes;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Night;
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
            var shelf = RunbookShelf.Load(Settings.Load());
            // Who validates by name looks into a folder; what cannot be read there is no fault of the runbook that was named.
            IReadOnlyList<Problem> beside = parsed.GetValue(files)!.All(File.Exists) ? [] : shelf.Library.Problems;
            var answers = parsed.GetValue(files)!.Select(file => Check(shelf.For(file), shelf.Locate(file))).ToList();
            if (parsed.GetValue(json))
            {
                Answer.Print(ToJson(answers, beside), true, () => { });
            }
            else
            {
                Write(answers, beside);
            }

            return answers.TrueForAll(answer => answer.Valid) ? ExitCode.Done : ExitCode.BadInput;
        });
        return command;
    }

    private static Checked Check(RunbookShelf shelf, string file)
    {
        if (FleetFiles.LooksLikeOne(file))
        {
            var problems = FleetFiles.Check(file).Problems;
            return new Checked(file, "fleet", problems.IsEmpty, [.. problems.Select(RunbookShelf.Line)]);
        }

        var reading = shelf.Check(file);
        return new Checked(file, "runbook", reading.Runbook is not null, [.. reading.Problems.Select(RunbookShelf.Line)]);
    }

    private static void Write(List<Checked> answers, IReadOnlyList<Problem> beside)
    {
        foreach (var problem in beside)
        {
            Console.Error.WriteLine(problem with { Severity = Severity.Warning });
        }

        foreach (var answer in answers)
        {
            foreach (var problem in answer.Problems)
            {
                Console.Error.WriteLine($"{problem.File}:{problem.Line}:{problem.Column}: {problem.Severity} {problem.Code}: {problem.Message}");
            }

            if (answer.Valid)
            {
                Console.Out.WriteLine($"{answer.File}: valid {answer.Kind}");
            }
        }
    }

    private static JsonObject ToJson(List<Checked> answers, IReadOnlyList<Problem> beside) => new()
    {
        ["valid"] = answers.TrueForAll(answer => answer.Valid),
        ["files"] = new JsonArray([.. answers.Select(answer => new JsonObject
        {
            ["file"] = answer.File,
            ["kind"] = answer.Kind,
            ["valid"] = answer.Valid,
            ["problems"] = new JsonArray([.. answer.Problems.Select(ToJson)]),
        })]),
        ["unreadable"] = new JsonArray([.. beside.Select(problem =>
        {
            var line = ToJson(RunbookShelf.Line(problem with { Severity = Severity.Warning }));
            line["file"] = problem.File;
            return line;
        })]),
    };

    private static JsonObject ToJson(Api.ProblemLine problem) => new()
    {
        ["line"] = problem.Line,
        ["column"] = problem.Column,
        ["severity"] = problem.Severity,
        ["code"] = problem.Code,
        ["message"] = problem.Message,
    };

    private sealed record Checked(string File, string Kind, bool Valid, IReadOnlyList<Api.ProblemLine> Problems);
}
