using Orchestrator.Text;
using Orchestrator.Text.Yaml;
using Orchestrator.Workflows.Language.Diagnostics;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Language.Reading;

// Steps that run an activity or another runbook.
internal sealed partial class StepParser
{
    private RunStep ReadRun(Keys keys, Common common)
    {
        var activity = ReadActivity(keys, "run");
        var with = ArgumentsOf(keys, activity);
        var undo = keys.Take("undo");
        return new RunStep
        {
            Id = "",
            Position = common.Position,
            Activity = activity ?? "",
            With = with,
            Workers = ReadWorkers(keys),
            Retry = ReadRetry(keys),
            Undo = undo is null ? null : ReadUndo(undo),
            Irreversible = keys.Boolean("irreversible") ?? false,
        };
    }

    private MapTemplate? ReadWorkers(Keys keys)
    {
        if (Mapping(keys, "workers") is not { } mapping)
        {
            return null;
        }

        if (mapping.Entries.Length is 0 or > WorkerTags.Most)
        {
            context.Error(mapping.Position, DiagnosticCodes.WrongType, $"workers must name 1 to {WorkerTags.Most} things that the worker must offer, as in region: cn-hangzhou");
        }

        foreach (var entry in mapping.Entries)
        {
            if (!WorkerTags.IsWord(entry.Key.Text))
            {
                context.Error(entry.Key.Position, DiagnosticCodes.WrongType, $"{Keys.Cut(entry.Key.Text)} is no name of a tag: use letters, digits, '.', '_' and '-'");
            }

            if (entry.Value is not YamlScalar { IsNull: false } scalar || !scalar.Text.Contains("${", StringComparison.Ordinal) && !WorkerTags.IsWord(scalar.Text))
            {
                context.Error(entry.Value.Position, DiagnosticCodes.WrongType, $"{entry.Key.Text} must be a word of letters, digits, '.', '_' and '-', or an expression that gives one");
            }
        }

        return TemplateReader.ReadMap(context, mapping);
    }

    private string? ReadActivity(Keys keys, string key)
    {
        if (keys.Require(key, "an activity's name") is not { } node || keys.TextOf(key, node) is not { } name)
        {
            return null;
        }

        if (!context.Catalog.Activities.ContainsKey(name))
        {
            context.Error(node.Position, DiagnosticCodes.UnknownActivity, $"there is no activity {Keys.Cut(name)}{Suggest.Hint(name, context.Catalog.Activities.Keys)}", name, context.Catalog.Activities.Keys);
        }

        return name;
    }

    private MapTemplate ArgumentsOf(Keys keys, string? activity)
    {
        var with = Mapping(keys, "with");
        if (activity is not null && context.Catalog.Activities.TryGetValue(activity, out var info))
        {
            new ArgumentCheck(context, info.ArgumentsSchema, $"{activity}").Check(with ?? new YamlMapping([], keys.KeyOf("run")?.Position ?? keys.Position));
        }

        return with is null ? new MapTemplate([], keys.Position) : TemplateReader.ReadMap(context, with);
    }

    private YamlMapping? Mapping(Keys keys, string key)
    {
        switch (keys.Take(key))
        {
            case null:
                return null;
            case YamlMapping mapping:
                return mapping;
            case { } node:
                context.Error(node.Position, DiagnosticCodes.WrongType, $"{key} must be a mapping, not {Keys.Shown(node)}");
                return null;
        }
    }

    private Undo? ReadUndo(YamlNode node)
    {
        if (node is not YamlMapping mapping)
        {
            context.Error(node.Position, DiagnosticCodes.WrongType, $"undo must be a mapping with run and with, not {Keys.Shown(node)}");
            return null;
        }

        var keys = new Keys(context, mapping, "undo");
        var activity = ReadActivity(keys, "run");
        var undo = new Undo(activity ?? "", ArgumentsOf(keys, activity), ReadRetry(keys), keys.Duration("timeout"), mapping.Position);
        keys.Finish();
        return undo;
    }

    private RetryPolicy ReadRetry(Keys outer)
    {
        if (Mapping(outer, "retry") is not { } mapping)
        {
            return RetryPolicy.None;
        }

        var keys = new Keys(context, mapping, "retry");
        var none = RetryPolicy.None;
        keys.Require("attempts", "how often to try, the first attempt included");
        var policy = new RetryPolicy(
            keys.Integer("attempts", 1, 1000) ?? none.Attempts,
            keys.Duration("delay") ?? none.Delay,
            keys.Number("backoff", 1, 100) ?? none.Backoff,
            keys.Duration("maxDelay") ?? none.MaxDelay,
            keys.Number("jitter", 0, 1) ?? none.Jitter);
        keys.Finish();
        return policy;
    }

    private RunbookStep ReadRunbook(Keys keys, string id)
    {
        var node = keys.Take("runbook")!;
        var name = keys.TextOf("runbook", node);
        var with = Mapping(keys, "with");
        if (name is not null)
        {
            ChildCheck.Check(context, name, node.Position, with);
        }

        return new RunbookStep { Id = id, Position = keys.Position, Runbook = name ?? "", With = with is null ? new MapTemplate([], keys.Position) : TemplateReader.ReadMap(context, with) };
    }
}
