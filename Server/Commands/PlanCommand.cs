using System.CommandLine;
using System.Text.Json.Nodes;
using Orchestrator.Server.Hosting;
using Orchestrator.Server.Runbooks;
using Orchestrator.Server.Terminal;
using Orchestrator.Workflows;

namespace Orchestrator.Server.Commands;

/// <summary><c>plan</c>: what a run would touch, in order, and what cannot be undone; changes nothing.</summary>
internal static class PlanCommand
{
    public static Command Create()
    {
        var runbook = new Argument<string>("RUNBOOK") { Description = "A runbook file, or the name of one that ships." };
        var (input, inputs, json) = (CommonOptions.Input(), CommonOptions.Inputs(), CommonOptions.Json());
        var command = new Command("plan", "Shows what a run would touch, in order, and what cannot be undone.") { runbook, input, inputs, json };
        command.SetAction(parsed =>
        {
            var shelf = RunbookShelf.Load(Settings.Load()).For(parsed.GetValue(runbook)!);
            var file = shelf.Locate(parsed.GetValue(runbook)!);
            var read = shelf.Read(file);
            var plan = shelf.Plan(read, InputValues.Bind(read, file, parsed.GetValue(input)!, parsed.GetValue(inputs)), file);
            Answer.Print(JsonNode.Parse(Api.MaskedElement.Of(WorkflowJson.ToElement(plan)).GetRawText())!, parsed.GetValue(json), () => PlanPage.Write(plan, Console.Out));
            RunbookShelf.RefuseWhatCannotStart(plan);
            return ExitCode.Done;
        });
        return command;
    }
}
