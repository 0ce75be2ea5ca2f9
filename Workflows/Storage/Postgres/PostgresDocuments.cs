using Npgsql;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Workflows.Storage.Postgres;

/// <summary>Documents are changed seldom, so each change is a transaction of its own.</summary>
internal sealed class PostgresDocuments(PostgresDatabase database)
{
    /// <summary>False: the document has another version than the one before.</summary>
    public Task<bool> PutAsync(StoredDocument document)
    {
        var doubtful = false;
        return database.ReadAsync(async (opened, cancellationToken) =>
        {
            var (again, connection) = (doubtful, (NpgsqlConnection)opened);
            doubtful = true;
            await using var put = Command(connection, document, """
                INSERT INTO documents (key, version, holder, body)
                SELECT $1::text, $2::bigint, $3::text, $4::text WHERE $2 = 1 OR EXISTS (SELECT FROM documents WHERE key = $1)
                ON CONFLICT (key) DO UPDATE SET version = excluded.version, holder = excluded.holder, body = excluded.body
                WHERE documents.version = excluded.version - 1
                """);
            if (await put.ExecuteNonQueryAsync(cancellationToken) > 0) return true;
            if (!again) return false;

            // It is there already when the answer to an earlier try was lost.
            await using var find = Command(
                connection, document, "SELECT true FROM documents WHERE key = $1 AND version = $2 AND holder IS NOT DISTINCT FROM $3::text AND body = $4");
            return await find.ExecuteScalarAsync(cancellationToken) is true;
        }, CancellationToken.None);
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, StoredDocument document, string sql) => new(sql, connection)
    {
        Parameters =
        {
            new NpgsqlParameter<string> { TypedValue = document.Key },
            new NpgsqlParameter<long> { TypedValue = document.Version },
            new NpgsqlParameter { Value = (object?)document.Holder ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text },
            new NpgsqlParameter<string> { TypedValue = document.Body },
        },
    };
}
