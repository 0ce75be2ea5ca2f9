using System.Collections.Immutable;
using System.Text.Json;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Decisions.Turns;

/// <summary>What stands when a run ends that was to be taken back, step by step, and why.</summary>
internal sealed class Remains
{
    private const int MostStepsNamed = 20;
    private const int MostThingsNamed = 5;

    /// <summary>A run's summary carries it: the whole is in the steps' own events.</summary>
    private const int MostListed = 100;

    private readonly List<(StepPath Step, string Reason, ImmutableArray<LeftInPlace> Parts)> steps = [];

    public static Remains Of(Turn turn)
    {
        var remains = new Remains();
        var seen = new HashSet<StepPath>();
        foreach (var path in turn.Run.LeftInPlace)
        {
            var step = turn.Run.Find(path)!;
            remains.Add(seen, path, step.Error?.Message ?? "its undo failed", step.Own is TaskState task ? task.Left : []);
        }

        foreach (var path in Undoing.Left(turn.Run.Root))
        {
            remains.Add(seen, path, "its undo has not run", []);
        }

        foreach (var path in Undoing.PartsLeft(turn))
        {
            remains.Add(seen, path, "it ended half-way, and it has no undo that works without its result", []);
        }

        return remains;
    }

    /// <summary>Begins with a blank; empty when nothing stands.</summary>
    public string Sentence => steps.Count == 0 ? "" : $" Still in place: {string.Join(", ", steps.Take(MostStepsNamed).Select(Text))}{More(steps.Count, MostStepsNamed)}.";

    /// <summary><c>{ left: [{ step, name, reason }], more }</c>; a step that stands as a whole has no name.</summary>
    public JsonElement Detail => Json.Object(writer =>
    {
        var all = steps.SelectMany(step => step.Parts.IsEmpty
            ? [(step.Step, Name: (string?)null, step.Reason)]
            : step.Parts.Select(part => (step.Step, Name: (string?)part.Name, part.Reason))).ToList();
        writer.WriteStartArray("left");
        foreach (var (step, name, reason) in all.Take(MostListed))
        {
            writer.WriteStartObject();
            writer.WriteString("step", step.Value);
            if (name is not null)
            {
                writer.WriteString("name", name);
            }

            writer.WriteString("reason", reason);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteNumber("more", Math.Max(0, all.Count - MostListed));
    });

    /// <summary>The first of the things, each with its reason.</summary>
    public static string Name(ImmutableArray<LeftInPlace> parts) =>
        string.Join("; ", parts.Take(MostThingsNamed).Select(part => $"{part.Name}: {part.Reason}")) + More(parts.Length, MostThingsNamed);

    private static string Text((StepPath Step, string Reason, ImmutableArray<LeftInPlace> Parts) step) =>
        step.Parts.IsEmpty ? step.Step.Value : $"{step.Step} ({Name(step.Parts)})";

    private static string More(int count, int named) => count > named ? $" and {count - named} more" : "";

    private void Add(HashSet<StepPath> seen, StepPath path, string reason, ImmutableArray<LeftInPlace> parts)
    {
        if (seen.Add(path))
        {
            steps.Add((path, reason, parts));
        }
    }
}
