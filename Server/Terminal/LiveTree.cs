using System.Collections.Immutable;
using System.Text.Json;
using Orchestrator.Server.Environments;
using Orchestrator.Server.Output;
using Orchestrator.Server.Runs;
using Orchestrator.Workflows.Execution.Progress;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.State;
using Orchestrator.Workflows.Model.Store;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Orchestrator.Server.Terminal;

/// <summary>The run as a tree that is redrawn in place a few times a second.</summary>
internal sealed class LiveTree : IRunDisplay
{
    private static readonly TimeSpan Frame = TimeSpan.FromMilliseconds(250);

    /// <summary>Beyond so many iterations a loop shows only those that move or are wrong, and how many there are of the rest.</summary>
    private const int LargeLoop = 8;

    /// <summary>The same for any other block.</summary>
    private const int LargeBlock = 30;

    private readonly CancellationTokenSource _ended = new();
    private readonly PromotionEnvironment _environment;
    private readonly Uri _url;
    private readonly Runbook _runbook;
    private readonly IAnsiConsole _console;
    private readonly Task _drawing;
    private RunFamily? _family;

    public LiveTree(IAnsiConsole console, PromotionEnvironment environment, Uri url, Runbook runbook)
    {
        (_console, _environment, _url, _runbook) = (console, environment, url, runbook);
        _drawing = Task.Run(DrawAsync);
    }

    public void Show(RunFamily family, JournalEntry entry) => _family = family;

    public void Show(RunFamily family, TaskProgress progress) => _family = family;

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _drawing;
        _ended.Dispose();
    }

    private Task DrawAsync() => _console.Live(new Spectre.Console.Text("starting…")).Overflow(VerticalOverflow.Crop).StartAsync(async context =>
    {
        using var timer = new PeriodicTimer(Frame, TimeProvider.System);
        try
        {
            do
            {
                Draw(context);
            }
            while (await timer.WaitForNextTickAsync(_ended.Token));
        }
        catch (OperationCanceledException)
        {
            Draw(context);
        }
    });

    private void Draw(LiveDisplayContext context)
    {
        if (_family is { } family)
        {
            lock (family.Gate)
            {
                context.UpdateTarget(new Rows([.. Parts(family)]));
            }
        }
    }

    private IEnumerable<IRenderable> Parts(RunFamily family)
    {
        var root = family.Root;
        var now = _environment.Time.GetUtcNow();
        yield return new Markup($"[bold]{Printable.Markup(root.Started?.Runbook ?? "")}[/]  {Moment.Of(now)}  {Moment.Length(now - root.StartedAt)} since the start  [grey]{Printable.Markup(_environment.Description)}  {_url}api/runs/{root.Run}[/]");
        var tree = new Tree("").Guide(TreeGuide.Line);
        Add(tree, family, root.Roots, _runbook.Steps, LargeBlock, now, outermost: true);
        yield return tree;
        foreach (var (run, path, incident) in family.Incidents)
        {
            yield return incident.Path.IsRoot && RunState.IsHold(incident.Error)
                ? new Markup($"[red]! held: {Printable.Markup(incident.Error.Code)}[/] {Printable.Markup(incident.Error.Message)}\n  orchestrator runs retry|cancel {run} --reason …")
                : new Markup($"[red]! {Printable.Markup(path.Value)}[/] {Printable.Markup(incident.Error.Message)}\n  orchestrator runs retry|skip {run} {Printable.Markup(incident.Path.Value)} --reason …");
        }

        foreach (var view in family.All)
        {
            foreach (var step in view.InOrder.Where(step => step is { Status: StepStatus.WaitingForApproval, Approval: not null }))
            {
                yield return new Markup(
                    $"[mediumpurple]? {Printable.Markup(step.Approval!.Question)}[/] needs {step.Approval.Quorum} of {Printable.Markup(string.Join(", ", step.Approval.Roles))}\n"
                    + $"  orchestrator approvals approve {view.Run} {Printable.Markup(step.Path.Value)} --as you:{Printable.Markup(step.Approval.Roles[0])} --server {_url}");
            }
        }
    }

    /// <param name="planned">The steps of this block in the runbook, to show what is still to come; empty where that is not known.</param>
    private static void Add(IHasTreeNodes parent, RunFamily family, List<StepView> steps, ImmutableArray<Step> planned, int large, DateTimeOffset now, bool outermost = false)
    {
        var shown = steps.Count <= large ? steps : [.. steps.Where(step => !step.Ended || step.Error is not null).Take(large)];
        foreach (var step in shown)
        {
            var node = parent.AddNode(Line(step, now));
            // What went well is one line: the place is for what moves, what is wrong and what is to come.
            if (!outermost && step.Status is (StepStatus.Done or StepStatus.Skipped))
            {
                continue;
            }

            var definition = planned.FirstOrDefault(candidate => candidate.Id == step.Path.Name);
            Add(node, family, step.Children, Within(definition), step.Items is null ? LargeBlock : LargeLoop, now);
            if (step.Child is { } child && family.Find(child) is { } childView)
            {
                Add(node, family, childView.Roots, [], LargeBlock, now);
            }
        }

        if (shown.Count < steps.Count)
        {
            var counts = steps.GroupBy(step => step.Status).Select(group => $"{group.Count()} {StepStyle.Of(group.Key).Word}");
            parent.AddNode(new Markup($"[grey]{steps.Count} in all: {string.Join(", ", counts)}[/]"));
        }

        foreach (var step in planned.Where(step => !steps.Exists(begun => begun.Path.Name == step.Id)))
        {
            parent.AddNode(new Markup($"[grey]{StepStyle.Of(StepStatus.Pending).Icon} {Printable.Markup(step.Id)}  {Printable.Markup(About(step))}[/]"));
        }
    }

    private static string About(Step step) => step switch
    {
        { Title: { } title } => title,
        ApprovalStep { Question: LiteralTemplate { Value: { ValueKind: JsonValueKind.String } question } } => question.GetString()!,
        _ => "",
    };

    /// <summary>The steps that surely come within one; those of loops, branches and handlers depend on the run.</summary>
    private static ImmutableArray<Step> Within(Step? step) => step switch
    {
        SequenceStep sequence => sequence.Steps,
        TryStep attempt => [.. attempt.Steps, .. attempt.Finally],
        _ => [],
    };

    private static Markup Line(StepView step, DateTimeOffset now)
    {
        var look = StepStyle.Of(step.Status);
        var elapsed = step.StartedAt is { } started ? Moment.Length((step.EndedAt ?? now) - started) : "";
        var more = step switch
        {
            { Error: { } error, Status: StepStatus.Failed or StepStatus.Incident or StepStatus.Retrying or StepStatus.UndoFailed } => error.Message,
            { WaitsFor: { } waits, Due: { } due } => $"{waits}, {Moment.Clock(due)}",
            { WaitsFor: { } waits } => waits.ToString(),
            { Ended: false, Progress: { } progress } => progress,
            { Status: StepStatus.Done, Items: { } items } => $"{items} of {items}",
            _ => "",
        };
        return new Markup($"[{look.Color.ToMarkup()}]{look.Icon} {Printable.Markup(step.Path.Name)} {look.Word}[/] [grey]{elapsed} {Printable.Markup(more)}[/]");
    }
}
