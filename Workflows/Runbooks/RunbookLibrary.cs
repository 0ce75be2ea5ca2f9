using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Orchestrator.Workflows.Runbooks;

/// <summary>The runbooks that steps can name as children. Immutable.</summary>
public sealed partial class RunbookLibrary
{
    private readonly FrozenDictionary<string, RunbookFile> files;

    /// <param name="files">By runbook name.</param>
    public RunbookLibrary(IEnumerable<KeyValuePair<string, RunbookFile>> files) => this.files = files.ToFrozenDictionary(StringComparer.Ordinal);

    public static RunbookLibrary Empty { get; } = new([]);

    public IReadOnlyCollection<string> Names => files.Keys;

    public RunbookFile? Find(string name) => files.GetValueOrDefault(name);

    /// <summary>
    /// All <c>*.yaml</c> and <c>*.yml</c> files directly in a folder that name a runbook and are not too large; of two with
    /// one name the first by file name counts. A folder that does not exist has none.
    /// </summary>
    public static RunbookLibrary FromFolder(string folder)
    {
        var found = new Dictionary<string, RunbookFile>(StringComparer.Ordinal);
        if (!Directory.Exists(folder))
        {
            return Empty;
        }

        foreach (var path in Directory.EnumerateFiles(folder).Where(path => Path.GetExtension(path) is ".yaml" or ".yml").Order(StringComparer.Ordinal))
        {
            if (new FileInfo(path).Length <= RunbookReader.LargestFile && File.ReadAllText(path) is var text && NameOf(text) is { } name)
            {
                found.TryAdd(name, new RunbookFile(path, text));
            }
        }

        return new RunbookLibrary(found);
    }

    /// <summary>The name a text declares, without reading the rest; null when it declares none.</summary>
    public static string? NameOf(string text) => Declaration().Match(text) is { Success: true } match ? match.Groups["name"].Value : null;

    [GeneratedRegex("""^runbook:[ ]+(?<quote>["']?)(?<name>[a-z0-9][a-z0-9-]*)\k<quote>[ ]*(#.*)?\r?$""", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Declaration();
}
