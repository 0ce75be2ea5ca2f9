using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Orchestrator.Fleet.Facts;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Activities.Tests;

/// <summary>A journal of facts in memory.</summary>
internal sealed class FakeJournal
{
    private readonly List<JournaledFact> _facts = [];
    private readonly HashSet<long> _ofUndos = [];

    public IReadOnlyList<FleetFact> Facts => [.. _facts.Select(recorded => WorkflowJson.FromElement<FleetFact>(recorded.Fact))];

    /// <summary>Those given in the run so far.</summary>
    public ImmutableArray<JournaledApproval> Approvals { get; private set; } = [];

    public void Approve(params string[] people) => Approvals = Approvals.Add(new JournaledApproval(
        FakeTask.OneRun, new StepPath("go"), [.. people.Select(person => new JournaledDecision(person, null))]));

    public void Add(FakeTask task, string key, JsonElement fact)
    {
        lock (_facts)
        {
            if (task.Undo) _ofUndos.Add(_facts.Count + 1);
            _facts.Add(new JournaledFact(_facts.Count + 1, task.Run, task.Path, task.Clock.GetUtcNow(), key, fact));
        }
    }

    /// <summary>Those of a step's task, or those of its undo: an undo does not go on from what the step recorded.</summary>
    public IReadOnlyDictionary<string, JsonElement> Of(StepPath path, bool undo)
    {
        lock (_facts)
        {
            return _facts.Where(fact => fact.Path == path && _ofUndos.Contains(fact.Position) == undo).ToDictionary(fact => fact.Key, fact => fact.Fact, StringComparer.Ordinal);
        }
    }

    public async IAsyncEnumerable<JournaledFact> ReadAsync(long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        JournaledFact[] facts;
        lock (_facts)
        {
            facts = [.. _facts.Where(fact => fact.Position > after)];
        }

        foreach (var fact in facts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return fact;
        }

        await Task.CompletedTask;
    }
}

/// <summary>One attempt of a step, as a worker would give it to the activity, that can be killed at its n-th fact.</summary>
internal sealed class FakeTask(FakeJournal journal, TimeProvider clock, string path, int attempt = 1) : TaskContext
{
    public static readonly RunId OneRun = RunId.Parse("01900000-0000-7000-8000-000000000011");
    private int _recorded;

    /// <summary>The attempt dies at its n-th fact (from 1); 0: never.</summary>
    public int KilledAt { get; init; }

    /// <summary>Whether the fact at which it dies is still durable.</summary>
    public bool KilledAfter { get; init; }

    public long Token { get; init; } = 1;

    public bool TakesBack { get; init; }

    /// <summary>Runs when the activity shows progress, before it goes on.</summary>
    public Action<string> OnProgress { get; init; } = _ => { };

    public override RunId Run => OneRun;

    public override StepPath Path { get; } = new(path);

    public override int Attempt => attempt;

    public override bool Undo => TakesBack;

    public override string IdempotencyKey => $"{Run}/{Path}{(Undo ? "/undo" : "")}";

    public override long FencingToken => Token;

    public override string StartedBy => "carol";

    public override TimeProvider Clock => clock;

    public override IReadOnlyDictionary<string, JsonElement> Recorded => journal.Of(Path, Undo);

    public override Task RecordAsync(string key, JsonElement fact, CancellationToken cancellationToken)
    {
        var dies = ++_recorded == KilledAt;
        if (!dies || KilledAfter)
        {
            journal.Add(this, key, fact);
        }

        return dies ? throw new OperationCanceledException($"killed at fact {_recorded}, {key}") : Task.CompletedTask;
    }

    public override Task<ImmutableArray<JournaledApproval>> ApprovalsAsync(CancellationToken cancellationToken) => Task.FromResult(journal.Approvals);

    public override void Progress(double? fraction, string message) => OnProgress(message);

    public override IAsyncEnumerable<JournaledFact> FactsAsync(CancellationToken cancellationToken) => journal.ReadAsync(0, cancellationToken);
}
