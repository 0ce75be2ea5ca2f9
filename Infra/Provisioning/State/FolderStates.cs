namespace Orchestrator.Infra.Provisioning.State;

/// <summary>States as files, <c>.pulumi/stacks/project/stack.json</c>, where Pulumi's own file backend has them; for the processes of one machine.</summary>
public sealed class FolderStates(string directory, TimeProvider systemClock) : IStackStates
{
    public async Task<string?> FindAsync(string project, string stack, CancellationToken cancellationToken)
    {
        var path = PathOf(project, stack);
        return File.Exists(path) ? await File.ReadAllTextAsync(path, cancellationToken) : null;
    }

    public Task<IReadOnlyCollection<(string Project, string Stack)>> ListAsync(CancellationToken cancellationToken)
    {
        var root = new DirectoryInfo(Path.Combine(directory, ".pulumi", "stacks"));
        return Task.FromResult<IReadOnlyCollection<(string, string)>>(root.Exists
            ? [.. root.EnumerateDirectories().SelectMany(project => project.EnumerateFiles("*.json").Select(file => (project.Name, Path.GetFileNameWithoutExtension(file.Name))))]
            : []);
    }

    public async Task<IHeldState> HoldAsync(string project, string stack, CancellationToken cancellationToken)
    {
        var path = PathOf(project, stack);
        var held = await StackLock.TakeAsync(directory, project, stack, systemClock, cancellationToken);
        return new Held(path, held);
    }

    /// <exception cref="ArgumentException">The name would lead out of the directory.</exception>
    private string PathOf(string project, string stack) => Path.Combine(directory, ".pulumi", "stacks", Name(project), $"{Name(stack)}.json");

    private static string Name(string name) =>
        name.Length is 0 or > 100 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') || name.StartsWith('.')
            ? throw new ArgumentException($"'{name}' is no name for a project or stack: letters, digits, '-', '_' and '.', at most 100")
            : name;

    private sealed class Held(string path, StackLock held) : IHeldState
    {
        public string? Content { get; private set; } = File.Exists(path) ? File.ReadAllText(path) : null;

        public Task WriteAsync(string content)
        {
            var folder = Path.GetDirectoryName(path)!;
            Directory.CreateDirectory(folder);
            var temporary = path + ".new";
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                file.Write(System.Text.Encoding.UTF8.GetBytes(content));
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            DirectoryEntries.Flush(folder);
            Content = content;
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            held.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
