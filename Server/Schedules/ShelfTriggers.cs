using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Server.Runbooks;
using Orchestrator.Workflows.Triggers;

namespace Orchestrator.Server.Schedules;

/// <summary>The triggers of the runbooks on the shelf.</summary>
internal static class ShelfTriggers
{
    public static TriggerSource ToSource(Func<RunbookShelf> shelf) => new(() => Stamp(shelf()), () => Read(shelf()));

    private static string Stamp(RunbookShelf shelf) => string.Join('\n', shelf.Folders.Where(Directory.Exists)
        .SelectMany(folder => new DirectoryInfo(folder).EnumerateFiles().Where(file => file.Extension is ".yaml" or ".yml"))
        .Select(file => string.Create(CultureInfo.InvariantCulture, $"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}"))
        .Order(StringComparer.Ordinal));

    private static PublishedTriggers Read(RunbookShelf shelf)
    {
        var library = shelf.Library;
        var triggers = ImmutableArray.CreateBuilder<ScheduledTrigger>();
        var unreadable = ImmutableHashSet.CreateBuilder<string>();
        foreach (var name in library.Names)
        {
            var file = library.Find(name)!;
            // Most runbooks have none, and reading one whole costs more than looking.
            if (!file.Text.Contains("triggers:", StringComparison.Ordinal)) continue;

            if (shelf.CheckText(file.File, file.Text).Runbook is { } runbook)
            {
                triggers.AddRange(runbook.Triggers.Select(trigger => ScheduledTrigger.Of(runbook.Name, trigger)));
            }
            else
            {
                unreadable.Add(name);
            }
        }

        return new PublishedTriggers(triggers.ToImmutable(), unreadable.ToImmutable());
    }
}
