using System.Collections.Immutable;
using System.Text.Json;
using Orchestrator.Workflows.Execution.Bus;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Workers;

/// <summary>What one attempt knows and says.</summary>
internal sealed class WorkerTaskContext(HeldTask held, FactReporter facts, MessageBus bus, MembershipTracker map, IJournal journal, Clocks clocks) : TaskContext
{
    /// <summary>A task shows its progress at most this often on the system clock; the end (fraction 1) always.</summary>
    private static readonly TimeSpan progressInterval = TimeSpan.FromMilliseconds(100);

    private readonly TaskMessage message = held.Message;
    private ImmutableDictionary<string, JsonElement> recorded = held.Message.Recorded ?? ImmutableDictionary<string, JsonElement>.Empty;
    private long shownAt;

    public override RunId Run => message.TaskToken.Run;

    public override StepPath Path => message.TaskToken.Path;

    public override int Attempt => message.TaskToken.Attempt;

    public override bool Undo => message.TaskToken.Undo;

    public override string IdempotencyKey => message.IdempotencyKey;

    public override long FencingToken => message.FencingToken;

    public override string StartedBy => message.StartedBy;

    public override TimeProvider Clock => clocks.EnvironmentClock;

    public override IReadOnlyDictionary<string, JsonElement> Recorded => recorded;

    public override async Task RecordAsync(string key, JsonElement fact, CancellationToken cancellationToken)
    {
        if (recorded.ContainsKey(key)) return;

        using var either = CancellationTokenSource.CreateLinkedTokenSource(held.Lost, cancellationToken);
        var kept = fact.Clone();
        await facts.ReportAsync(held.TaskToken, key, kept, either.Token);
        ImmutableInterlocked.TryAdd(ref recorded, key, kept);
    }

    public override void Progress(double? fraction, string message)
    {
        var now = clocks.SystemClock.GetTimestamp();
        var last = Interlocked.Read(ref shownAt);
        if (last != 0 && fraction is not >= 1 && clocks.SystemClock.GetElapsedTime(last, now) < progressInterval) return;

        Interlocked.Exchange(ref shownAt, now);
        var said = new ProgressMessage(held.TaskToken, fraction, message, clocks.EnvironmentClock.GetUtcNow());
        // To whoever may be showing it to people.
        foreach (var server in map.View.Servers.Where(server => server.Info.Roles.HasFlag(ServerRoles.Api)))
            bus.Producer<ProgressMessage>(Queues.Server(server.Info.Name), QueueKind.Passing).Post(said);
    }

    public override IAsyncEnumerable<JournaledFact> FactsAsync(CancellationToken cancellationToken) => journal.FactsAsync(0, message.Root, cancellationToken);

    public override Task<ImmutableArray<JournaledApproval>> ApprovalsAsync(CancellationToken cancellationToken) =>
        TreeApprovals.ReadAsync(journal, message.Root, cancellationToken);
}
