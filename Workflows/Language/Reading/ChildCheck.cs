using Orchestrator.Text;
using Orchestrator.Text.Yaml;
using Orchestrator.Workflows.Language.Inputs;
using Orchestrator.Workflows.Language.Problems;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Language.Reading;

/// <summary>Checks a step that runs another runbook: that it exists, is sound, and takes these inputs.</summary>
internal static class ChildCheck
{
    public static void Check(ReadingContext context, string name, Place place, YamlMapping? with)
    {
        if (context.Library.Find(name) is not { } file)
        {
            context.Error(place, ProblemCodes.UnknownRunbook, $"there is no runbook {Keys.Cut(name)}{Suggest.Hint(name, context.Library.Names)}", name, context.Library.Names);
            return;
        }

        if (context.FindRunbook(name) is not { } child)
        {
            if (!context.MayGoOn(place))
            {
                return;
            }

            context.Error(place, ProblemCodes.BrokenRunbook, $"runbook {name} has problems of its own: validate {file.File}");
            return;
        }

        var names = child.Inputs.Select(input => input.Name).ToArray();
        foreach (var entry in with?.Entries ?? [])
        {
            if (child.Inputs.FirstOrDefault(input => input.Name == entry.Key.Text) is not { } declaration)
            {
                context.Error(entry.Key.Place, ProblemCodes.UnknownChildInput, $"runbook {name} has no input {Keys.Cut(entry.Key.Text)}{Suggest.Hint(entry.Key.Text, names)}", entry.Key.Text, names);
            }
            else if (TemplateConstant.Of(TemplateReader.Read(Silent(context), entry.Value)) is { } value && InputCheck.Check(declaration, value) is { } wrong)
            {
                context.Error(entry.Value.Place, ProblemCodes.BadChildInput, $"{entry.Key.Text} {wrong.Message}");
            }
        }

        foreach (var input in child.Inputs.Where(input => input.Default is null && with?.Entries.Any(entry => entry.Key.Text == input.Name) != true))
        {
            context.Error(with?.Place ?? place, ProblemCodes.MissingChildInput, $"runbook {name} needs the input {input.Name}{(input.Description is null ? "" : $": {input.Description}")}");
        }
    }

    /// <summary>The same value is read again with its problems told, for the step itself.</summary>
    private static ReadingContext Silent(ReadingContext context) => new(context.Source, new ProblemList(""), context.Catalog, context.FindRunbook, context.Library, context.Budget);
}
