using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Orchestrator.Simulation.Checks;
using Orchestrator.Simulation.Faults;
using Orchestrator.Simulation.Machine;
using Orchestrator.Workflows.Model.Activities;
using Orchestrator.Workflows.Model.Events;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Storage.Memory;

namespace Orchestrator.Simulation.Storage;

/// <summary>
/// One server's way to the store that all share: every operation takes time both ways, may fail before it is done or after,
/// or be done when nobody waits for it any more. The store itself is the memory journal's.
/// </summary>
internal sealed class StoreConnection : IJournal, IMembership
{
    private static readonly TimeSpan longestFailureTimeout = TimeSpan.FromSeconds(3);

    private readonly MemoryStore store;
    private MemoryMembership.Seat seat;
    private readonly Life life;
    private readonly Life outside;
    private readonly StoreFaults faults;
    private readonly Random chance;
    private readonly InvariantChecker checker;
    private readonly Mutation? mutation;

    // Of all connections: the memory journal keeps none.
    private readonly Dictionary<RunId, (long Version, byte[] State)> snapshots;

    public StoreConnection(MemoryStore store, Life life, Life outside, StoreFaults faults, Random chance, InvariantChecker checker, Dictionary<RunId, (long Version, byte[] State)> snapshots, Mutation? mutation)
    {
        this.snapshots = snapshots;
        (this.store, this.life, this.outside, this.faults, this.chance, this.checker, this.mutation) = (store, life, outside, faults, chance, checker, mutation);
        seat = store.Members.Take();
        Tail = new JournalTail(store.Tail.Position);
        Follow();
    }

    public string Name => life.Name;

    public IMembership Members => this;

    /// <summary>Follows the store's, later.</summary>
    public JournalTail Tail { get; }

    /// <summary>The instance under which the server joins, or has joined.</summary>
    public string? Instance { get; private set; }

    /// <summary>New entries are in the store: brings them to this server's tail, unless the way is cut.</summary>
    public void Notice() => life.Timeline.After(Delay(), life, () =>
    {
        if (faults.Cut) return;
        var entries = store.ReadPage(Tail.Position, null, 512);
        if (mutation == Mutation.TailSkipsEntries && entries.Count > 1) entries.RemoveAt(0);
        Tail.Publish([.. entries]);
    });

    // A notice may be lost; then the next look finds what it was about.
    private void Follow() => life.Timeline.After(TimeSpan.FromSeconds(1), life, () =>
    {
        Notice();
        Follow();
    });

    public Task<AppendResult> AppendAsync(Transition transition)
    {
        // Of the instance that asks, whatever the server is called by the time it is done.
        var (asking, instance) = (seat, Instance);
        return CallAsync($"append {transition.Run} v{transition.Expected + 1}", late =>
        {
            if (mutation == Mutation.StoreIgnoresVersions) transition = transition with { Expected = store.Load(transition.Run)?.Entries.Count ?? 0 };
            var appended = store.Append(transition, mutation == Mutation.StoreIgnoresFence ? store.Members.Take() : asking);
            if (!appended.Conflict) checker.Appended(Name, instance, transition, appended, late);
            return mutation == Mutation.StoreForgetsLockUpdates && chance.Next(2) == 0 ? appended with { LockUpdates = [] } : appended;
        });
    }

    public Task<bool[]> LeaseAsync(ImmutableArray<LeaseChange> changes) => CallAsync("lease", _ => store.Lease(changes));

    public Task SaveSnapshotAsync(RunId run, long version, byte[] state) => CallAsync("snapshot", _ =>
    {
        snapshots[run] = (version, state);
        return true;
    });

    public Task PublishAsync(StoredRunbook runbook) => CallAsync("publish", _ =>
    {
        store.Publish(runbook);
        return true;
    });

    public Task<StoredDocument?> FindDocumentAsync(string key, CancellationToken cancellationToken) => CallAsync("find document", _ => store.FindDocument(key));

    public Task<List<string>> DocumentKeysAsync(string prefix, CancellationToken cancellationToken) => CallAsync("list documents", _ => store.DocumentKeys(prefix));

    public Task<bool> PutDocumentAsync(StoredDocument document) => CallAsync("put document", _ => store.Put(document));

    public Task<StoredRunbook?> FindRunbookAsync(string digest, CancellationToken cancellationToken) => CallAsync("find runbook", _ => store.FindRunbook(digest));

    public Task<StoredRunbook?> FindLatestRunbookAsync(string name, CancellationToken cancellationToken) => CallAsync("find latest runbook", _ => store.FindLatestRunbook(name));

    public Task<StoredRun?> LoadAsync(RunId run, CancellationToken cancellationToken) => CallAsync("load", _ =>
        store.Load(run) is not { } stored ? null
        : snapshots.TryGetValue(run, out var snapshot) ? new StoredRun(stored.Summary, snapshot.State, snapshot.Version, stored.Entries[(int)snapshot.Version..])
        : stored);

    public Task<RunSummary?> FindAsync(RunId run, CancellationToken cancellationToken) => CallAsync("find", _ => store.Find(run));

    public Task<RunPage> ListAsync(RunQuery query, CancellationToken cancellationToken) => CallAsync("list", _ => store.List(query));

    public async IAsyncEnumerable<JournalEntry> ReadAsync(RunId run, long afterVersion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var entry in await CallAsync("read", _ => store.Read(run, afterVersion))) yield return entry;
    }

    public Task<List<JournalEntry>> ReadPageAsync(long afterPosition, RunId? run, int limit, CancellationToken cancellationToken) =>
        CallAsync("read page", _ => store.ReadPage(afterPosition, run, limit));

    public StoreUnavailable? Unavailable => null;

    public ValueTask<ImmutableArray<LockView>> LocksAsync(CancellationToken cancellationToken) => new(CallAsync("locks", _ => store.Locks()));

    public async IAsyncEnumerable<JournaledFact> FactsAsync(long afterPosition, RunId? root, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var fact in await CallAsync("facts", _ => store.Facts(afterPosition, root))) yield return fact;
    }

    public Task<List<PendingTask>> PendingTasksAsync(DateTimeOffset leaseEndsBefore, CancellationToken cancellationToken) =>
        CallAsync("pending tasks", _ => mutation == Mutation.StoreForgetsTasks ? [] : store.PendingTasks(leaseEndsBefore));

    public Task<List<PendingTimer>> PendingTimersAsync(CancellationToken cancellationToken) => 
        CallAsync("pending timers", _ => mutation == Mutation.StoreForgetsTimers ? [] : store.PendingTimers());

    public Task<List<Message>> PendingMessagesAsync(CancellationToken cancellationToken) => 
        CallAsync("pending messages", _ => mutation == Mutation.StoreForgetsMessages ? [] : store.PendingMessages());

    public Task<ImmutableArray<LockUpdate>> UntoldLocksAsync(CancellationToken cancellationToken) => 
        CallAsync("untold locks", _ => mutation == Mutation.StoreForgetsLockUpdates ? [] : store.UntoldLocks());

    public Task<MembershipView> HeartbeatAsync(ServerInfo server, bool draining, TimeSpan failureTimeout, CancellationToken cancellationToken)
    {
        if (server.Instance != Instance) (seat, Instance) = (store.Members.Take(), server.Instance);
        var asking = seat;
        return CallAsync("beat", _ =>
        {
            // A server that was evicted is let in again as if nothing had been.
            if (mutation == Mutation.StoreIgnoresFence && store.Members.View().Find(server.Instance) is null) asking = seat = store.Members.Take();
            var view = Done(asking.HeartbeatAsync(server, draining, failureTimeout, cancellationToken));
            return mutation == Mutation.StoreRaisesFormatsEarly ? view with { ProtocolVersion = ProtocolVersions.Newest } : view;
        });
    }

    public Task<MembershipView> ChangeShardsAsync(ImmutableArray<int> claimed, ImmutableArray<int> released, CancellationToken cancellationToken)
    {
        var asking = seat;
        var me = Instance;
        return CallAsync($"claim {claimed.Length} and release {released.Length} shards", _ =>
        {
            var view = Done(asking.ChangeShardsAsync(claimed, released, cancellationToken));
            return mutation == Mutation.StoreGivesShardsTwice ? view with { Owners = [.. view.Owners.Select((owner, shard) => claimed.Contains(shard) ? me : owner)] } : view;
        });
    }

    public Task EvictAsync(string instance, CancellationToken cancellationToken)
    {
        var asking = seat;
        return CallAsync($"expel {instance}", _ => asking.EvictAsync(instance, cancellationToken).IsCompleted);
    }

    public Task LeaveAsync(CancellationToken cancellationToken)
    {
        var asking = seat;
        return CallAsync("leave", _ =>
        {
            asking.LeaveAsync(cancellationToken);
            return true;
        });
    }

    public Task<long> AddAuditEventAsync(AuditEvent auditEvent, StoredRunbook? runbook) => CallAsync("audit event", _ => store.AddAuditEvent(auditEvent, runbook));

    public Task<List<AuditEvent>> AuditEventsAsync(long afterPosition, int limit, CancellationToken cancellationToken) =>
        CallAsync("audit events", _ => store.AuditEvents(afterPosition, limit));

    public Task<List<AuditEvent>> LatestAuditEventsAsync(AuditQuery query, long beforePosition, int limit, CancellationToken cancellationToken) =>
        CallAsync("latest audit events", _ => store.LatestAuditEvents(query, beforePosition, limit));

    public Task<List<RunAuditEvent>> RunAuditAsync(AuditQuery query, (long Position, int Number) before, int limit, CancellationToken cancellationToken) =>
        CallAsync("audit of runs", _ => store.RunAudit(query, before, limit));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The memory membership answers at once.</summary>
    private static T Done<T>(Task<T> answered) => answered.GetAwaiter().GetResult();

    /// <param name="operation">What the store does; told whether nobody waits for it any more.</param>
    private Task<T> CallAsync<T>(string what, Func<bool, T> operation)
    {
        var answer = new TaskCompletionSource<T>();
        var timeline = life.Timeline;
        var fate = chance.NextDouble();
        if (faults.Cut || fate < faults.Refused)
        {
            Lose(answer, $"{what}: the store cannot be reached", faults.Cut ? FailureTimeout() : Delay());
        }
        else if (fate < faults.Refused + faults.Late)
        {
            var lost = FailureTimeout();
            Lose(answer, $"{what}: the store does not answer in time", lost);
            timeline.After(lost + FailureTimeout(), outside, () => Try(() => operation(true), out _));
        }
        else
        {
            timeline.After(Delay(), outside, () =>
            {
                var error = Try(() => operation(false), out var result);
                if (faults.Cut || fate > 1 - faults.Unanswered) Lose(answer, $"{what}: the connection to the store broke", FailureTimeout());
                else if (error is null) timeline.After(Delay(), life, () => answer.TrySetResult(result!));
                else timeline.After(Delay(), life, () => answer.TrySetException(error));
            });
        }

        return answer.Task;
    }

    private static Exception? Try<T>(Func<T> operation, out T? result)
    {
        result = default;
        try
        {
            result = operation();
            return null;
        }
        catch (Exception error) when (error is FencedException or ServerNameTakenException or ProtocolVersionRefusedException)
        {
            return error;
        }
    }

    private void Lose<T>(TaskCompletionSource<T> answer, string why, TimeSpan after) => life.Timeline.After(after, life, () =>
    {
        if (life.Timeline.History.IsTraced) life.Timeline.History.Say(life.Name, $"store: {why}");
        answer.TrySetException(new StoreLostException(why));
    });

    private TimeSpan Delay() => TimeSpan.FromTicks(1 + chance.NextInt64(faults.Slowness.Ticks));

    private TimeSpan FailureTimeout() => TimeSpan.FromTicks(1 + chance.NextInt64(longestFailureTimeout.Ticks));
}
