using Npgsql;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Workflows.Storage.Postgres;

/// <summary>Keeps what people did outside of any run. Few and far between, so each has a transaction of its own.</summary>
internal sealed class PostgresAuditEvents(PostgresDatabase database)
{
    /// <summary>The audit event's position; 0: its subject has another version than the one before it.</summary>
    public Task<long> AddAsync(AuditEvent auditEvent, StoredRunbook? runbook)
    {
        var doubtful = false;
        return database.ReadAsync(async (opened, cancellationToken) =>
        {
            var (again, connection) = (doubtful, (NpgsqlConnection)opened);
            doubtful = true;
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            // One after the other over all servers: positions have no gaps.
            await using (var alone = new NpgsqlCommand("LOCK TABLE audit_events IN SHARE ROW EXCLUSIVE MODE", connection)) await alone.ExecuteNonQueryAsync(cancellationToken);
            var position = await PositionAsync(connection, auditEvent, """
                INSERT INTO audit_events SELECT 1 + coalesce(max(position), 0), $1, $2, $3, $4, $5, $6 FROM audit_events
                HAVING $2 = 1 + (SELECT coalesce(max(version), 0) FROM audit_events WHERE subject = $1) RETURNING position
                """, cancellationToken);
            if (position == 0)
            {
                // The same audit event is there already when the answer to an earlier try was lost.
                return !again ? 0 : await PositionAsync(
                    connection, auditEvent, "SELECT position FROM audit_events WHERE subject = $1 AND version = $2 AND kind = $3 AND person = $4 AND at = $5 AND body = $6", cancellationToken);
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

    private static async Task<long> PositionAsync(NpgsqlConnection connection, AuditEvent auditEvent, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection)
        {
            Parameters =
            {
                new NpgsqlParameter<string> { TypedValue = auditEvent.Subject },
                new NpgsqlParameter<long> { TypedValue = auditEvent.Version },
                new NpgsqlParameter<string> { TypedValue = auditEvent.Kind },
                new NpgsqlParameter<string> { TypedValue = auditEvent.By },
                new NpgsqlParameter<long> { TypedValue = auditEvent.At.UtcTicks },
                new NpgsqlParameter<string> { TypedValue = auditEvent.Body.GetRawText() },
            },
        };
        return (long?)await command.ExecuteScalarAsync(cancellationToken) ?? 0;
    }
}
