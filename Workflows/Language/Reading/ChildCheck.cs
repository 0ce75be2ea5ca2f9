using Orchestrator.Text;
using Orchestrator.Text.Yaml;
using Orchestrator.Workflows.Language.Inputs;
using Orchestrator.Workflows.Language.Diagnostics;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Language.Reading;

/// <summary>Checks a step that runs another runbook: that it exists, is sound, and takes these inputs.</summary>
internal static class ChildCheck
{
    public static void Check(ReadingContext context, string name, Position position, YamlMapping? with)
    {
        if (context.Library.Find(name) is not { } file)
        {
            context.Error(position, DiagnosticCodes.UnknownRunbook, $"there is no runbook {Keys.Cut(name)}{Suggest.Hint(name, context.Library.Names)}", name, context.Library.Names);
            return;
        }

        if (context.FindRunbook(name) is not { } child)
        {
            if (!context.MayGoOn(position))
            {
                return;
            }

            context.Error(position, DiagnosticCodes.BrokenRunbook, $"runbook {name} has diagnostics of its own: validate {file.File}");
            return;
        }

        var names = child.Inputs.Select(input => input.Name).ToArray();
        foreach (var entry in with?.Entries ?? [])
        {
            if (child.Inputs.FirstOrDefault(input => input.Name == entry.Key.Text) is not { } declaration)
            {
                context.Error(entry.Key.Position, DiagnosticCodes.UnknownChildInput, $"runbook {name} has no input {Keys.Cut(entry.Key.Text)}{Suggest.Hint(entry.Key.Text, names)}", entry.Key.Text, names);
            }
            else if (TemplateConstant.Of(TemplateReader.Read(Silent(context), entry.Value)) is { } value && InputCheck.Check(declaration, value) is { } wrong)
            {
                context.Error(entry.Value.Position, DiagnosticCodes.BadChildInput, $"{entry.Key.Text} {wrong.Message}");
            }
        }

        foreach (var input in child.Inputs.Where(input => input.Default is null && with?.Entries.Any(entry => entry.Key.Text == input.Name) != true))
        {
            context.Error(with?.Position ?? position, DiagnosticCodes.MissingChildInput, $"runbook {name} needs the input {input.Name}{(input.Description is null ? "" : $": {input.Description}")}");
        }
    }

    /// <summary>The same value is read again with its diagnostics told, for the step itself.</summary>
    private static ReadingContext Silent(ReadingContext context) => new(context.Source, new DiagnosticList(""), context.Catalog, context.FindRunbook, context.Library, context.Budget);
}
