using System.Collections.Immutable;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Membership;

/// <summary>What this server knows of the others at the moment. Read by everybody, written by <see cref="OwnMembership"/>.</summary>
internal sealed class MembershipTracker(ServerInfo me)
{
    private volatile ServerInfo self = me;
    private volatile MembershipView view = MembershipView.Empty;
    private volatile string?[] engines = new string?[Shards.Count];
    private ulong open;
    private int workers;

    /// <summary>This server, as it last joined.</summary>
    public ServerInfo Self => self;

    public MembershipView View => view;

    /// <summary>In which this server writes; never one that it does not know.</summary>
    public int ProtocolVersion => Math.Min(view.ProtocolVersion, self.ProtocolVersion);

    /// <summary>Raised after each change, on the thread that made it.</summary>
    public event Action? Changed;

    /// <summary>True: this server decides the run now.</summary>
    public bool Owns(RunId run) => Owns(Shards.Of(run));

    public bool Owns(int shard) => (Volatile.Read(ref open) >> shard & 1) == 1;

    /// <summary>At least one shard is open here.</summary>
    public bool OwnsAny => Volatile.Read(ref open) != 0;

    /// <summary>Name of the server whose engine has the run; null while none has.</summary>
    public string? EngineOf(RunId run) => engines[Shards.Of(run)];

    /// <summary>No other server shares the store.</summary>
    public bool IsAlone => view.Servers.Length <= 1;

    /// <summary>True when the instance is of this cluster and alive.</summary>
    public bool IsAlive(string instance) => view.Find(instance) is not null;

    /// <summary>Workers that take new tasks with these tags.</summary>
    public int Workers(ImmutableArray<string> tags) => tags.IsDefaultOrEmpty
        ? Volatile.Read(ref workers)
        : view.Servers.Count(server => TakesTasks(server) && tags.All(server.Info.Tags.Contains));

    public void Rejoin(ServerInfo server) => self = server;

    public void See(MembershipView seen)
    {
        var names = seen.Servers.ToDictionary(server => server.Info.Instance, server => server.Info.Name, StringComparer.Ordinal);
        engines = [.. seen.Owners.Select(owner => owner is not null && names.TryGetValue(owner, out var name) ? name : null)];
        Volatile.Write(ref workers, seen.Servers.Count(TakesTasks));
        view = seen;
        Changed?.Invoke();
    }

    public void Open(IEnumerable<int> shards)
    {
        foreach (var shard in shards) Interlocked.Or(ref open, 1UL << shard);
        Changed?.Invoke();
    }

    public void Close(IEnumerable<int> shards)
    {
        foreach (var shard in shards) Interlocked.And(ref open, ~(1UL << shard));
    }

    /// <summary>The queues of tasks that a worker with these tags reads: of each set of them that a step may ask for.</summary>
    public static IEnumerable<string> TaskQueues(Lane lane, ImmutableArray<string> tags)
    {
        for (var set = 0; set < 1 << tags.Length; set++)
        {
            yield return Queues.Tasks(lane, [.. tags.Where((_, index) => (set >> index & 1) == 1)]);
        }
    }

    private static bool TakesTasks(ServerState server) => !server.Draining && server.Info.Roles.HasFlag(ServerRoles.Worker);
}
