using System.Collections.Immutable;
using Orchestrator.Text;
using Orchestrator.Text.Yaml;
using Orchestrator.Workflows.Language.Expressions;
using Orchestrator.Workflows.Language.Diagnostics;
using Orchestrator.Workflows.Language.Yaml;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Language.Reading;

/// <summary>Makes templates of YAML values and parses every expression in them.</summary>
internal static class TemplateReader
{
    public static Template Read(ReadingContext context, YamlNode node) => node switch
    {
        YamlScalar scalar => Read(context, scalar),
        YamlSequence sequence => new ListTemplate([.. sequence.Items.Select(item => Read(context, item))], sequence.Position),
        YamlMapping mapping => ReadMap(context, mapping),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public static MapTemplate ReadMap(ReadingContext context, YamlMapping mapping) =>
        new([.. mapping.Entries.Select(entry => KeyValuePair.Create(entry.Key.Text, Read(context, entry.Value)))], mapping.Position);

    /// <summary>A condition: a text without <c>${ }</c> is the expression itself, so that <c>when: inputs.lend</c> is not always true.</summary>
    public static Template? ReadCondition(ReadingContext context, string key, YamlNode node)
    {
        if (node is not YamlScalar { IsNull: false } scalar)
        {
            context.Error(node.Position, DiagnosticCodes.WrongType, $"{key} must be an expression, as in ${{ inputs.units > 0 }}, not {node.Kind}");
            return null;
        }

        var template = Read(context, scalar);
        if (template is LiteralTemplate { Value.ValueKind: System.Text.Json.JsonValueKind.String })
        {
            context.Error(node.Position, DiagnosticCodes.WrongType, $"{key} is the text {Keys.Shown(node)}, which is always true: write it as ${{ {Keys.Shown(node)} }}");
            return null;
        }

        if (template is TextTemplate)
        {
            // The template stays: a run that pinned this text before it was refused goes on with it, true as it was.
            context.Error(node.Position, DiagnosticCodes.ConditionText, $"{key} has text around its ${{ }}, and a text is always true: write one expression, as in {key}: ${{ {Joined(scalar.Text)} }}");
        }

        return template;
    }

    /// <summary>A condition with text around its expressions as the one expression that it was meant to be.</summary>
    private static string Joined(string text)
    {
        var joined = new System.Text.StringBuilder();
        TemplateParser.Parts(text, constant => joined.Append(constant), code => joined.Append(code.Trim()));
        return Keys.Cut(joined.ToString().Trim());
    }

    private static Template Read(ReadingContext context, YamlScalar scalar)
    {
        if (!scalar.Text.Contains("${", StringComparison.Ordinal))
        {
            return new LiteralTemplate(YamlLiteral.Of(scalar), scalar.Position);
        }

        var positions = context.Source.PositionsOf(scalar);
        return TemplateParser.Parse(
            scalar.Text,
            positions,
            position => context.Error(position, DiagnosticCodes.UnclosedExpression, "${ without its }: close it, or write $${ for the text ${ itself"),
            (template, offset) => Parse(context, template, at => positions(offset + at)));
    }

    private static void Parse(ReadingContext context, ExpressionTemplate template, Func<int, Position> positionOf)
    {
        if (!context.MayGoOn(template.Position))
        {
            return;
        }

        if (Expression.Parse(template.Code, out var error) is { } expression)
        {
            context.Expressions.Add(template, new ParsedExpression(expression, positionOf));
        }
        else
        {
            context.Error(positionOf(error!.Offset), DiagnosticCodes.BadExpression, $"${{ {Keys.Cut(template.Code.Trim())} }} is no expression: {error.Message}");
        }
    }

    /// <summary>A list of lock patterns.</summary>
    public static ImmutableArray<Template> ReadLocks(Keys keys)
    {
        var locks = ImmutableArray.CreateBuilder<Template>();
        foreach (var node in keys.List("locks"))
        {
            if (node is not YamlScalar { IsNull: false } scalar)
            {
                keys.Context.Error(node.Position, DiagnosticCodes.WrongType, $"a lock is a text such as cluster/hz-batch-a or cluster/*, not {node.Kind}");
                continue;
            }

            if (scalar.Text.IndexOf('*', StringComparison.Ordinal) is >= 0 and var star && star < scalar.Text.Length - 1 && !scalar.Text.Contains("${", StringComparison.Ordinal))
            {
                keys.Context.Error(keys.Context.Source.PositionsOf(scalar)(star), DiagnosticCodes.BadLock, $"{scalar.Text}: * may only stand at the end of a lock");
            }

            locks.Add(Read(keys.Context, scalar));
        }

        return locks.ToImmutable();
    }
}
