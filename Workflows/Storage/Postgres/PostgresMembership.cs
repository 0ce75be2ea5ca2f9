using System.Collections.Immutable;
using Npgsql;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Workflows.Storage.Postgres;

/// <summary>As whom a process appends.</summary>
/// <param name="Joined">It is a node, and can be declared dead.</param>
internal sealed record Writer(string Id, bool Joined);

/// <summary>
/// The nodes in the store, by the server's clock, on a connection of their own: an append that takes long must not silence a node.
/// Each call is one transaction and one round trip.
/// </summary>
internal sealed class PostgresMembership(PostgresDatabase database) : IMembership, IAsyncDisposable
{
    // Whoever changes who is alive or who has a shard does it alone.
    private const string Alone = "SELECT pg_advisory_xact_lock(5721381901321466370)";

    private const string View = """
        SELECT instance, name, roles, tags, slots, version, origin, joined_at, seen_at, draining, format FROM nodes ORDER BY joined_at, instance
        """;

    private const string Owners = "SELECT shard, owner FROM shards ORDER BY shard";

    // What all know, and those that are silent still count.
    private const string NewerIsKnown = "(SELECT in_force FROM formats) < (SELECT min(format) FROM nodes)";

    private const string RaiseFormat = $"UPDATE formats SET in_force = (SELECT min(format) FROM nodes) WHERE {NewerIsKnown}";

    // A writer's row is held by a transaction under way: this waits for it, and stops those that come.
    private const string Gone = """
         RETURNING instance),
        barred AS (DELETE FROM writers USING gone WHERE writers.id = gone.instance)
        UPDATE shards SET owner = NULL FROM gone WHERE shards.owner = gone.instance
        """;

    private const string Bury = $"WITH gone AS (DELETE FROM nodes WHERE seen_at < clock_timestamp() - $1 AND instance <> $2{Gone}";

    private const string Expel = $"WITH gone AS (DELETE FROM nodes WHERE instance = $1{Gone}";

    private readonly SemaphoreSlim turn = new(1);
    private NpgsqlConnection? connection;
    private string? joined;

    /// <summary>As whom this process appends from now on.</summary>
    public Writer Writer { get; private set; } = new($"process-{Guid.NewGuid():N}", Joined: false);

    public async Task<ClusterView> BeatAsync(NodeInfo node, bool draining, TimeSpan silence, CancellationToken cancellationToken)
    {
        var joins = joined != node.Instance;
        var judges = silence != Timeout.InfiniteTimeSpan;
        return await TransactAsync(
            async batch =>
            {
                if (joins)
                {
                    Add(batch, Alone);
                    if (judges) Add(batch, Bury, silence, node.Instance);
                    Add(
                        batch,
                        """
                        INSERT INTO nodes (instance, name, roles, tags, slots, version, joined_at, seen_at, draining, origin, format)
                        SELECT $1, $2, $3, $4, $5, $6, clock_timestamp(), clock_timestamp(), $7, $8, $9
                        WHERE NOT EXISTS (SELECT FROM nodes WHERE name = $2 AND instance <> $1)
                        AND (SELECT in_force FROM formats) BETWEEN $10 AND $9
                        ON CONFLICT (instance) DO UPDATE SET seen_at = excluded.seen_at
                        """,
                        node.Instance, node.Name, (int)node.Roles, node.Tags.ToArray(), node.Slots, node.Version, draining, node.Origin, node.Format, Formats.Oldest);
                    Add(batch, "INSERT INTO writers (id, batch) SELECT instance, 0 FROM nodes WHERE instance = $1 ON CONFLICT (id) DO NOTHING", node.Instance);
                    Add(batch, RaiseFormat);
                }
                else
                {
                    Add(batch, "UPDATE nodes SET seen_at = clock_timestamp(), draining = $2 WHERE instance = $1", node.Instance, draining);
                    if (judges)
                    {
                        Add(batch, $"{Alone} WHERE EXISTS (SELECT FROM nodes WHERE seen_at < clock_timestamp() - $1 AND instance <> $2)", silence, node.Instance);
                        Add(batch, Bury, silence, node.Instance);
                    }

                    Add(batch, $"{Alone} WHERE {NewerIsKnown}");
                    Add(batch, RaiseFormat);
                }

                var view = await ReadAsync(batch, cancellationToken);
                if (view.Find(node.Instance) is null)
                    throw joins ? Refusal(node, view) : new FencedException(node.Instance);
                if (joins) (joined, Writer) = (node.Instance, new Writer(node.Instance, Joined: true));
                return view;
            },
            cancellationToken);
    }

    public Task<ClusterView> ChangeShardsAsync(ImmutableArray<int> claimed, ImmutableArray<int> released, CancellationToken cancellationToken) => TransactAsync(
        async batch =>
        {
            var me = joined ?? throw new InvalidOperationException("A node that has not joined has no shards.");
            Add(batch, Alone);
            Add(batch, "UPDATE shards SET owner = NULL WHERE shard = ANY ($1) AND owner = $2", released.ToArray(), me);
            Add(
                batch, "UPDATE shards SET owner = $2 WHERE shard = ANY ($1) AND owner IS NULL AND EXISTS (SELECT FROM nodes WHERE instance = $2)",
                claimed.ToArray(), me);
            var view = await ReadAsync(batch, cancellationToken);
            return view.Find(me) is null ? throw new FencedException(me) : view;
        },
        cancellationToken);

    public Task ExpelAsync(string instance, CancellationToken cancellationToken) => TransactAsync(
        async batch =>
        {
            Add(batch, Alone);
            Add(batch, Expel, instance);
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
                Add(batch, Expel, me);
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

    private static Exception Refusal(NodeInfo node, ClusterView view) =>
        view.Nodes.FirstOrDefault(other => other.Info.Name == node.Name) is { } holder ? new NodeNameTakenException(holder.Info)
        : (Exception?)FormatRefusedException.Check(view.Format, node.Format) ?? new FencedException(node.Instance);

    /// <summary>Throws <see cref="JournalUnavailableException"/> when the server does not answer: whoever announces himself must know.</summary>
    private async Task<ClusterView> TransactAsync(Func<NpgsqlBatch, Task<ClusterView>> transact, CancellationToken cancellationToken)
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
                catch (Exception error) when (PostgresProblem.IsPassing(error) && !cancellationToken.IsCancellationRequested)
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

    private static async Task<ClusterView> ReadAsync(NpgsqlBatch batch, CancellationToken cancellationToken)
    {
        Add(batch, View);
        Add(batch, Owners);
        Add(batch, "SELECT in_force FROM formats");
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        while (reader.FieldCount == 0 || reader.GetName(0) != "instance") await reader.NextResultAsync(cancellationToken);
        var nodes = ImmutableArray.CreateBuilder<NodeState>();
        while (await reader.ReadAsync(cancellationToken))
        {
            nodes.Add(new NodeState(
                new NodeInfo(
                    reader.GetString(1), reader.GetString(0), (NodeRoles)reader.GetInt32(2), [.. reader.GetFieldValue<string[]>(3)], reader.GetInt32(4), reader.GetString(5))
                {
                    Origin = reader.GetString(6),
                    Format = reader.GetInt32(10),
                },
                reader.GetFieldValue<DateTimeOffset>(7), reader.GetFieldValue<DateTimeOffset>(8), reader.GetBoolean(9)));
        }

        await reader.NextResultAsync(cancellationToken);
        var owners = ImmutableArray.CreateBuilder<string?>(Shards.Count);
        while (await reader.ReadAsync(cancellationToken)) owners.Add(reader.IsDBNull(1) ? null : reader.GetString(1));
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new ClusterView(nodes.ToImmutable(), owners.ToImmutable()) { Format = reader.GetInt32(0) };
    }

    private static void Add(NpgsqlBatch batch, string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        batch.BatchCommands.Add(command);
    }
}
