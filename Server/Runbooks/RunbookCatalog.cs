using System.Collections.Immutable;
using System.Text.Json;
using Orchestrator.Activities;
using Orchestrator.Fleet.Files;
using Orchestrator.Server.Api;
using Orchestrator.Server.Configuration;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Files;
using Orchestrator.Text;
using Orchestrator.Workflows.Execution.Runs;
using Orchestrator.Workflows.Hosting;
using Orchestrator.Workflows.Language.Inputs;
using Orchestrator.Workflows.Language.Planning;
using Orchestrator.Workflows.Language.Reading;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Files;
using Orchestrator.Workflows.Model.Rules;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Server.Runbooks;

/// <summary>The runbooks of a folder, by name, and the way any runbook is read here: with the known activities and the domain's rules.</summary>
/// <param name="published">The latest published version of each name; null: only files count.</param>
/// <param name="fleet">Whose machines a plan is measured against; null: none.</param>
internal sealed class RunbookCatalog(
    ActivityCatalog catalog, IEnumerable<IRunbookRule> rules, ImmutableArray<RunbookFolder> folders, Func<IEnumerable<PublishedVersion>>? published = null, FleetDefinition? fleet = null)
{
    /// <summary>The nearest first: of two runbooks with one name the first counts.</summary>
    public ImmutableArray<string> Folders { get; } = [.. folders.Select(folder => folder.Path)];

    public ActivityCatalog Catalog { get; } = catalog;

    /// <summary>
    /// Read anew each time: runbooks are edited while a server runs. What a person published counts before the catalog's own
    /// folder, the last, and after folders that are nearer: a file named on the command line keeps its neighbours.
    /// </summary>
    public RunbookLibrary Library
    {
        get
        {
            var files = new Dictionary<string, RunbookFile>(StringComparer.Ordinal);
            var diagnostics = ImmutableArray.CreateBuilder<Diagnostic>();
            foreach (var folder in folders[..^1])
            {
                Add(files, folder.Read(), diagnostics);
            }

            foreach (var version in published?.Invoke() ?? [])
            {
                files.TryAdd(version.Name, new RunbookFile($"{version.Name}.yaml", version.Source));
            }

            Add(files, folders[^1].Read(), diagnostics);
            return new RunbookLibrary(files, diagnostics.ToImmutable());
        }
    }

    /// <summary>The files of the catalog's own folder, whatever was published.</summary>
    public RunbookLibrary Files => folders[^1].Read();

    /// <summary>Without an engine around it, for commands that only read.</summary>
    public static RunbookCatalog Load(Settings settings)
    {
        var services = new ServiceCollection().AddWorkflows().AddActivities().BuildServiceProvider();
        return new RunbookCatalog(
            services.GetRequiredService<ActivityCatalog>(), services.GetServices<IRunbookRule>(), [new RunbookFolder(settings.Server.Runbooks ?? Installation.Runbooks)]);
    }

    /// <summary>The same catalog with the folder of a file before it, so that a file's children are looked for beside it.</summary>
    public RunbookCatalog For(string fileOrName) =>
        File.Exists(fileOrName) && Path.GetDirectoryName(Path.GetFullPath(fileOrName)) is { } beside && !Folders.Contains(beside)
            ? new RunbookCatalog(Catalog, rules, [new RunbookFolder(beside), .. folders], published, fleet)
            : this;

    /// <summary>The same catalog over another fleet.</summary>
    public RunbookCatalog Over(FleetDefinition? other) => new(Catalog, rules, folders, published, other);

    /// <summary>Where child steps and restarted runs find runbooks; the catalog is made when the first is asked for.</summary>
    public static RunbookSource ToSource(Func<RunbookCatalog> catalog, Func<PublishedVersions> published) => new(
        async (name, cancellationToken) =>
        {
            await published().RefreshAsync(cancellationToken);
            return catalog().Library.Find(name) is { } file ? catalog().CheckText(file.File, file.Text).Runbook : null;
        },
        source => catalog().ReadPinned(source) is { } runbook
            ? runbook
            : throw new InvalidOperationException("a runbook in the journal no longer reads; was it written by a newer version?"));

    /// <summary>The file of a path or name. Throws <see cref="CommandException"/> when there is none.</summary>
    public string Locate(string fileOrName)
    {
        if (File.Exists(fileOrName))
        {
            return fileOrName;
        }

        var library = Library;
        if (library.Find(fileOrName) is { } known)
        {
            return known.File;
        }

        if (FileStatus.Of(fileOrName).Kind is not FileKind.Missing)
        {
            throw CommandException.BadInput(Directory.Exists(fileOrName)
                ? $"{fileOrName}: this is a folder; give a runbook file in it"
                : $"{fileOrName}: {RegularFile.Read(fileOrName, 0).Reason}");
        }

        var unread = library.Diagnostics.IsEmpty ? "" : $"; what cannot be read: {string.Join("; ", library.Diagnostics.Select(diagnostic => $"{diagnostic.File}: {diagnostic.Message}"))}";
        throw CommandException.BadInput(
            $"{fileOrName}: there is no such file, and no runbook of that name in {string.Join(", ", Folders)}; there are {string.Join(", ", library.Names.Order(StringComparer.Ordinal))}{unread}");
    }

    /// <summary>Everything that is found in a file.</summary>
    public RunbookReading Check(string file) => Reader().ReadFile(file);

    /// <param name="budget">A request's, over everything that it reads and evaluates; default: a new one.</param>
    public RunbookReading CheckText(string file, string text, EvaluationBudget? budget = null) => Reader().Read(file, text, budget);

    /// <summary>Several texts, whose children are read once for all.</summary>
    public Func<string, string, RunbookReading> Checker(EvaluationBudget budget)
    {
        var reader = Reader();
        return (file, text) => reader.Read(file, text, budget);
    }

    /// <summary>A version that a run pinned, whatever has changed around it since.</summary>
    public Runbook? ReadPinned(string text) => Reader().ReadPinned(text);

    /// <summary>What can be read of a text that somebody still writes.</summary>
    public Runbook? ReadDraft(string text, EvaluationBudget? budget = null) => Reader().ReadDraft(text, budget);

    /// <summary>Throws <see cref="CommandException"/> with every problem.</summary>
    public Runbook Read(string fileOrName)
    {
        var reading = Check(Locate(fileOrName));
        return reading.Runbook ?? throw CommandException.Diagnostics(reading.Diagnostics);
    }

    /// <summary>Throws <see cref="ProblemException"/>.</summary>
    public Runbook ReadForRequest(string? name, string? source, EvaluationBudget budget)
    {
        var reading = (name, source) switch
        {
            ({ } known, null) when Library.Find(known) is { } file => Reader().Read(file.File, file.Text, budget),
            ({ } unknown, null) => throw ProblemException.NotFound($"runbook {unknown}"),
            (_, { } text) => Reader().Read(name is null ? "source" : $"{name}.yaml", text, budget),
            _ => throw ProblemException.BadRequest("Give the name of a runbook, or its source."),
        };
        return reading.Runbook ?? throw Wrong(reading);
    }

    /// <summary>The answer to a runbook with problems: 422 with all of them.</summary>
    public static ProblemException Wrong(RunbookReading reading) => new(StatusCodes.Status422UnprocessableEntity, "bad-runbook", "The runbook has problems.")
    {
        Diagnostics = [.. reading.Diagnostics.Select(Line)],
    };

    /// <summary>Throws <see cref="ProblemException"/>.</summary>
    public static JsonElement BindForRequest(Runbook runbook, JsonElement? inputs)
    {
        var binding = InputBinder.Bind(runbook, inputs);
        return binding.IsValid
            ? binding.Inputs
            : throw new ProblemException(StatusCodes.Status422UnprocessableEntity, "bad-inputs", "The inputs do not fit the runbook.") { Diagnostics = [.. binding.Diagnostics.Select(Line)] };
    }

    /// <param name="file">The runbook's, for what the plan says of places.</param>
    /// <param name="budget">A request's, over everything that it reads and evaluates; default: a new one.</param>
    public RunbookPlan Plan(Runbook runbook, JsonElement inputs, string file, EvaluationBudget? budget = null)
    {
        budget ??= new EvaluationBudget();
        var reader = Reader();
        var library = Library;
        // A child in a loop is one child.
        var children = new Dictionary<string, Runbook?>(StringComparer.Ordinal);
        var plan = RunbookPlan.Create(runbook, inputs, Catalog, Find, file, budget);
        return fleet is null ? plan : plan with { Diagnostics = plan.Diagnostics.AddRange(CapacityCheck.Check(plan, runbook, fleet, file)) };

        Runbook? Find(string name)
        {
            if (!children.TryGetValue(name, out var child) && library.Find(name) is { } known)
            {
                children[name] = child = reader.Read(known.File, known.Text, budget).Runbook;
            }

            return child;
        }
    }

    /// <summary>Throws <see cref="CommandException"/> for what a plan found that a run must not start with.</summary>
    public static void RefuseWhatCannotStart(RunbookPlan plan)
    {
        if (plan.Diagnostics.Any(diagnostic => diagnostic.Severity == Severity.Error))
        {
            throw CommandException.Diagnostics(plan.Diagnostics);
        }
    }

    public static DiagnosticResponse Line(Diagnostic diagnostic) =>
        new(diagnostic.File, diagnostic.Position.Line, diagnostic.Position.Column, Words.Of(diagnostic.Severity), diagnostic.Code, diagnostic.Message,
            diagnostic.Fix is { } fix ? new FixResponse(fix.From.Line, fix.From.Column, fix.To.Line, fix.To.Column, fix.Text) : null, diagnostic.Input);

    private static void Add(Dictionary<string, RunbookFile> files, RunbookLibrary library, ImmutableArray<Diagnostic>.Builder diagnostics)
    {
        diagnostics.AddRange(library.Diagnostics);
        foreach (var name in library.Names)
        {
            files.TryAdd(name, library.Find(name)!);
        }
    }

    private RunbookReader Reader() => new(Catalog, rules, Library);
}
