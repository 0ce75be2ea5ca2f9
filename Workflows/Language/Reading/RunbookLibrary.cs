using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Orchestrator.Text;
using Orchestrator.Workflows.Language.Problems;
using Orchestrator.Workflows.Model.Files;

namespace Orchestrator.Workflows.Language.Reading;

/// <summary>The runbooks that steps can name as children. Immutable.</summary>
public sealed partial class RunbookLibrary
{
    private readonly FrozenDictionary<string, RunbookFile> files;

    /// <param name="files">By runbook name.</param>
    /// <param name="problems">What could not be read where they come from.</param>
    public RunbookLibrary(IEnumerable<KeyValuePair<string, RunbookFile>> files, ImmutableArray<Problem> problems = default)
    {
        this.files = files.ToFrozenDictionary(StringComparer.Ordinal);
        Problems = problems.IsDefault ? [] : problems;
    }

    public static RunbookLibrary Empty { get; } = new([]);

    public IReadOnlyCollection<string> Names => files.Keys;

    /// <summary>Files of the folder that could not be read, one problem each, in the order of their names; and the folder itself.</summary>
    public ImmutableArray<Problem> Problems { get; }

    public RunbookFile? Find(string name) => files.GetValueOrDefault(name);

    /// <summary>
    /// All <c>*.yaml</c> and <c>*.yml</c> files directly in a folder that name a runbook; of two with one name the one that is named
    /// like it counts, else the first by file name. Hidden files, whose names begin with a dot, are passed over: editors put their
    /// locks there. A file that cannot be read becomes a problem and takes nothing else away. Never throws for what the folder holds.
    /// </summary>
    /// <param name="before">What the folder held when it was read last: the text of a file that cannot be read now stays in use.</param>
    public static RunbookLibrary FromFolder(string folder, RunbookLibrary? before = null)
    {
        var problems = ImmutableArray.CreateBuilder<Problem>();
        if (List(folder, problems) is not { } names)
        {
            return new RunbookLibrary(before?.files ?? Empty.files, problems.ToImmutable());
        }

        var kept = (before?.files ?? Empty.files).ToLookup(pair => pair.Value.File, StringComparer.Ordinal);
        var found = new Dictionary<string, RunbookFile>(StringComparer.Ordinal);
        foreach (var path in names)
        {
            var (file, problem) = Read(path);
            if (problem is not null)
            {
                problems.Add(problem);
                foreach (var (name, last) in kept[path]) Add(name, last);
            }
            else if (file is not null && NameOf(file.Text) is { } name)
            {
                Add(name, file);
            }
        }

        return new RunbookLibrary(found, problems.ToImmutable());

        void Add(string name, RunbookFile file)
        {
            if (!found.TryAdd(name, file) && IsNamedLike(file, name) && !IsNamedLike(found[name], name)) found[name] = file;
        }
    }

    /// <summary>Differs whenever a file of the folder that counts does, without reading any.</summary>
    public static string Stamp(string folder)
    {
        var problems = ImmutableArray.CreateBuilder<Problem>();
        var lines = (List(folder, problems) ?? []).Select(path => (path, FileStatus.Of(path))).Select(pair => $"{pair.path} {pair.Item2}");
        return string.Join('\n', [.. lines, .. problems.Select(problem => problem.Message)]);
    }

    /// <summary>The name a text declares, without reading the rest; null when it declares none.</summary>
    public static string? NameOf(string text) => Declaration().Match(text) is { Success: true } match ? match.Groups["name"].Value : null;

    /// <summary>Null: the folder cannot be listed, or is not there, which is a problem.</summary>
    private static List<string>? List(string folder, ImmutableArray<Problem>.Builder problems)
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
            problems.Add(Unreadable(folder, exception is DirectoryNotFoundException
                ? "there is no such folder of runbooks; make it, or set Server:Runbooks to the right one"
                : $"the folder of runbooks cannot be listed: {exception.Message.TrimEnd('.')}"));
            return null;
        }
    }

    private static (RunbookFile? File, Problem? Problem) Read(string path)
    {
        var reading = RegularFile.Read(path, RunbookReader.LargestFile);
        if (reading.Bytes is not { } bytes)
        {
            // Editors save by putting a new file into the old one's place: one that went away since the folder was listed is simply not there.
            return reading.Kind == FileKind.Missing ? (null, null)
                : (null, reading.TooLarge
                    ? new Problem(path, new Place(1, 1), Severity.Error, ProblemCodes.TooLarge, $"{reading.Reason}: a runbook has at most 1 MiB")
                    : Unreadable(path, reading.Reason));
        }

        var text = RunbookReader.Decode(path, bytes, out var problem);
        return text is null ? (null, problem) : (new RunbookFile(path, text), null);
    }

    private static bool IsNamedLike(RunbookFile file, string name) => Path.GetFileNameWithoutExtension(file.File) == name;

    private static Problem Unreadable(string path, string message) => new(path, new Place(1, 1), Severity.Error, ProblemCodes.Unreadable, message);

    [GeneratedRegex("""^runbook:[ ]+(?<quote>["']?)(?<name>[a-z0-9][a-z0-9-]*)\k<quote>[ ]*(#.*)?\r?$""", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Declaration();
}
