using System.Text.Json.Nodes;

namespace Orchestrator.Server.Terminal;

/// <summary>The bus as <c>bus show</c> and <c>bus dead-letters</c> print it.</summary>
internal static class BusPrinter
{
    private const int MostAbout = 3;

    public static void Write(JsonNode bus)
    {
        Console.Out.WriteLine(bus["address"] is { } address ? $"RabbitMQ {bus["release"]} at {address}" : "in memory, within the server's process");
        Console.Out.WriteLine(bus["unavailable"] is { } unavailable ? $"unavailable: {unavailable}" : "messages go through");
        if (bus["queues"]!.AsArray() is { Count: > 0 } queues) Printer.Table(queues, "name", "use", "waiting", "readers");
    }

    public static void WriteDeadLetters(JsonNode list)
    {
        var rows = new JsonArray([.. list["items"]!.AsArray().Select(letter => (JsonNode)Row(letter!))]);
        Printer.Table(rows, "id", "queue", "reason", "at", "failures", "server", "content", "about", "detail");
        var total = list["total"]!.GetValue<long>();
        if (total > rows.Count && !Console.IsOutputRedirected) Console.Out.WriteLine($"{total - rows.Count} more; see them with --limit {Math.Min(total, 1000)}");
    }

    public static void WriteOutcome(JsonNode outcome, string did)
    {
        Console.Out.WriteLine($"{outcome["done"]!.AsArray().Count} dead letters {did} by {outcome["by"]}");
        foreach (var kept in outcome["kept"]!.AsArray()) Console.Error.WriteLine($"orchestrator: {kept!["id"]} was not {did}: {kept["why"]}");
    }

    private static JsonObject Row(JsonNode letter)
    {
        var row = letter.DeepClone().AsObject();
        var messages = letter["messages"]!.AsArray();
        var about = string.Join(", ", messages.Take(MostAbout).Select(message => $"{message!["run"]} {message["step"]} {message["detail"]}".Trim()));
        row["about"] = messages.Count > MostAbout ? $"{about} and {messages.Count - MostAbout} more" : about;
        return row;
    }
}
