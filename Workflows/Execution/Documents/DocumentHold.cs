using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Workflows.Execution.Documents;

/// <summary>A document that this process alone works on, until it is disposed or its server is evicted.</summary>
public sealed class DocumentHold : IAsyncDisposable
{
    private readonly IJournal journal;
    private readonly SemaphoreSlim turn = new(1);
    private StoredDocument document;
    private bool lost;

    internal DocumentHold(IJournal journal, StoredDocument document) => (this.journal, this.document) = (journal, document);

    /// <summary>As last written; empty when it never was.</summary>
    public string Body => document.Body;

    /// <summary>
    /// Replaces the document; it is durable when this returns, and a store that is away is waited for. Throws <see cref="DocumentHeldException"/>
    /// when another server has taken it: then nothing was written, and this process has to stop what it does.
    /// </summary>
    public async Task WriteAsync(string body)
    {
        await turn.WaitAsync();
        try
        {
            var next = document with { Version = document.Version + 1, Body = body };
            if (lost || !await journal.PutDocumentAsync(next))
            {
                lost = true;
                throw new DocumentHeldException(document.Key, "taken over by another server, which took this one for dead");
            }

            document = next;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Lets others have it.</summary>
    public async ValueTask DisposeAsync()
    {
        await turn.WaitAsync();
        if (lost) return;

        lost = true;
        try
        {
            // Refused when somebody has taken it over, and then it is his.
            await journal.PutDocumentAsync(document with { Version = document.Version + 1, Holder = null });
        }
        catch (JournalUnavailableException)
        {
            // The process ends, and its hold with it.
        }
    }
}
