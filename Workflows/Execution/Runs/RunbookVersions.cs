using System.Collections.Concurrent;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>The versions of runbooks that runs pin, by digest.</summary>
internal sealed class RunbookVersions(IJournal journal, RunbookSource? source)
{
    private readonly ConcurrentDictionary<string, Runbook> known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> latest = new(StringComparer.Ordinal);

    /// <summary>Returns when the version is durable, at once when it is the last published of its name.</summary>
    public async ValueTask PublishAsync(Runbook runbook)
    {
        if (latest.TryGetValue(runbook.Name, out var digest) && digest == runbook.Digest) return;

        await journal.PublishAsync(new StoredRunbook(runbook.Name, runbook.Digest, runbook.Source));
        known[runbook.Digest] = runbook;
        latest[runbook.Name] = runbook.Digest;
    }

    public async ValueTask<Runbook?> FindAsync(string digest, CancellationToken cancellationToken)
    {
        if (known.TryGetValue(digest, out var runbook)) return runbook;
        return await journal.FindRunbookAsync(digest, cancellationToken) is { } stored ? Read(stored) : null;
    }

    /// <summary>For a child step: from the source as it is now, else the version published last.</summary>
    public async ValueTask<Runbook?> FindByNameAsync(string name, CancellationToken cancellationToken)
    {
        if (source is not null && await source.Find(name, cancellationToken) is { } current) return current;
        if (latest.TryGetValue(name, out var digest) && known.TryGetValue(digest, out var runbook)) return runbook;
        return await journal.FindLatestRunbookAsync(name, cancellationToken) is { } stored ? Read(stored) : null;
    }

    private Runbook Read(StoredRunbook stored)
    {
        if (known.TryGetValue(stored.Digest, out var runbook)) return runbook;
        if (source is null)
            throw new InvalidOperationException($"Runbook '{stored.Name}' ({stored.Digest}) is in the journal as text, and no RunbookSource is registered to read it.");
        return known[stored.Digest] = source.Read(stored.Source);
    }
}
