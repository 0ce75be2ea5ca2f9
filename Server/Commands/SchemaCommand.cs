using System.CommandLine;
using System.Text;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Files;
using Orchestrator.Server.Runbooks;
using Orchestrator.Workflows.Language;

namespace Orchestrator.Server.Commands;

/// <summary><c>schema</c>: the JSON schema of runbooks, for editors; generated from the grammar and the activities' types.</summary>
internal static class SchemaCommand
{
    public static Command Create()
    {
        var output = new Option<string?>("--out") { Description = "Where to write it. Default: Runbooks/runbook.schema.json; - is standard output", HelpName = "FILE" };
        var command = new Command("schema", "Writes the JSON schema of runbooks, for editors.") { output };
        command.SetAction(parsed =>
        {
            var catalog = RunbookCatalog.Load(Settings.Load());
            var text = RunbookSchema.Text(catalog.Catalog);
            if (parsed.GetValue(output) == "-")
            {
                Console.Out.Write(text);
                return ExitCode.Done;
            }

            var file = parsed.GetValue(output) ?? Path.Combine(catalog.Folders[^1], "runbook.schema.json");
            AtomicFile.Write(file, Encoding.UTF8.GetBytes(text));
            Console.Out.WriteLine($"{file}: written");
            return ExitCode.Done;
        });
        return command;
    }
}
