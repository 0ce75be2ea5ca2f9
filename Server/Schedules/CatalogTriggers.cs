using System.Collections.Immutable;
using Orchestrator.Server.Runbooks;
using Orchestrator.Workflows.Language.Reading;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Scheduling.Policy;

namespace Orchestrator.Server.Schedules;

/// <summary>The triggers of the runbooks on the catalog.</summary>
internal static class CatalogTriggers
{
    public static TriggerSource ToSource(Func<RunbookCatalog> catalog, Func<PublishedVersions> published) => new(
        async cancellationToken =>
        {
            await published().RefreshAsync(cancellationToken);
            return Fingerprint(catalog(), published());
        },
        async cancellationToken =>
        {
            await published().RefreshAsync(cancellationToken);
            return Read(catalog(), cancellationToken);
        });

    private static string Fingerprint(RunbookCatalog catalog, PublishedVersions published) => string.Join('\n', catalog.Folders.Select(RunbookLibrary.Fingerprint)
        .Concat(published.Current.Select(version => $"{version.Name} {version.Digest}").Order(StringComparer.Ordinal)));

    private static PublishedTriggers Read(RunbookCatalog catalog, CancellationToken cancellationToken)
    {
        var library = catalog.Library;
        var triggers = ImmutableArray.CreateBuilder<ScheduledTrigger>();
        var unreadable = ImmutableHashSet.CreateBuilder<string>();
        foreach (var name in library.Names)
        {
            var file = library.Find(name)!;
            // Most runbooks have none, and reading one whole costs more than looking.
            if (!file.Text.Contains("triggers:", StringComparison.Ordinal)) continue;

            if (catalog.CheckText(file.File, file.Text, new EvaluationBudget(cancellation: cancellationToken)).Runbook is { } runbook)
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
