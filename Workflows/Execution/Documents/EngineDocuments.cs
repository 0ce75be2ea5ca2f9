using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Workflows.Execution.Documents;

/// <summary>Documents in an engine's store, which all servers share.</summary>
public static class EngineDocuments
{
    private static readonly TimeSpan pause = TimeSpan.FromMilliseconds(50);

    /// <summary>As last written, whoever works on it; null when it never was.</summary>
    public static async Task<string?> FindDocumentAsync(this Engine engine, string key, CancellationToken cancellationToken = default) =>
        await engine.Journal.FindDocumentAsync(key, cancellationToken) is { Body.Length: > 0 } found ? found.Body : null;

    /// <summary>Keys of the documents whose keys begin so, sorted.</summary>
    public static Task<List<string>> DocumentKeysAsync(this Engine engine, string prefix, CancellationToken cancellationToken = default) => engine.Journal.DocumentKeysAsync(prefix, cancellationToken);

    /// <summary>
    /// Takes a document for oneself, making it where it is missing. Waits for whoever has it, at most for <paramref name="waitLimit"/>; what a
    /// dead server had is free. Throws <see cref="DocumentHeldException"/>.
    /// </summary>
    /// <param name="initially">What it is when nobody has written it: read once it is known to be missing.</param>
    public static async Task<DocumentHold> HoldDocumentAsync(
        this Engine engine, string key, TimeSpan waitLimit, Func<string> initially, TimeProvider systemClock, CancellationToken cancellationToken = default)
    {
        if (engine.ReadOnly) throw new InvalidOperationException("The engine only reads: it was opened with ReadOnly.");

        var begun = systemClock.GetTimestamp();
        while (true)
        {
            var now = systemClock.GetUtcNow();
            var self = engine.Map.Self;
            var found = await engine.Journal.FindDocumentAsync(key, cancellationToken);
            var holder = DocumentHolder.Read(found?.Holder);
            if (holder is null || holder.IsGone(engine.Map.View, now))
            {
                var taken = new StoredDocument(
                    key, (found?.Version ?? 0) + 1, new DocumentHolder(self.Name, self.Instance, ProcessOrigin.Own, now, Guid.NewGuid()).Write(),
                    found?.Body is { Length: > 0 } body ? body : initially());
                var putting = engine.Journal.PutDocumentAsync(taken);
                try
                {
                    if (await putting.WaitAsync(cancellationToken)) return new DocumentHold(engine.Journal, taken);
                    continue;
                }
                catch (OperationCanceledException)
                {
                    _ = LetGoAsync(engine.Journal, putting, taken);
                    throw;
                }
            }

            if (systemClock.GetElapsedTime(begun) >= waitLimit) throw new DocumentHeldException(key, holder.ToString());
            await Task.Delay(pause, systemClock, cancellationToken);
        }
    }

    /// <summary>Of what was being taken when whoever wanted it gave up: nobody would ever let it go.</summary>
    private static async Task LetGoAsync(IJournal journal, Task<bool> taking, StoredDocument taken)
    {
        if (await taking) await new DocumentHold(journal, taken).DisposeAsync();
    }
}
