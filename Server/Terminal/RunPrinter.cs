using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Server.Api;
using Orchestrator.Server.Runs;
using Orchestrator.Workflows.Model.Events;

namespace Orchestrator.Server.Terminal;

/// <summary>One run as <c>runs show</c> prints it.</summary>
internal static class RunPrinter
{
    public static void Write(JsonObject detail)
    {
        var run = detail["run"]!;
        Console.Out.WriteLine($"run {run["id"]} of {run["runbook"]}: {run["status"]}");
        Console.Out.WriteLine($"started {Printer.Text(run["startedAt"])} by {run["startedBy"]}" + (run["endedAt"] is { } ended ? $", ended {Printer.Text(ended)}" : ""));
        // Of one under way it stands with its incident.
        if (run["endedAt"] is not null && run["error"] is { } error)
        {
            Console.Out.WriteLine($"error {error["code"]}: {error["message"]}");
        }

        foreach (var incident in detail["incidents"]!.AsArray())
        {
            var at = incident!["path"]!.GetValue<string>() is { Length: > 0 } path ? $" at {path}" : "";
            Console.Out.WriteLine($"waits for an operator{at}: {incident["error"]!["message"]}");
        }

        foreach (var step in detail["stepList"]!.AsArray().Where(step => step!["block"]?.GetValue<bool>() != true))
        {
            var path = step!["path"]!.GetValue<string>();
            var icon = Words.TryParse<StepStatus>(step["status"]!.GetValue<string>(), out var status) ? StepStyle.Of(status).Icon : " ";
            var waits = step["waitsFor"] is { } on ? $"  ({on.Deserialize(RunsJson.Default.WaitReason)})" : "";
            Console.Out.WriteLine($"{new string(' ', 2 * path.Count(letter => letter == '/'))}{icon} {path}: {step["status"]}{waits}");
        }
    }
}
