using System.CommandLine;
using System.Text.Json.Nodes;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Environments;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Runbooks;
using Orchestrator.Server.Terminal;
using Orchestrator.Workflows.Language.Planning;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Server.Commands;

/// <summary><c>plan</c>: what a run would touch, in order, and what cannot be undone; changes nothing.</summary>
internal static class PlanCommand
{
    public static Command Create()
    {
        var runbooks = new Argument<string[]>("RUNBOOK") { Description = "Runbook files, or names of runbooks that ship; inputs go to each.", Arity = ArgumentArity.OneOrMore };
        var (input, inputs, json) = (CommonOptions.Input(), CommonOptions.Inputs(), CommonOptions.Json());
        var fleet = CommonOptions.Fleet();
        var command = new Command("plan", "Shows what a run would touch, in order, and what cannot be undone.") { runbooks, input, inputs, fleet, json };
        command.SetAction(parsed =>
        {
            // All are read before the first is shown: a mistake in the last is no surprise after pages of the others.
            var settings = Settings.Load();
            var catalog = RunbookCatalog.Load(settings).Over(EnvironmentOpener.FleetOf(parsed.GetValue(fleet), settings.Simulation));
            var plans = new List<RunbookPlan>();
            foreach (var given in parsed.GetValue(runbooks)!)
            {
                var near = catalog.For(given);
                var file = near.Locate(given);
                var read = near.Read(file);
                plans.Add(near.Plan(read, InputValues.Bind(read, file, parsed.GetValue(input)!, parsed.GetValue(inputs)), file));
            }

            var documents = plans.Select(plan => JsonNode.Parse(Api.MaskedElement.Of(WorkflowJson.ToElement(plan)).GetRawText())!).ToArray();
            Printer.Print(documents.Length == 1 ? documents[0] : new JsonArray(documents), parsed.GetValue(json), () => Write(plans));
            plans.ForEach(RunbookCatalog.RefuseWhatCannotStart);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Write(List<RunbookPlan> plans)
    {
        foreach (var (index, plan) in plans.Index())
        {
            if (index > 0) Console.Out.WriteLine();
            PlanPrinter.Write(plan, Console.Out);
        }
    }
}
