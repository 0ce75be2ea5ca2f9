using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Language;

/// <summary>A name that an expression may use at some step.</summary>
/// <param name="Schema">What it is, as JSON schema; members are its properties, with a description where there is one.</param>
public sealed record ScopeName(string Name, string Description, JsonObject Schema);

/// <summary>Which part of a step an expression stands in: some know more names than others.</summary>
public enum ScopePart
{
    /// <summary>Arguments, conditions, items, questions.</summary>
    Step,

    /// <summary>Arguments of the step's undo: <c>result</c> is known.</summary>
    Undo,

    /// <summary>A repeat's <c>until</c>: the steps of the round are known.</summary>
    Until,
}

/// <summary>Tells an editor which names are in scope at a step, by the same rules as the reader checks them.</summary>
public sealed class ScopeHelp(Runbook runbook, ActivityCatalog catalog)
{
    /// <param name="path">The step's address; any text stands for an iteration or a round, as in <c>lend/*/shift</c>.</param>
    /// <returns>The names, nearest meaning first; null: there is no such step.</returns>
    public ImmutableArray<ScopeName>? At(StepPath path, ScopePart part = ScopePart.Step)
    {
        var segments = path.Value.Split('/');
        var names = ImmutableArray.Create(
            new ScopeName("inputs", "What the run was given.", Object(runbook.Inputs.Select(input => KeyValuePair.Create(input.Name, Of(input))))),
            new ScopeName("run", "The run itself.", Object(
                [KeyValuePair.Create("id", Text("The run's id.")), KeyValuePair.Create("runbook", Text("The runbook's name.")), KeyValuePair.Create("startedBy", Text("Who started it.")), KeyValuePair.Create("startedAt", Text("When it began, ISO 8601."))])));
        return Block(runbook.Steps, segments, 0, new Frame(names, []), part);
    }

    private ImmutableArray<ScopeName>? Block(ImmutableArray<Step> steps, string[] segments, int at, Frame frame, ScopePart part)
    {
        if (at >= segments.Length)
        {
            return null;
        }

        foreach (var step in steps)
        {
            if (step.Id == segments[at])
            {
                return at == segments.Length - 1 ? Names(step, frame, part) : Within(step, segments, at + 1, frame, part);
            }

            frame = frame with { Steps = frame.Steps.Add(step) };
        }

        return null;
    }

    private ImmutableArray<ScopeName>? Within(Step step, string[] segments, int at, Frame frame, ScopePart part)
    {
        switch (step)
        {
            case SequenceStep sequence:
                return Block(sequence.Steps, segments, at, frame, part);
            case ParallelStep parallel:
                return parallel.Branches.FirstOrDefault(branch => branch.Id == segments[at]) is { } taken ? Block(taken.Steps, segments, at + 1, frame, part) : null;
            case ForEachStep loop:
                return Block(loop.Steps, segments, at + 1, frame.With(
                    new ScopeName(loop.As, $"The item of this iteration of {loop.Id}.", []), new ScopeName("index", $"Its index in {loop.Id}, from 0.", Typed("integer"))), part);
            case IfStep choice:
                return Block(choice.Then, segments, at, frame, part) ?? Block(choice.Else, segments, at, frame, part);
            case RepeatStep repeat:
                return Block(repeat.Steps, segments, at + 1, frame.With(new ScopeName("round", $"The round of {repeat.Id}, from 1.", Typed("integer"))), part);
            case TryStep attempt:
                var after = frame with { Steps = frame.Steps.AddRange(attempt.Steps) };
                return Block(attempt.Steps, segments, at, frame, part)
                    ?? Block(attempt.Catch, segments, at, after.With(new ScopeName("error", $"What failed within {attempt.Id}.", Error())), part)
                    ?? Block(attempt.Finally, segments, at, after, part);
            default:
                return null;
        }
    }

    private ImmutableArray<ScopeName> Names(Step step, Frame frame, ScopePart part)
    {
        frame = (step, part) switch
        {
            (RunStep run, ScopePart.Undo) => frame.With(new ScopeName("result", $"What {run.Id} gave.", Result(run))),
            (RepeatStep repeat, ScopePart.Until) => frame.With(new ScopeName("round", "The round that has just ended, from 1.", Typed("integer"))) with { Steps = frame.Steps.AddRange(repeat.Steps) },
            _ => frame,
        };
        return frame.Steps.IsEmpty
            ? frame.Names
            : frame.Names.Add(new ScopeName("steps", "The steps that come before.", Steps(frame.Steps)));
    }

    private JsonObject Steps(IEnumerable<Step> steps)
    {
        var all = new JsonObject();
        foreach (var step in steps)
        {
            all[step.Id] = Of(step);
        }

        return new JsonObject { ["type"] = "object", ["properties"] = all };
    }

    private JsonObject Of(Step step)
    {
        var members = new JsonObject { ["status"] = Text("done, skipped, failed …") };
        switch (step)
        {
            case ParallelStep parallel:
                members["steps"] = Steps(parallel.Branches.SelectMany(branch => branch.Steps));
                members["branches"] = Object(parallel.Branches.Select(branch => KeyValuePair.Create(branch.Id, Steps(branch.Steps))));
                break;
            case RepeatStep repeat:
                members["steps"] = Steps(repeat.Steps);
                members["rounds"] = List(Object([KeyValuePair.Create("status", Typed("string")), KeyValuePair.Create("steps", Steps(repeat.Steps))]), "Every round.");
                break;
            case ForEachStep loop:
                members["items"] = List(Object([KeyValuePair.Create("key", Typed("string")), KeyValuePair.Create("status", Typed("string")), KeyValuePair.Create("steps", Steps(loop.Steps))]), "Every iteration.");
                members["results"] = List(loop.Steps.IsEmpty ? [] : Result(loop.Steps[^1]), "The result of each iteration's last step.");
                break;
            case SequenceStep or IfStep or TryStep:
                members["steps"] = Steps(StepTree.BlocksOf(step).SelectMany(block => block));
                break;
            default:
                members["result"] = Result(step);
                members["error"] = Error();
                members["attempts"] = Typed("integer");
                break;
        }

        var schema = new JsonObject { ["type"] = "object", ["properties"] = members };
        if (step.Title is { } title)
        {
            schema["description"] = title;
        }

        return schema;
    }

    private JsonObject Result(Step step) => step switch
    {
        RunStep run when catalog.Activities.TryGetValue(run.Activity, out var info) && info.ResultSchema is JsonObject schema => schema.DeepClone().AsObject(),
        ApprovalStep => Object(
        [
            KeyValuePair.Create("approved", Typed("boolean")),
            KeyValuePair.Create("by", List(Object(
                [KeyValuePair.Create("user", Typed("string")), KeyValuePair.Create("role", Typed("string")), KeyValuePair.Create("comment", Typed("string")), KeyValuePair.Create("onBehalfOf", Typed("string"))]), "Who decided.")),
        ]),
        RunbookStep => Object([KeyValuePair.Create("runId", Typed("string")), KeyValuePair.Create("outcome", Text("done, failed, cancelled, rejected or undone"))]),
        _ => [],
    };

    private static JsonObject Of(InputDeclaration input)
    {
        var schema = input.Type switch
        {
            InputType.Duration => Text("A duration, as in 15m."),
            InputType.Time => Text("A time, ISO 8601 with offset."),
            _ => Typed(JsonNamingPolicy.CamelCase.ConvertName(input.Type.ToString())),
        };
        if (input.Items is { } items)
        {
            schema["items"] = Of(input with { Type = items, Items = null, Description = null, Enum = [] });
        }

        if (!input.Enum.IsDefaultOrEmpty)
        {
            schema["enum"] = new JsonArray([.. input.Enum.Select(value => JsonNode.Parse(value.GetRawText()))]);
        }

        if (input.Description is { } description)
        {
            schema["description"] = description;
        }

        return schema;
    }

    private static JsonObject Error() => Object(
        [KeyValuePair.Create("code", Typed("string")), KeyValuePair.Create("message", Typed("string")), KeyValuePair.Create("step", Text("The step in which it arose."))]);

    private static JsonObject Object(IEnumerable<KeyValuePair<string, JsonObject>> members) =>
        new() { ["type"] = "object", ["properties"] = new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, (JsonNode?)member.Value))) };

    private static JsonObject List(JsonObject items, string description) => new() { ["type"] = "array", ["items"] = items, ["description"] = description };

    private static JsonObject Text(string description) => new() { ["type"] = "string", ["description"] = description };

    private static JsonObject Typed(string type) => new() { ["type"] = type };

    private sealed record Frame(ImmutableArray<ScopeName> Names, ImmutableArray<Step> Steps)
    {
        /// <summary>A name within hides the same one further out.</summary>
        public Frame With(params ReadOnlySpan<ScopeName> names)
        {
            var inner = names.ToImmutableArray();
            return this with { Names = Names.RemoveAll(outer => inner.Any(name => name.Name == outer.Name)).AddRange(inner) };
        }
    }
}
