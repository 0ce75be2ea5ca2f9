using System.Collections.Immutable;
using Npgsql;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Workflows.Storage.Postgres;

/// <summary>As whom a process appends.</summary>
/// <param name="Joined">It is a server, and can be evicted.</param>
internal sealed record Writer(string Id, bool Joined);

/// <summary>
/// The servers in the store, by the server's clock, on a connection of their own: an append that takes long must not silence a server.
/// Each call is one transaction and one round trip.
/// </summary>
internal sealed class PostgresMembership(PostgresDatabase database) : IMembership, IAsyncDisposable
{
    // Whoever changes who is alive or who has a shard does it alone.
    private const string Alone = "SELECT pg_advisory_xact_lock(5721381901321466370)";

    private const string View = """
        SELECT instance, name, roles, tags, slots, version, origin, joined_at, seen_at, draining, format FROM servers ORDER BY joined_at, instance
        """;

    private const string Owners = "SELECT shard, owner FROM shards ORDER BY shard";

    // What all know, and those that are silent still count.
    private const string NewerIsKnown = "(SELECT in_force FROM formats) < (SELECT min(format) FROM servers)";

    private const string RaiseFormat = $"UPDATE formats SET in_force = (SELECT min(format) FROM servers) WHERE {NewerIsKnown}";

    // A writer's row is held by a transaction under way: this waits for it, and stops those that come.
    private const string Gone = """
         RETURNING instance),
        barred AS (DELETE FROM writers USING gone WHERE writers.id = gone.instance)
        UPDATE shards SET owner = NULL FROM gone WHERE shards.owner = gone.instance
        """;

    private const string EvictSilent = $"WITH gone AS (DELETE FROM servers WHERE seen_at < clock_timestamp() - $1 AND instance <> $2{Gone}";

    private const string EvictOne = $"WITH gone AS (DELETE FROM servers WHERE instance = $1{Gone}";

    private readonly SemaphoreSlim turn = new(1);
    private NpgsqlConnection? connection;
    private string? joined;

    /// <summary>As whom this process appends from now on.</summary>
    public Writer Writer { get; private set; } = new($"process-{Guid.NewGuid():N}", Joined: false);

    public async Task<MembershipView> HeartbeatAsync(ServerInfo server, bool draining, TimeSpan failureTimeout, CancellationToken cancellationToken)
    {
        var joins = joined != server.Instance;
        var judges = failureTimeout != Timeout.InfiniteTimeSpan;
        return await TransactAsync(
            async batch =>
            {
                if (joins)
                {
                    Add(batch, Alone);
                    if (judges) Add(batch, EvictSilent, failureTimeout, server.Instance);
                    Add(
                        batch,
                        """
                        INSERT INTO servers (instance, name, roles, tags, slots, version, joined_at, seen_at, draining, origin, format)
                        SELECT $1, $2, $3, $4, $5, $6, clock_timestamp(), clock_timestamp(), $7, $8, $9
                        WHERE NOT EXISTS (SELECT FROM servers WHERE name = $2 AND instance <> $1)
                        AND (SELECT in_force FROM formats) BETWEEN $10 AND $9
                        ON CONFLICT (instance) DO UPDATE SET seen_at = excluded.seen_at
                        """,
                        server.Instance, server.Name, (int)server.Roles, server.Tags.ToArray(), server.Slots, server.Version, draining, server.Origin, server.ProtocolVersion, ProtocolVersions.Oldest);
                    Add(batch, "INSERT INTO writers (id, batch) SELECT instance, 0 FROM servers WHERE instance = $1 ON CONFLICT (id) DO NOTHING", server.Instance);
                    Add(batch, RaiseFormat);
                }
                else
                {
                    Add(batch, "UPDATE servers SET seen_at = clock_timestamp(), draining = $2 WHERE instance = $1", server.Instance, draining);
                    if (judges)
                    {
                        Add(batch, $"{Alone} WHERE EXISTS (SELECT FROM servers WHERE seen_at < clock_timestamp() - $1 AND instance <> $2)", failureTimeout, server.Instance);
                        Add(batch, EvictSilent, failureTimeout, server.Instance);
                    }

                    Add(batch, $"{Alone} WHERE {NewerIsKnown}");
                    Add(batch, RaiseFormat);
                }

                var view = await ReadAsync(batch, cancellationToken);
                if (view.Find(server.Instance) is null)
                    throw joins ? Refusal(server, view) : new FencedException(server.Instance);
                if (joins) (joined, Writer) = (server.Instance, new Writer(server.Instance, Joined: true));
                return view;
            },
            cancellationToken);
    }

    public Task<MembershipView> ChangeShardsAsync(ImmutableArray<int> claimed, ImmutableArray<int> released, CancellationToken cancellationToken) => TransactAsync(
        async batch =>
        {
            var me = joined ?? throw new InvalidOperationException("A server that has not joined has no shards.");
            Add(batch, Alone);
            Add(batch, "UPDATE shards SET owner = NULL WHERE shard = ANY ($1) AND owner = $2", released.ToArray(), me);
            Add(
                batch, "UPDATE shards SET owner = $2 WHERE shard = ANY ($1) AND owner IS NULL AND EXISTS (SELECT FROM servers WHERE instance = $2)",
                claimed.ToArray(), me);
            var view = await ReadAsync(batch, cancellationToken);
            return view.Find(me) is null ? throw new FencedException(me) : view;
        },
        cancellationToken);

    public Task EvictAsync(string instance, CancellationToken cancellationToken) => TransactAsync(
        async batch =>
        {
            Add(batch, Alone);
            Add(batch, EvictOne, instance);
            return await ReadAsync(batch, cancellationToken);
        },
        cancellationToken);

    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        if (joined is not { } me) return;

        await TransactAsync(
            async batch =>
            {
                Add(batch, Alone);
                Add(batch, EvictOne, me);
                return await ReadAsync(batch, cancellationToken);
            },
            cancellationToken);
        joined = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (connection is not null) await connection.DisposeAsync();
        turn.Dispose();
    }

    private static Exception Refusal(ServerInfo server, MembershipView view) =>
        view.Servers.FirstOrDefault(other => other.Info.Name == server.Name) is { } holder ? new ServerNameTakenException(holder.Info)
        : (Exception?)ProtocolVersionRefusedException.Check(view.ProtocolVersion, server.ProtocolVersion) ?? new FencedException(server.Instance);

    /// <summary>Throws <see cref="JournalUnavailableException"/> when the server does not answer: whoever announces himself must know.</summary>
    private async Task<MembershipView> TransactAsync(Func<NpgsqlBatch, Task<MembershipView>> transact, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            // The connection may have been cut since the last time; a new one tells whether the server is there.
            for (var again = connection is not null; ; again = false)
            {
                try
                {
                    connection ??= await database.ConnectAsync(cancellationToken);
                    await using var batch = new NpgsqlBatch(connection) { Timeout = 5 };
                    return await transact(batch);
                }
                catch (Exception error) when (PostgresFault.IsPassing(error) && !cancellationToken.IsCancellationRequested)
                {
                    connection?.Dispose();
                    connection = null;
                    if (!again) throw new JournalUnavailableException(database.Explain(error), error);
                }
            }
        }
        finally
        {
            turn.Release();
        }
    }

    private static async Task<MembershipView> ReadAsync(NpgsqlBatch batch, CancellationToken cancellationToken)
    {
        Add(batch, View);
        Add(batch, Owners);
        Add(batch, "SELECT in_force FROM formats");
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        while (reader.FieldCount == 0 || reader.GetName(0) != "instance") await reader.NextResultAsync(cancellationToken);
        var servers = ImmutableArray.CreateBuilder<ServerState>();
        while (await reader.ReadAsync(cancellationToken))
        {
            servers.Add(new ServerState(
                new ServerInfo(
                    reader.GetString(1), reader.GetString(0), (ServerRoles)reader.GetInt32(2), [.. reader.GetFieldValue<string[]>(3)], reader.GetInt32(4), reader.GetString(5))
                {
                    Origin = reader.GetString(6),
                    ProtocolVersion = reader.GetInt32(10),
                },
                reader.GetFieldValue<DateTimeOffset>(7), reader.GetFieldValue<DateTimeOffset>(8), reader.GetBoolean(9)));
        }

        await reader.NextResultAsync(cancellationToken);
        var owners = ImmutableArray.CreateBuilder<string?>(Shards.Count);
        while (await reader.ReadAsync(cancellationToken)) owners.Add(reader.IsDBNull(1) ? null : reader.GetString(1));
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new MembershipView(servers.ToImmutable(), owners.ToImmutable()) { ProtocolVersion = reader.GetInt32(0) };
    }

    private static void Add(NpgsqlBatch batch, string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        batch.BatchCommands.Add(command);
    }
}
