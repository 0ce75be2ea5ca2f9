using System.Collections.Immutable;
using Orchestrator.Text;

namespace Orchestrator.Infra.Provisioning;

/// <summary>The programs that can be named: those of the folder that the settings name (<c>Infra:Stacks</c>), then those that ship. A program is a folder with a <c>Pulumi.yaml</c>.</summary>
/// <param name="own">The folder of the user's own programs; null: there is none.</param>
public sealed class ProgramFolders(string? own)
{
    private static string Shipped => Path.Combine(AppContext.BaseDirectory, "Stacks");

    /// <summary>Names of all programs, sorted.</summary>
    public ImmutableArray<string> Names =>
    [
        .. new[] { own, Shipped }.OfType<string>().Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateDirectories(folder).Where(IsProgram)).Select(folder => Path.GetFileName(folder)!).Distinct().Order(StringComparer.Ordinal),
    ];

    /// <summary>The folder of the program of this name; null where there is none. A name is no path: nothing outside of the folders is found.</summary>
    public string? Find(string name) => name.Length == 0 || name.StartsWith('.') || name.IndexOfAny(['/', '\\']) >= 0
        ? null
        : new[] { own, Shipped }.OfType<string>().Select(folder => Path.Combine(folder, name)).FirstOrDefault(IsProgram);

    /// <summary>Why there is no program of this name, and which are near.</summary>
    public string Missing(string name) => $"there is no stack program '{name}'{Suggest.Hint(name, Names)}; there are {string.Join(", ", Names)}{(own is null ? "; name a folder of your own as Infra:Stacks" : $" (in {own}, and those that ship)")}";

    private static bool IsProgram(string folder) => File.Exists(Path.Combine(folder, "Pulumi.yaml"));
}
