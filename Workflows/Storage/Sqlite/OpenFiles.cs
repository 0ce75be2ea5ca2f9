using Orchestrator.Workflows.Model.Files;

namespace Orchestrator.Workflows.Storage.Sqlite;

/// <summary>
/// Whether the files of a journal that are open are still those at their paths. A folder that is deleted or put elsewhere while it is in
/// use takes every write that comes after it along, though the system goes on to take them.
/// </summary>
internal sealed class OpenFiles
{
    private readonly string folder;
    private readonly (string Name, FileStatus Opened)[] files;

    /// <param name="names">Of files that are open now.</param>
    public OpenFiles(string folder, params ReadOnlySpan<string> names)
    {
        this.folder = folder;
        files = new (string, FileStatus)[names.Length];
        for (var i = 0; i < names.Length; i++) files[i] = (names[i], FileStatus.Of(Path.Combine(folder, names[i])));
    }

    /// <summary>Null: all are in their place; else what is wrong and how to fix it.</summary>
    public string? Missing()
    {
        foreach (var (name, opened) in files)
        {
            var now = FileStatus.Of(Path.Combine(folder, name));
            if (now.Kind == FileKind.Hidden || now.IsSameFile(opened)) continue;

            return Directory.Exists(folder)
                ? $"{name} in the data folder '{folder}' was {(now.Kind == FileKind.Missing ? "deleted" : "replaced")} under the running orchestrator, and what is written now would be lost; put that file back, or stop the orchestrator, restore the folder from a backup, and start it again"
                : $"the data folder '{folder}' was deleted or moved under the running orchestrator, and what is written now would be lost; move it back, or stop the orchestrator, restore the folder from a backup, and start it again";
        }

        return null;
    }
}
