using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Orchestrator.Workflows.Runbooks.Yaml;

namespace Orchestrator.Workflows.Runbooks.Reading;

/// <summary>Reads steps and the blocks within them.</summary>
internal sealed partial class StepParser(ReadingContext context)
{
    private static readonly Dictionary<string, FailurePolicy> Policies = new() { ["pause"] = FailurePolicy.Pause, ["undo"] = FailurePolicy.Undo, ["continue"] = FailurePolicy.Continue };

    /// <summary>The keys that make a step what it is; <c>steps</c> alone makes a sequence.</summary>
    private static readonly string[] Kinds = ["run", "parallel", "forEach", "if", "repeat", "try", "approval", "wait", "runbook"];

    /// <summary>Keys that only some kinds have, and which.</summary>
    private static readonly Dictionary<string, string> Owners = new()
    {
        ["with"] = "run and runbook steps", ["retry"] = "run steps", ["undo"] = "run steps", ["irreversible"] = "run steps",
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
            context.Error(node.Place, node is YamlScalar { IsNull: true } ? ProblemCodes.NothingIn : ProblemCodes.WrongType, $"{key} must be a list of steps, not {node.Kind}");
            return [];
        }

        if (sequence.Items.IsEmpty)
        {
            context.Error(node.Place, ProblemCodes.NothingIn, $"{key} has no step");
        }

        siblings ??= new HashSet<string>(StringComparer.Ordinal);
        var steps = ImmutableArray.CreateBuilder<Step>();
        foreach (var item in sequence.Items)
        {
            if (item is not YamlMapping mapping)
            {
                context.Error(item.Place, ProblemCodes.WrongType, $"a step is a mapping that begins with id, not {item.Kind}");
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
            context.Error(keys.KeyOf(kinds[1])!.Place, ProblemCodes.ManyKinds, $"a step is one thing: this one has {string.Join(" and ", kinds)}; make two steps of it");
        }

        var common = new Common(keys, context);
        Step? step = kind switch
        {
            "run" => ReadRun(keys, common),
            "steps" => new SequenceStep { Id = id, Place = common.Place, Steps = Block(keys, "steps") },
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

            context.Error(mapping.Place, ProblemCodes.NoKind, $"step {id} does nothing: give it one of {string.Join(", ", Kinds)} or steps");
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
            context.Error(node.Place, ProblemCodes.BadName, $"id {Keys.Cut(id)}: an id is letters, digits, - and _, begins with a letter or digit and has at most 64");
        }
        else if (!siblings.Add(id))
        {
            context.Error(node.Place, ProblemCodes.DuplicateId, $"id {id} is taken by another step of this block: ids are unique among siblings");
        }

        return id;
    }

    private RunStep ReadRun(Keys keys, Common common)
    {
        var activity = ReadActivity(keys, "run");
        var with = ArgumentsOf(keys, activity);
        var undo = keys.Take("undo");
        return new RunStep
        {
            Id = "",
            Place = common.Place,
            Activity = activity ?? "",
            With = with,
            Retry = ReadRetry(keys),
            Undo = undo is null ? null : ReadUndo(undo),
            Irreversible = keys.Boolean("irreversible") ?? false,
        };
    }

    private string? ReadActivity(Keys keys, string key)
    {
        if (keys.Require(key, "an activity's name") is not { } node || keys.TextOf(key, node) is not { } name)
        {
            return null;
        }

        if (!context.Catalog.Activities.ContainsKey(name))
        {
            context.Error(node.Place, ProblemCodes.UnknownActivity, $"there is no activity {Keys.Cut(name)}{Suggest.Hint(name, context.Catalog.Activities.Keys)}");
        }

        return name;
    }

    private MapTemplate ArgumentsOf(Keys keys, string? activity)
    {
        var with = Mapping(keys, "with");
        if (activity is not null && context.Catalog.Activities.TryGetValue(activity, out var info))
        {
            new ArgumentCheck(context, info.ArgumentsSchema, $"{activity}").Check(with ?? new YamlMapping([], keys.KeyOf("run")?.Place ?? keys.Place));
        }

        return with is null ? new MapTemplate([], keys.Place) : TemplateReader.ReadMap(context, with);
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
                context.Error(node.Place, ProblemCodes.WrongType, $"{key} must be a mapping, not {Keys.Shown(node)}");
                return null;
        }
    }

    private Undo? ReadUndo(YamlNode node)
    {
        if (node is not YamlMapping mapping)
        {
            context.Error(node.Place, ProblemCodes.WrongType, $"undo must be a mapping with run and with, not {Keys.Shown(node)}");
            return null;
        }

        var keys = new Keys(context, mapping, "undo");
        var activity = ReadActivity(keys, "run");
        var undo = new Undo(activity ?? "", ArgumentsOf(keys, activity), ReadRetry(keys), keys.Duration("timeout"), mapping.Place);
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

    private ParallelStep ReadParallel(Keys keys, string id)
    {
        var branches = ImmutableArray.CreateBuilder<Branch>();
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var number = 0;
        foreach (var node in keys.List("parallel"))
        {
            number++;
            if (node is not YamlMapping mapping)
            {
                context.Error(node.Place, ProblemCodes.WrongType, $"a branch is a mapping with steps, not {node.Kind}");
                continue;
            }

            var branch = new Keys(context, mapping, "a branch");
            var name = branch.Text("id");
            if (name is not null && (!Name().IsMatch(name) || !taken.Add(name)))
            {
                context.Error(branch.Take("id")!.Place, taken.Contains(name) ? ProblemCodes.DuplicateId : ProblemCodes.BadName, $"branch id {Keys.Cut(name)} is taken or no name of letters, digits, - and _");
            }

            branches.Add(new Branch(name ?? $"{number}", Block(branch, "steps"), mapping.Place));
            branch.Finish();
        }

        if (number == 0)
        {
            context.Error(keys.KeyOf("parallel")!.Place, ProblemCodes.NothingIn, "parallel has no branch");
        }

        return new ParallelStep { Id = id, Place = keys.Place, Branches = branches.ToImmutable() };
    }

    private ForEachStep ReadForEach(Keys keys, string id)
    {
        var node = keys.Take("forEach")!;
        if (node is YamlMapping || (node is YamlScalar scalar && !scalar.Text.Contains("${", StringComparison.Ordinal)))
        {
            context.Error(node.Place, ProblemCodes.WrongType, $"forEach must be a list or an expression that gives one, as in ${{ inputs.clusters }}, not {Keys.Shown(node)}");
        }

        var name = keys.Text("as");
        if (name is not null && !Identifier().IsMatch(name))
        {
            context.Error(keys.Take("as")!.Place, ProblemCodes.BadName, $"as {Keys.Cut(name)}: a name for expressions is letters, digits and _, and begins with a letter");
        }
        else if (name is not null && ReservedNames.All.Contains(name))
        {
            context.Error(keys.Take("as")!.Place, ProblemCodes.BadName, $"as {name}: that name has a meaning of its own in expressions; choose another");
        }

        return new ForEachStep
        {
            Id = id,
            Place = keys.Place,
            Items = TemplateReader.Read(context, node),
            As = name ?? "item",
            AtMost = keys.Integer("atMost", 1, 100_000),
            Steps = Block(keys, "steps"),
        };
    }

    private IfStep ReadIf(Keys keys, string id)
    {
        var siblings = new HashSet<string>(StringComparer.Ordinal);
        var node = keys.Take("if")!;
        return new IfStep
        {
            Id = id,
            Place = keys.Place,
            Condition = TemplateReader.ReadCondition(context, "if", node) ?? new LiteralTemplate(default, node.Place),
            Then = Block(keys, "steps", siblings),
            Else = OptionalBlock(keys, "else", siblings),
        };
    }

    private RepeatStep ReadRepeat(Keys outer, string id)
    {
        var bound = outer.Take("repeat")!;
        var repeat = new RepeatStep { Id = id, Place = outer.Place, AtMost = 1, Steps = Block(outer, "steps") };
        if (bound is not YamlMapping mapping)
        {
            context.Error(bound.Place, ProblemCodes.UnboundedRepeat, $"repeat must be a mapping with a bound, as in repeat: {{ atMost: 10 }}, not {Keys.Shown(bound)}");
            return repeat;
        }

        var keys = new Keys(context, mapping, "repeat");
        if (!keys.Has("atMost"))
        {
            context.Error(mapping.Place, ProblemCodes.UnboundedRepeat, "repeat needs atMost: a bound on its rounds, as in repeat: { atMost: 10 }");
        }

        var until = keys.Take("until");
        repeat = repeat with
        {
            AtMost = keys.Integer("atMost", 1, 100_000) ?? 1,
            Until = until is null ? null : TemplateReader.ReadCondition(context, "until", until),
            Delay = keys.Duration("delay") ?? TimeSpan.Zero,
        };
        keys.Finish();
        return repeat;
    }

    private TryStep ReadTry(Keys keys, string id)
    {
        var siblings = new HashSet<string>(StringComparer.Ordinal);
        if (!keys.Has("catch") && !keys.Has("finally"))
        {
            context.Error(keys.KeyOf("try")!.Place, ProblemCodes.MissingKey, "try needs catch or finally: without either, plain steps do the same");
        }

        return new TryStep
        {
            Id = id,
            Place = keys.Place,
            Steps = Block(keys, "try", siblings),
            Catch = OptionalBlock(keys, "catch", siblings),
            Finally = OptionalBlock(keys, "finally", siblings),
        };
    }

    private ApprovalStep ReadApproval(Keys outer, string id)
    {
        var step = new ApprovalStep { Id = id, Place = outer.Place, Question = new LiteralTemplate(YamlLiteral.Text(id), outer.Place), Roles = [] };
        if (Mapping(outer, "approval") is not { } mapping)
        {
            return step;
        }

        var keys = new Keys(context, mapping, "approval");
        var title = keys.Require("title", "the question to answer");
        var evidence = keys.Take("evidence");
        keys.Require("roles", "who may decide, as in roles: [ commander ]");
        var roles = keys.Words("roles").ToImmutableArray();
        var timeout = keys.Duration("timeout");
        step = step with
        {
            Question = title is null || keys.TextOf("title", title) is null ? step.Question : TemplateReader.Read(context, title),
            Evidence = evidence is null ? null : TemplateReader.Read(context, evidence),
            Roles = roles,
            Quorum = keys.Integer("quorum", 1, 20) ?? 1,
            Timeout = timeout,
            EscalateTo = ReadOnTimeout(keys),
        };
        if (roles.IsEmpty && keys.Take("roles") is YamlSequence { Items.IsEmpty: true } none)
        {
            context.Error(none.Place, ProblemCodes.NothingIn, "roles is empty: nobody could ever approve");
        }

        if (keys.Has("onTimeout") && !keys.Has("timeout"))
        {
            context.Error(keys.KeyOf("onTimeout")!.Place, ProblemCodes.MissingKey, "onTimeout without a timeout never comes to pass: give timeout as well, as in timeout: 30m");
        }

        keys.Finish();
        return step;
    }

    private ImmutableArray<string> ReadOnTimeout(Keys approval)
    {
        switch (approval.Take("onTimeout"))
        {
            case null or YamlScalar { Text: "reject" }:
                return [];
            case YamlScalar { Text: "approve" } approve:
                context.Error(approve.Place, ProblemCodes.ApproveByDefault, "onTimeout: approve is refused: silence is no approval. Use reject, or { escalate: [ role ] }");
                return [];
            case YamlMapping mapping:
                var keys = new Keys(context, mapping, "onTimeout");
                keys.Require("escalate", "the roles that decide then");
                var roles = keys.Words("escalate").ToImmutableArray();
                keys.Finish();
                return roles;
            case var node:
                context.Error(node.Place, ProblemCodes.BadValue, $"onTimeout is reject or {{ escalate: [ role ] }}, not {Keys.Shown(node)}");
                return [];
        }
    }

    private WaitStep ReadWait(Keys outer, string id)
    {
        var step = new WaitStep { Id = id, Place = outer.Place };
        if (Mapping(outer, "wait") is not { } mapping)
        {
            return step;
        }

        var keys = new Keys(context, mapping, "wait");
        var (until, duration, signal) = (keys.Take("until"), keys.Take("for"), keys.Take("signal"));
        var given = new[] { "until", "for", "signal" }.Where(keys.Has).ToArray();
        if (given.Length != 1)
        {
            context.Error(mapping.Place, given.Length == 0 ? ProblemCodes.MissingKey : ProblemCodes.ManyKinds, "wait needs exactly one of until (a time), for (a duration) and signal (a name)");
        }

        if (until is YamlScalar time && !time.Text.Contains("${", StringComparison.Ordinal) && !Times.TryParse(time.Text, out _))
        {
            context.Error(time.Place, ProblemCodes.BadTime, $"until is {Keys.Shown(time)}: {Times.Form}");
        }

        if (duration is YamlScalar length && !length.Text.Contains("${", StringComparison.Ordinal) && !Duration.TryFrom(YamlLiteral.Of(length), out _))
        {
            context.Error(length.Place, ProblemCodes.BadDuration, $"for is {Keys.Shown(length)}: {Duration.Form}");
        }

        var timeout = keys.Duration("timeout");
        if (timeout is not null && signal is null)
        {
            context.Error(keys.KeyOf("timeout")!.Place, ProblemCodes.UnknownKey, "timeout goes with signal only: a wait for a time or a duration ends by itself");
        }

        keys.Finish();
        return step with { Until = Text(until, "until"), For = Text(duration, "for"), Signal = Text(signal, "signal"), Timeout = timeout };

        Template? Text(YamlNode? node, string key) => node is null || keys.TextOf(key, node) is null ? null : TemplateReader.Read(context, node);
    }

    private RunbookStep ReadRunbook(Keys keys, string id)
    {
        var node = keys.Take("runbook")!;
        var name = keys.TextOf("runbook", node);
        var with = Mapping(keys, "with");
        if (name is not null)
        {
            ChildCheck.Check(context, name, node.Place, with);
        }

        return new RunbookStep { Id = id, Place = keys.Place, Runbook = name ?? "", With = with is null ? new MapTemplate([], keys.Place) : TemplateReader.ReadMap(context, with) };
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

        public Place Place => keys.Place;

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
