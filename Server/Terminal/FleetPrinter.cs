using System.Text.Json.Nodes;

namespace Orchestrator.Server.Terminal;

/// <summary>The fleet as <c>fleet show</c> prints it.</summary>
internal static class FleetPrinter
{
    public static void Write(JsonNode view)
    {
        Console.Out.WriteLine($"fleet at {Printer.Text(view["at"])}{(view["simulated"]!.GetValue<bool>() ? ", simulated cloud" : "")}");
        if (view["observed"] is JsonArray observed)
        {
            Console.Out.WriteLine("no run has surveyed or moved a cluster yet, so there are no facts; this is what the clusters of the fleet file say now");
            Printer.Table(observed, "id", "kind", "nodes", "ready", "observedByState", "error");
        }
        else
        {
            Printer.Table(view["clusters"]!.AsArray(), "id", "state", "nodes", "cpuMilli", "nodesByState");
        }

        if (view["units"]!.AsArray() is { Count: > 0 } units)
        {
            Printer.Table(units, "id", "kind", "cluster", "hosts", "phase", "inspected", "endpoints");
        }

        Console.Out.WriteLine($"traffic: {string.Join(", ", view["weights"]!.AsObject().Select(pair => $"{pair.Key} {pair.Value} %"))}");
        var invariants = view["invariants"]!;
        Console.Out.WriteLine($"invariants: checked at each of {invariants["checked"]} facts, {invariants["violations"]!.AsArray().Count} broken");
    }
}
