using System.Collections.Immutable;
using Npgsql;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Storage.Locks;
using Orchestrator.Workflows.Storage.Sql;

namespace Orchestrator.Workflows.Storage.Postgres;

/// <summary>Locks as last committed by any server, read again when their version has changed.</summary>
internal sealed class SharedLocks(PostgresDatabase database)
{
    private volatile State known = new(-1, [], []);

    public Task<State> ReadAsync(CancellationToken cancellationToken)
    {
        var before = known;
        return database.ReadAsync(
            async (connection, cancellation) =>
            {
                await using var command = new NpgsqlCommand(LockStatements.ReadNewer, (NpgsqlConnection)connection);
                command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = before.Version });
                await using var reader = await command.ExecuteReaderAsync(cancellation);
                var rows = new List<LockRow>();
                var version = before.Version;
                while (await reader.ReadAsync(cancellation))
                {
                    version = reader.GetInt64(0);
                    if (!reader.IsDBNull(2)) rows.Add(SqlRows.ReadLock(reader.GetString(2)));
                }

                if (version == before.Version) return before;

                var table = new LockTable();
                table.Load(rows, lastToken: 0);
                return known = new State(version, table.View(), table.Untold());
            },
            cancellationToken);
    }

    public sealed record State(long Version, ImmutableArray<LockView> View, ImmutableArray<LockUpdate> Untold);
}
