using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Orchestrator.Text;
using Orchestrator.Workflows.Language.Diagnostics;
using Orchestrator.Workflows.Model.Files;

namespace Orchestrator.Workflows.Language.Reading;

/// <summary>The runbooks that steps can name as children. Immutable.</summary>
public sealed partial class RunbookLibrary
{
    private readonly FrozenDictionary<string, RunbookFile> files;

    /// <param name="files">By runbook name.</param>
    /// <param name="diagnostics">What could not be read where they come from.</param>
    public RunbookLibrary(IEnumerable<KeyValuePair<string, RunbookFile>> files, ImmutableArray<Diagnostic> diagnostics = default)
    {
        this.files = files.ToFrozenDictionary(StringComparer.Ordinal);
        Diagnostics = diagnostics.IsDefault ? [] : diagnostics;
    }

    public static RunbookLibrary Empty { get; } = new([]);

    public IReadOnlyCollection<string> Names => files.Keys;

    /// <summary>Files of the folder that could not be read, one diagnostic each, in the order of their names; and the folder itself.</summary>
    public ImmutableArray<Diagnostic> Diagnostics { get; }

    public RunbookFile? Find(string name) => files.GetValueOrDefault(name);

    /// <summary>
    /// All <c>*.yaml</c> and <c>*.yml</c> files directly in a folder that name a runbook; of two with one name the one that is named
    /// like it counts, else the first by file name. Hidden files, whose names begin with a dot, are passed over: editors put their
    /// locks there. A file that cannot be read becomes a diagnostic and takes nothing else away. Never throws for what the folder holds.
    /// </summary>
    /// <param name="before">What the folder held when it was read last: the text of a file that cannot be read now stays in use.</param>
    public static RunbookLibrary FromFolder(string folder, RunbookLibrary? before = null)
    {
        var diagnostics = ImmutableArray.CreateBuilder<Diagnostic>();
        if (List(folder, diagnostics) is not { } names)
        {
            return new RunbookLibrary(before?.files ?? Empty.files, diagnostics.ToImmutable());
        }

        var kept = (before?.files ?? Empty.files).ToLookup(pair => pair.Value.File, StringComparer.Ordinal);
        var found = new Dictionary<string, RunbookFile>(StringComparer.Ordinal);
        foreach (var path in names)
        {
            var (file, diagnostic) = Read(path);
            if (diagnostic is not null)
            {
                diagnostics.Add(diagnostic);
                foreach (var (name, last) in kept[path]) Add(name, last);
            }
            else if (file is not null && NameOf(file.Text) is { } name)
            {
                Add(name, file);
            }
        }

        return new RunbookLibrary(found, diagnostics.ToImmutable());

        void Add(string name, RunbookFile file)
        {
            if (!found.TryAdd(name, file) && IsNamedLike(file, name) && !IsNamedLike(found[name], name)) found[name] = file;
        }
    }

    /// <summary>Differs whenever a file of the folder that counts does, without reading any.</summary>
    public static string Fingerprint(string folder)
    {
        var diagnostics = ImmutableArray.CreateBuilder<Diagnostic>();
        var lines = (List(folder, diagnostics) ?? []).Select(path => (path, FileStatus.Of(path))).Select(pair => $"{pair.path} {pair.Item2}");
        return string.Join('\n', [.. lines, .. diagnostics.Select(diagnostic => diagnostic.Message)]);
    }

    /// <summary>The name a text declares, without reading the rest; null when it declares none.</summary>
    public static string? NameOf(string text) => Declaration().Match(text) is { Success: true } match ? match.Groups["name"].Value : null;

    /// <summary>Null: the folder cannot be listed, or is not there, which is a diagnostic.</summary>
    private static List<string>? List(string folder, ImmutableArray<Diagnostic>.Builder diagnostics)
    {
        try
        {
            return
            [
                .. Directory.EnumerateFileSystemEntries(folder)
                    .Where(path => Path.GetExtension(path) is ".yaml" or ".yml" && !Path.GetFileName(path.AsSpan()).StartsWith('.'))
                    .Order(StringComparer.Ordinal),
            ];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            diagnostics.Add(Unreadable(folder, exception is DirectoryNotFoundException
                ? "there is no such folder of runbooks; make it, or set Server:Runbooks to the right one"
                : $"the folder of runbooks cannot be listed: {exception.Message.TrimEnd('.')}"));
            return null;
        }
    }

    private static (RunbookFile? File, Diagnostic? Diagnostic) Read(string path)
    {
        var reading = RegularFile.Read(path, RunbookReader.LargestFile);
        if (reading.Bytes is not { } bytes)
        {
            // Editors save by putting a new file into the old one's place: one that went away since the folder was listed is simply not there.
            return reading.Kind == FileKind.Missing ? (null, null)
                : (null, reading.TooLarge
                    ? new Diagnostic(path, new Position(1, 1), Severity.Error, DiagnosticCodes.TooLarge, $"{reading.Reason}: a runbook has at most 1 MiB")
                    : Unreadable(path, reading.Reason));
        }

        var text = RunbookReader.Decode(path, bytes, out var diagnostic);
        return text is null ? (null, diagnostic) : (new RunbookFile(path, text), null);
    }

    private static bool IsNamedLike(RunbookFile file, string name) => Path.GetFileNameWithoutExtension(file.File) == name;

    private static Diagnostic Unreadable(string path, string message) => new(path, new Position(1, 1), Severity.Error, DiagnosticCodes.Unreadable, message);

    [GeneratedRegex("""^runbook:[ ]+(?<quote>["']?)(?<name>[a-z0-9][a-z0-9-]*)\k<quote>[ ]*(#.*)?\r?$""", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Declaration();
}
