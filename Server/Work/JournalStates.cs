using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Provisioning.State;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Execution.Documents;

namespace Orchestrator.Server.Work;

/// <summary>
/// The states of units' stacks in the journal's store, where every worker finds them. A stack that is there in the data folder alone, from
/// before the store had them, is taken over from it the first time that somebody works on it.
/// </summary>
internal sealed class JournalStates(Engine engine, FolderStates folder, TimeProvider systemClock) : IStackStates
{
    private const string Prefix = "stack/";

    private static readonly TimeSpan waitLimit = TimeSpan.FromSeconds(10);

    public async Task<string?> FindAsync(string project, string stack, CancellationToken cancellationToken) =>
        await engine.FindDocumentAsync(Key(project, stack), cancellationToken) ?? await folder.FindAsync(project, stack, cancellationToken);

    public async Task<IReadOnlyCollection<(string Project, string Stack)>> ListAsync(CancellationToken cancellationToken) =>
    [
        .. (await engine.DocumentKeysAsync(Prefix, cancellationToken))
            .Select(key => key[Prefix.Length..].Split('/', 2)).Where(parts => parts.Length == 2).Select(parts => (parts[0], parts[1]))
            .Union(await folder.ListAsync(cancellationToken)),
    ];

    public async Task<IHeldState> HoldAsync(string project, string stack, CancellationToken cancellationToken)
    {
        var before = await folder.FindAsync(project, stack, cancellationToken);
        try
        {
            return new Held($"{project}/{stack}", await engine.HoldDocumentAsync(Key(project, stack), waitLimit, () => before ?? "", systemClock, cancellationToken));
        }
        catch (DocumentHeldException other)
        {
            throw new StackLockedException($"{project}/{stack}", other.Holder);
        }
    }

    private static string Key(string project, string stack) => $"{Prefix}{project}/{stack}";

    private sealed class Held(string stack, DocumentHold hold) : IHeldState
    {
        public string? Content => hold.Body is { Length: > 0 } content ? content : null;

        public async Task WriteAsync(string content)
        {
            try
            {
                await hold.WriteAsync(content);
            }
            catch (DocumentHeldException other)
            {
                throw new StackLockedException(stack, other.Holder);
            }
        }

        public ValueTask DisposeAsync() => hold.DisposeAsync();
    }
}
