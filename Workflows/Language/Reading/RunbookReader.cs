using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.Text;
using Orchestrator.Text.Yaml;
using Orchestrator.Workflows.Language.Diagnostics;
using Orchestrator.Workflows.Language.Rules;
using Orchestrator.Workflows.Language.Yaml;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Files;
using Orchestrator.Workflows.Model.Rules;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Language.Reading;

/// <summary>
/// Reads runbooks and finds every diagnostic in them at once: in grammar, names, expressions, arguments, child runbooks and
/// static rules. Never throws for what a file holds. Thread-safe.
/// </summary>
/// <param name="rules">Checks besides the built-in ones.</param>
/// <param name="library">The runbooks that steps may run as children; null: none.</param>
public sealed class RunbookReader(ActivityCatalog catalog, IEnumerable<IRunbookRule>? rules = null, RunbookLibrary? library = null)
{
    /// <summary>The largest file that is read: 1 MiB.</summary>
    public const int LargestFile = 1024 * 1024;

    private readonly RunbookLibrary library = library ?? RunbookLibrary.Empty;
    private readonly ImmutableArray<IRunbookRule> rules = [new ApprovalRule(), new UndoRule(), new TriggerRule(), new EmptyLoopRule(), new QuestionRule(), .. rules ?? []];
    private readonly ConcurrentDictionary<string, Runbook?> children = new(StringComparer.Ordinal);

    /// <summary>Reads a file. A missing, large or binary one gives a diagnostic; a large one is not loaded.</summary>
    /// <param name="shownAs">The name for diagnostics; default: the path.</param>
    /// <param name="budget">What the reading may spend; default: a new one.</param>
    public RunbookReading ReadFile(string path, string? shownAs = null, EvaluationBudget? budget = null)
    {
        var file = shownAs ?? path;
        var reading = RegularFile.Read(path, LargestFile);
        return reading switch
        {
            { Bytes: { } bytes } => Read(file, bytes, budget),
            { TooLarge: true } => Refused(file, DiagnosticCodes.TooLarge, $"{reading.Reason}: a runbook has at most 1 MiB. Is it the right file?"),
            { Kind: FileKind.Folder } => Refused(file, DiagnosticCodes.Unreadable, "this is a folder: name a runbook's file"),
            _ => Refused(file, DiagnosticCodes.Unreadable, reading.Reason),
        };
    }

    /// <summary>Reads the bytes of a file, which must be UTF-8 text.</summary>
    public RunbookReading Read(string file, ReadOnlySpan<byte> bytes, EvaluationBudget? budget = null)
    {
        if (bytes.Length > LargestFile)
        {
            return TooLarge(file, bytes.Length);
        }

        return Decode(file, bytes, out var diagnostic) is { } text ? Read(file, text, budget) : new RunbookReading(null, [diagnostic!]);
    }

    /// <summary>The text of a file; null: it is not UTF-8, and the diagnostic says where.</summary>
    internal static string? Decode(string file, ReadOnlySpan<byte> bytes, out Diagnostic? diagnostic)
    {
        var text = SourceFile.Decode(bytes, out var broken);
        diagnostic = text is null ? new Diagnostic(file, broken with { Column = 1 }, Severity.Error, DiagnosticCodes.NotText, "this is no text in UTF-8: a runbook is a YAML text file") : null;
        return text;
    }

    /// <summary>Reads a text. What is not evaluated for want of budget is one diagnostic.</summary>
    /// <exception cref="OperationCanceledException">The budget's cancellation was asked for.</exception>
    public RunbookReading Read(string file, string text, EvaluationBudget? budget = null)
    {
        if (text.Length > LargestFile)
        {
            return TooLarge(file, text.Length);
        }

        budget ??= new EvaluationBudget();
        var diagnostics = new DiagnosticList(file);
        var runbook = Parse(text, diagnostics, name => FindChild(name, budget), budget: budget);
        if (runbook is not null && !diagnostics.HasErrors)
        {
            CheckCycles(runbook, diagnostics, budget);
        }

        if (runbook is not null && !diagnostics.HasErrors)
        {
            var context = new RuleContext(file, catalog, name => library.Find(name) is null ? null : FindChild(name, budget), budget);
            foreach (var diagnostic in rules.SelectMany(rule => rule.Check(runbook, context)))
            {
                diagnostics.Add(diagnostic);
            }
        }

        // Reading says where it stopped; a rule only takes what it could not evaluate for unknown.
        if (budget.HasRefused && !diagnostics.Has(DiagnosticCodes.TooExpensive))
        {
            diagnostics.Error(new Position(1, 1), DiagnosticCodes.TooExpensive, $"not everything was checked: {budget.Reason}; write less, or cheaper expressions");
        }

        return new RunbookReading(diagnostics.HasErrors ? null : runbook, diagnostics.ToImmutable());
    }

    /// <summary>
    /// Reads a version that was valid when a run pinned it. What has changed around it since then (activities, rules, time
    /// zones, other runbooks) does not count, nor does what is refused only since then (text around a condition, which is always
    /// true; a time that fails when its step comes), so that the run can go on; null when the grammar no longer knows what it says.
    /// </summary>
    public Runbook? ReadPinned(string text)
    {
        var diagnostics = new DiagnosticList("journal");
        var runbook = Parse(text, diagnostics, _ => null, RunbookLibrary.Empty);
        return diagnostics.ToImmutable().Any(diagnostic => diagnostic.Severity == Severity.Error && IsOfTheText(diagnostic.Code)) ? null : runbook;
    }

    /// <summary>What can be read of a text that somebody still writes, whatever is wrong in it; null when nothing can.</summary>
    public Runbook? ReadDraft(string text, EvaluationBudget? budget = null)
    {
        budget ??= new EvaluationBudget();
        return text.Length > LargestFile ? null : Parse(text, new DiagnosticList("draft"), name => FindChild(name, budget), budget: budget);
    }

    /// <summary>True for a diagnostic that the text has by itself, whatever is around it.</summary>
    private static bool IsOfTheText(string code) =>
        code is not (DiagnosticCodes.UnknownTimeZone or DiagnosticCodes.BadTime) && (code.StartsWith("RB0", StringComparison.Ordinal) || code.StartsWith("RB1", StringComparison.Ordinal));

    private Runbook? Parse(string text, DiagnosticList diagnostics, Func<string, Runbook?> findRunbook, RunbookLibrary? known = null, EvaluationBudget? budget = null)
    {
        if (FirstControl(text) is { } at)
        {
            diagnostics.Error(at, DiagnosticCodes.NotText, "this is a binary file: a runbook is a YAML text file");
            return null;
        }

        var source = new SourceText(text);
        var context = new ReadingContext(source, diagnostics, catalog, findRunbook, known ?? library, budget ?? new EvaluationBudget());
        if (YamlReader.Read(source, RunbookYaml.Rules, diagnostics) is not { } root)
        {
            return null;
        }

        var runbook = new RunbookParser(context).Read(root, Digest(text), text);
        if (runbook is not null)
        {
            new ScopeCheck(context, runbook).Check();
            new RunSize(context).Check(runbook);
        }

        return runbook;
    }

    /// <summary>A child by name with its own grammar checked, but not its children: those are its own reading's concern.</summary>
    /// <param name="budget">What reading it may spend, best that of the reading or plan that asks; default: a new one.</param>
    /// <exception cref="OperationCanceledException">The budget's cancellation was asked for.</exception>
    public Runbook? FindChild(string name, EvaluationBudget? budget = null)
    {
        if (children.TryGetValue(name, out var known))
        {
            return known;
        }

        if (library.Find(name) is not { } file || file.Text.Length > LargestFile)
        {
            return null;
        }

        var diagnostics = new DiagnosticList(file.File);
        var runbook = Parse(file.Text, diagnostics, _ => null, RunbookLibrary.Empty, budget);
        var found = diagnostics.ToImmutable();
        // What one request could not read to its end says nothing to the next.
        return found.Any(diagnostic => diagnostic.Code == DiagnosticCodes.TooExpensive) ? null
            : children.GetOrAdd(name, found.All(diagnostic => diagnostic.Severity == Severity.Warning || diagnostic.Code is DiagnosticCodes.UnknownRunbook) ? runbook : null);
    }

    private void CheckCycles(Runbook runbook, DiagnosticList diagnostics, EvaluationBudget budget)
    {
        foreach (var step in runbook.Steps.Flatten().OfType<RunbookStep>())
        {
            if (Cycle(step.Runbook, [runbook.Name], [], budget) is { } path)
            {
                diagnostics.Error(step.Position, DiagnosticCodes.RunbookCycle, $"runbooks run each other in a circle: {string.Join(" -> ", path)}; take one of these steps out");
            }
        }
    }

    private ImmutableArray<string>? Cycle(string name, ImmutableArray<string> path, HashSet<string> done, EvaluationBudget budget)
    {
        if (path.Contains(name))
        {
            return [.. path.SkipWhile(before => before != name), name];
        }

        if (!done.Add(name) || FindChild(name, budget) is not { } child)
        {
            return null;
        }

        return child.Steps.Flatten().OfType<RunbookStep>().Select(step => Cycle(step.Runbook, path.Add(name), done, budget)).FirstOrDefault(cycle => cycle is not null);
    }

    private static Position? FirstControl(string text)
    {
        var line = 1;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n')
            {
                line++;
            }
            else if (text[i] is '\0' or (< ' ' and not '\t' and not '\r'))
            {
                return new Position(line, 1);
            }
        }

        return null;
    }

    private static RunbookReading TooLarge(string file, long length) =>
        Refused(file, DiagnosticCodes.TooLarge, $"the file has {length / 1024.0 / 1024.0:0.#} MiB: a runbook has at most 1 MiB. Is it the right file?");

    private static RunbookReading Refused(string file, string code, string message) =>
        new(null, [new Diagnostic(file, new Position(1, 1), Severity.Error, code, message)]);

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
