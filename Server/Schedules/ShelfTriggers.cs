using System.Collections.Immutable;
using Orchestrator.Server.Runbooks;
using Orchestrator.Workflows.Language.Reading;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Scheduling.Policy;

namespace Orchestrator.Server.Schedules;

/// <summary>The triggers of the runbooks on the shelf.</summary>
internal static class ShelfTriggers
{
    public static TriggerSource ToSource(Func<RunbookShelf> shelf, Func<Publications> publications) => new(
        async cancellationToken =>
        {
            await publications().RefreshAsync(cancellationToken);
            return Stamp(shelf(), publications());
        },
        async cancellationToken =>
        {
            await publications().RefreshAsync(cancellationToken);
            return Read(shelf(), cancellationToken);
        });

    private static string Stamp(RunbookShelf shelf, Publications publications) => string.Join('\n', shelf.Folders.Select(RunbookLibrary.Stamp)
        .Concat(publications.Current.Select(version => $"{version.Name} {version.Digest}").Order(StringComparer.Ordinal)));

    private static PublishedTriggers Read(RunbookShelf shelf, CancellationToken cancellationToken)
    {
        var library = shelf.Library;
        var triggers = ImmutableArray.CreateBuilder<ScheduledTrigger>();
        var unreadable = ImmutableHashSet.CreateBuilder<string>();
        foreach (var name in library.Names)
        {
            var file = library.Find(name)!;
            // Most runbooks have none, and reading one whole costs more than looking.
            if (!file.Text.Contains("triggers:", StringComparison.Ordinal)) continue;

            if (shelf.CheckText(file.File, file.Text, new EvaluationBudget(cancellation: cancellationToken)).Runbook is { } runbook)
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
