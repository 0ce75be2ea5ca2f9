using Npgsql;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Workflows.Storage.Postgres;

/// <summary>Keeps what people did outside of any run. Few and far between, so each has a transaction of its own.</summary>
internal sealed class PostgresDeeds(PostgresDatabase database)
{
    /// <summary>The deed's position; 0: its subject has another version than the one before it.</summary>
    public Task<long> AddAsync(Deed deed, StoredRunbook? runbook)
    {
        var doubtful = false;
        return database.ReadAsync(async (opened, cancellationToken) =>
        {
            var (again, connection) = (doubtful, (NpgsqlConnection)opened);
            doubtful = true;
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            // One after the other over all nodes: positions have no gaps.
            await using (var alone = new NpgsqlCommand("LOCK TABLE deeds IN SHARE ROW EXCLUSIVE MODE", connection)) await alone.ExecuteNonQueryAsync(cancellationToken);
            var position = await PositionAsync(connection, deed, """
                INSERT INTO deeds SELECT 1 + coalesce(max(position), 0), $1, $2, $3, $4, $5, $6 FROM deeds
                HAVING $2 = 1 + (SELECT coalesce(max(version), 0) FROM deeds WHERE subject = $1) RETURNING position
                """, cancellationToken);
            if (position == 0)
            {
                // The same deed is there already when the answer to an earlier try was lost.
                return !again ? 0 : await PositionAsync(
                    connection, deed, "SELECT position FROM deeds WHERE subject = $1 AND version = $2 AND kind = $3 AND person = $4 AND at = $5 AND body = $6", cancellationToken);
            }

            if (runbook is not null)
            {
                await using var batch = new NpgsqlBatch(connection) { BatchCommands = { PostgresTransaction.Publish(runbook) } };
                await batch.ExecuteNonQueryAsync(cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
            return position;
        }, CancellationToken.None);
    }

    private static async Task<long> PositionAsync(NpgsqlConnection connection, Deed deed, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection)
        {
            Parameters =
            {
                new NpgsqlParameter<string> { TypedValue = deed.Subject },
                new NpgsqlParameter<long> { TypedValue = deed.Version },
                new NpgsqlParameter<string> { TypedValue = deed.Kind },
                new NpgsqlParameter<string> { TypedValue = deed.By },
                new NpgsqlParameter<long> { TypedValue = deed.At.UtcTicks },
                new NpgsqlParameter<string> { TypedValue = deed.Body.GetRawText() },
            },
        };
        return (long?)await command.ExecuteScalarAsync(cancellationToken) ?? 0;
    }
}
