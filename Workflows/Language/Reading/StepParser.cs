using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Orchestrator.Text;
using Orchestrator.Text.Yaml;
using Orchestrator.Workflows.Language.Diagnostics;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Language.Reading;

/// <summary>Reads steps and the blocks within them.</summary>
internal sealed partial class StepParser(ReadingContext context)
{
    private static readonly Dictionary<string, FailurePolicy> Policies = new() { ["pause"] = FailurePolicy.Pause, ["undo"] = FailurePolicy.Undo, ["continue"] = FailurePolicy.Continue };

    /// <summary>The keys that make a step what it is; <c>steps</c> alone makes a sequence.</summary>
    private static readonly string[] Kinds = ["run", "parallel", "forEach", "if", "repeat", "try", "approval", "wait", "runbook"];

    /// <summary>Keys that only some kinds have, and which.</summary>
    private static readonly Dictionary<string, string> Owners = new()
    {
        ["with"] = "run and runbook steps", ["retry"] = "run steps", ["undo"] = "run steps", ["irreversible"] = "run steps", ["workers"] = "run steps",
        ["as"] = "forEach steps", ["else"] = "if steps", ["catch"] = "try steps", ["finally"] = "try steps",
        ["atMost"] = "forEach steps (for repeat, write repeat: { atMost: … })", ["until"] = "repeat: { until: … } and wait: { until: … }",
        ["delay"] = "repeat: { delay: … } and retry: { delay: … }", ["then"] = "no step: the steps of an if stand under steps, the others under else",
        ["roles"] = "approval: { roles: … }", ["quorum"] = "approval: { quorum: … }", ["onTimeout"] = "approval: { onTimeout: … }",
        ["steps"] = "blocks: steps alone, forEach, if and repeat",
    };

    public static IReadOnlyDictionary<string, FailurePolicy> FailurePolicies => Policies;

    /// <summary>A required, non-empty list of steps under a key.</summary>
    public ImmutableArray<Step> Block(Keys keys, string key, HashSet<string>? siblings = null)
    {
        if (keys.Require(key, "a list of steps") is not { } node)
        {
            return [];
        }

        return Block(node, key, siblings);
    }

    public ImmutableArray<Step> OptionalBlock(Keys keys, string key, HashSet<string> siblings) => keys.Take(key) is { } node ? Block(node, key, siblings) : [];

    private ImmutableArray<Step> Block(YamlNode node, string key, HashSet<string>? siblings)
    {
        if (node is not YamlSequence sequence)
        {
            context.Error(node.Position, node is YamlScalar { IsNull: true } ? DiagnosticCodes.NothingIn : DiagnosticCodes.WrongType, $"{key} must be a list of steps, not {node.Kind}");
            return [];
        }

        if (sequence.Items.IsEmpty)
        {
            context.Error(node.Position, DiagnosticCodes.NothingIn, $"{key} has no step");
        }

        siblings ??= new HashSet<string>(StringComparer.Ordinal);
        var steps = ImmutableArray.CreateBuilder<Step>();
        foreach (var item in sequence.Items)
        {
            if (item is not YamlMapping mapping)
            {
                context.Error(item.Position, DiagnosticCodes.WrongType, $"a step is a mapping that begins with id, not {item.Kind}");
            }
            else if (ReadStep(mapping, siblings) is { } step)
            {
                steps.Add(step);
            }
        }

        return steps.ToImmutable();
    }

    private Step? ReadStep(YamlMapping mapping, HashSet<string> siblings)
    {
        var keys = new Keys(context, mapping, "a step");
        var id = ReadId(keys, siblings);
        var kinds = Kinds.Where(keys.Has).ToArray();
        var kind = kinds.Length > 0 ? kinds[0] : keys.Has("steps") ? "steps" : null;
        if (kinds.Length > 1)
        {
            context.Error(keys.KeyOf(kinds[1])!.Position, DiagnosticCodes.ManyKinds, $"a step is one thing: this one has {string.Join(" and ", kinds)}; make two steps of it");
        }

        var common = new Common(keys, context);
        Step? step = kind switch
        {
            "run" => ReadRun(keys, common),
            "steps" => new SequenceStep { Id = id, Position = common.Position, Steps = Block(keys, "steps") },
            "parallel" => ReadParallel(keys, id),
            "forEach" => ReadForEach(keys, id),
            "if" => ReadIf(keys, id),
            "repeat" => ReadRepeat(keys, id),
            "try" => ReadTry(keys, id),
            "approval" => ReadApproval(keys, id),
            "wait" => ReadWait(keys, id),
            "runbook" => ReadRunbook(keys, id),
            _ => null,
        };

        if (step is null && kind is null)
        {
            foreach (var key in Owners.Keys)
            {
                keys.Take(key);
            }

            context.Error(mapping.Position, DiagnosticCodes.NoKind, $"step {id} does nothing: give it one of {string.Join(", ", Kinds)} or steps");
        }

        var timeout = kind is "approval" or "wait" ? null : common.Timeout();
        keys.Finish(key => kinds.Contains(key) ? "a step is one thing" : key == "timeout" ? $"write it as {kind}: {{ timeout: … }}" : Owners.TryGetValue(key, out var owner) ? $"it belongs to {owner}"
            : kind is null && Suggest.Nearest(key, Kinds) is { } meant ? $"did you mean {meant}?" : null);
        return step is null ? null : step with { Id = id, Title = common.Title, When = common.When, Locks = common.Locks, OnFailure = common.OnFailure, Timeout = timeout ?? step.Timeout };
    }

    private string ReadId(Keys keys, HashSet<string> siblings)
    {
        if (keys.Require("id", "a name that is unique among its siblings") is not { } node || keys.TextOf("id", node) is not { } id)
        {
            return $"?{siblings.Count}";
        }

        if (!Name().IsMatch(id))
        {
            context.Error(node.Position, DiagnosticCodes.BadName, $"id {Keys.Cut(id)}: an id is letters, digits, - and _, begins with a letter or digit and has at most 64");
        }
        else if (!siblings.Add(id))
        {
            context.Error(node.Position, DiagnosticCodes.DuplicateId, $"id {id} is taken by another step of this block: ids are unique among siblings");
        }

        return id;
    }

    /// <summary>The keys every step has.</summary>
    private sealed class Common
    {
        private readonly Keys keys;

        public Common(Keys keys, ReadingContext context)
        {
            this.keys = keys;
            Title = keys.Text("title");
            When = keys.Take("when") is { } when ? TemplateReader.ReadCondition(context, "when", when) : null;
            Locks = TemplateReader.ReadLocks(keys);
            OnFailure = keys.Word("onFailure", Policies);
        }

        public Position Position => keys.Position;

        public string? Title { get; }

        public Template? When { get; }

        public ImmutableArray<Template> Locks { get; }

        public FailurePolicy? OnFailure { get; }

        public TimeSpan? Timeout() => keys.Duration("timeout");
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9_-]{0,63}\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9_]{0,63}\z")]
    private static partial Regex Identifier();
}
