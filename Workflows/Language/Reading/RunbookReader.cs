using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.Text;
using Orchestrator.Text.Yaml;
using Orchestrator.Workflows.Language.Problems;
using Orchestrator.Workflows.Language.Rules;
using Orchestrator.Workflows.Language.Yaml;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Files;
using Orchestrator.Workflows.Model.Rules;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Language.Reading;

/// <summary>
/// Reads runbooks and finds every problem in them at once: in grammar, names, expressions, arguments, child runbooks and
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

    /// <summary>Reads a file. A missing, large or binary one gives a problem; a large one is not loaded.</summary>
    /// <param name="shownAs">The name for problems; default: the path.</param>
    /// <param name="budget">What the reading may spend; default: a new one.</param>
    public RunbookReading ReadFile(string path, string? shownAs = null, EvaluationBudget? budget = null)
    {
        var file = shownAs ?? path;
        var reading = RegularFile.Read(path, LargestFile);
        return reading switch
        {
            { Bytes: { } bytes } => Read(file, bytes, budget),
            { TooLarge: true } => Refused(file, ProblemCodes.TooLarge, $"{reading.Reason}: a runbook has at most 1 MiB. Is it the right file?"),
            { Kind: FileKind.Folder } => Refused(file, ProblemCodes.Unreadable, "this is a folder: name a runbook's file"),
            _ => Refused(file, ProblemCodes.Unreadable, reading.Reason),
        };
    }

    /// <summary>Reads the bytes of a file, which must be UTF-8 text.</summary>
    public RunbookReading Read(string file, ReadOnlySpan<byte> bytes, EvaluationBudget? budget = null)
    {
        if (bytes.Length > LargestFile)
        {
            return TooLarge(file, bytes.Length);
        }

        return Decode(file, bytes, out var problem) is { } text ? Read(file, text, budget) : new RunbookReading(null, [problem!]);
    }

    /// <summary>The text of a file; null: it is not UTF-8, and the problem says where.</summary>
    internal static string? Decode(string file, ReadOnlySpan<byte> bytes, out Problem? problem)
    {
        var text = SourceFile.Decode(bytes, out var broken);
        problem = text is null ? new Problem(file, broken with { Column = 1 }, Severity.Error, ProblemCodes.NotText, "this is no text in UTF-8: a runbook is a YAML text file") : null;
        return text;
    }

    /// <summary>Reads a text. What is not evaluated for want of budget is one problem.</summary>
    /// <exception cref="OperationCanceledException">The budget's cancellation was asked for.</exception>
    public RunbookReading Read(string file, string text, EvaluationBudget? budget = null)
    {
        if (text.Length > LargestFile)
        {
            return TooLarge(file, text.Length);
        }

        budget ??= new EvaluationBudget();
        var problems = new ProblemList(file);
        var runbook = Parse(text, problems, name => FindChild(name, budget), budget: budget);
        if (runbook is not null && !problems.HasErrors)
        {
            CheckCycles(runbook, problems, budget);
        }

        if (runbook is not null && !problems.HasErrors)
        {
            var context = new RuleContext(file, catalog, name => library.Find(name) is null ? null : FindChild(name, budget), budget);
            foreach (var problem in rules.SelectMany(rule => rule.Check(runbook, context)))
            {
                problems.Add(problem);
            }
        }

        // Reading says where it stopped; a rule only takes what it could not evaluate for unknown.
        if (budget.HasRefused && !problems.Has(ProblemCodes.TooExpensive))
        {
            problems.Error(new Place(1, 1), ProblemCodes.TooExpensive, $"not everything was checked: {budget.Reason}; write less, or cheaper expressions");
        }

        return new RunbookReading(problems.HasErrors ? null : runbook, problems.ToImmutable());
    }

    /// <summary>
    /// Reads a version that was valid when a run pinned it. What has changed around it since then (activities, rules, time
    /// zones, other runbooks) does not count, nor does what is refused only since then (text around a condition, which is always
    /// true; a time that fails when its step comes), so that the run can go on; null when the grammar no longer knows what it says.
    /// </summary>
    public Runbook? ReadPinned(string text)
    {
        var problems = new ProblemList("journal");
        var runbook = Parse(text, problems, _ => null, RunbookLibrary.Empty);
        return problems.ToImmutable().Any(problem => problem.Severity == Severity.Error && IsOfTheText(problem.Code)) ? null : runbook;
    }

    /// <summary>What can be read of a text that somebody still writes, whatever is wrong in it; null when nothing can.</summary>
    public Runbook? ReadDraft(string text, EvaluationBudget? budget = null)
    {
        budget ??= new EvaluationBudget();
        return text.Length > LargestFile ? null : Parse(text, new ProblemList("draft"), name => FindChild(name, budget), budget: budget);
    }

    /// <summary>True for a problem that the text has by itself, whatever is around it.</summary>
    private static bool IsOfTheText(string code) =>
        code is not (ProblemCodes.UnknownTimeZone or ProblemCodes.BadTime) && (code.StartsWith("RB0", StringComparison.Ordinal) || code.StartsWith("RB1", StringComparison.Ordinal));

    private Runbook? Parse(string text, ProblemList problems, Func<string, Runbook?> findRunbook, RunbookLibrary? known = null, EvaluationBudget? budget = null)
    {
        if (FirstControl(text) is { } at)
        {
            problems.Error(at, ProblemCodes.NotText, "this is a binary file: a runbook is a YAML text file");
            return null;
        }

        var source = new SourceText(text);
        var context = new ReadingContext(source, problems, catalog, findRunbook, known ?? library, budget ?? new EvaluationBudget());
        if (YamlReader.Read(source, RunbookYaml.Rules, problems) is not { } root)
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

        var problems = new ProblemList(file.File);
        var runbook = Parse(file.Text, problems, _ => null, RunbookLibrary.Empty, budget);
        var found = problems.ToImmutable();
        // What one request could not read to its end says nothing to the next.
        return found.Any(problem => problem.Code == ProblemCodes.TooExpensive) ? null
            : children.GetOrAdd(name, found.All(problem => problem.Severity == Severity.Warning || problem.Code is ProblemCodes.UnknownRunbook) ? runbook : null);
    }

    private void CheckCycles(Runbook runbook, ProblemList problems, EvaluationBudget budget)
    {
        foreach (var step in runbook.Steps.Flatten().OfType<RunbookStep>())
        {
            if (Cycle(step.Runbook, [runbook.Name], [], budget) is { } path)
            {
                problems.Error(step.Place, ProblemCodes.RunbookCycle, $"runbooks run each other in a circle: {string.Join(" -> ", path)}; take one of these steps out");
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

    private static Place? FirstControl(string text)
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
                return new Place(line, 1);
            }
        }

        return null;
    }

    private static RunbookReading TooLarge(string file, long length) =>
        Refused(file, ProblemCodes.TooLarge, $"the file has {length / 1024.0 / 1024.0:0.#} MiB: a runbook has at most 1 MiB. Is it the right file?");

    private static RunbookReading Refused(string file, string code, string message) =>
        new(null, [new Problem(file, new Place(1, 1), Severity.Error, code, message)]);

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
