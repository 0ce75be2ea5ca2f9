using System.Collections.Immutable;
using Orchestrator.Text.Yaml;
using Orchestrator.Workflows.Language.Diagnostics;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Language.Reading;

// Steps that hold other steps.
internal sealed partial class StepParser
{
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
                context.Error(node.Position, DiagnosticCodes.WrongType, $"a branch is a mapping with steps, not {node.Kind}");
                continue;
            }

            var branch = new Keys(context, mapping, "a branch");
            var name = branch.Text("id");
            if (name is not null && (!Name().IsMatch(name) || !taken.Add(name)))
            {
                context.Error(branch.Take("id")!.Position, taken.Contains(name) ? DiagnosticCodes.DuplicateId : DiagnosticCodes.BadName, $"branch id {Keys.Cut(name)} is taken or no name of letters, digits, - and _");
            }

            branches.Add(new Branch(name ?? $"{number}", Block(branch, "steps"), mapping.Position));
            branch.Finish();
        }

        if (number == 0)
        {
            context.Error(keys.KeyOf("parallel")!.Position, DiagnosticCodes.NothingIn, "parallel has no branch");
        }

        return new ParallelStep { Id = id, Position = keys.Position, Branches = branches.ToImmutable() };
    }

    private ForEachStep ReadForEach(Keys keys, string id)
    {
        var node = keys.Take("forEach")!;
        if (node is YamlMapping || (node is YamlScalar scalar && !scalar.Text.Contains("${", StringComparison.Ordinal)))
        {
            context.Error(node.Position, DiagnosticCodes.WrongType, $"forEach must be a list or an expression that gives one, as in ${{ inputs.clusters }}, not {Keys.Shown(node)}");
        }

        var name = keys.Text("as");
        if (name is not null && !Identifier().IsMatch(name))
        {
            context.Error(keys.Take("as")!.Position, DiagnosticCodes.BadName, $"as {Keys.Cut(name)}: a name for expressions is letters, digits and _, and begins with a letter");
        }
        else if (name is not null && ReservedNames.All.Contains(name))
        {
            context.Error(keys.Take("as")!.Position, DiagnosticCodes.BadName, $"as {name}: that name has a meaning of its own in expressions; choose another");
        }

        return new ForEachStep
        {
            Id = id,
            Position = keys.Position,
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
            Position = keys.Position,
            Condition = TemplateReader.ReadCondition(context, "if", node) ?? new LiteralTemplate(default, node.Position),
            Then = Block(keys, "steps", siblings),
            Else = OptionalBlock(keys, "else", siblings),
        };
    }

    private RepeatStep ReadRepeat(Keys outer, string id)
    {
        var bound = outer.Take("repeat")!;
        var repeat = new RepeatStep { Id = id, Position = outer.Position, AtMost = 1, Steps = Block(outer, "steps") };
        if (bound is not YamlMapping mapping)
        {
            context.Error(bound.Position, DiagnosticCodes.UnboundedRepeat, $"repeat must be a mapping with a bound, as in repeat: {{ atMost: 10 }}, not {Keys.Shown(bound)}");
            return repeat;
        }

        var keys = new Keys(context, mapping, "repeat");
        if (!keys.Has("atMost"))
        {
            context.Error(mapping.Position, DiagnosticCodes.UnboundedRepeat, "repeat needs atMost: a bound on its rounds, as in repeat: { atMost: 10 }");
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
            context.Error(keys.KeyOf("try")!.Position, DiagnosticCodes.MissingKey, "try needs catch or finally: without either, plain steps do the same");
        }

        return new TryStep
        {
            Id = id,
            Position = keys.Position,
            Steps = Block(keys, "try", siblings),
            Catch = OptionalBlock(keys, "catch", siblings),
            Finally = OptionalBlock(keys, "finally", siblings),
        };
    }
}
