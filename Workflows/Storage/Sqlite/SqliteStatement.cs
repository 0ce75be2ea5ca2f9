using System.Text;
using Microsoft.Data.Sqlite;
using Orchestrator.Workflows.Model.Values;
using SQLitePCL;

namespace Orchestrator.Workflows.Storage.Sqlite;

/// <summary>
/// A statement that is prepared once and run many times without allocating: the writer runs a hundred thousand a
/// second. Parameters count from 1 and keep their values until they are bound anew. For one thread.
/// </summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 database;
    private readonly sqlite3_stmt statement;

    public SqliteStatement(SqliteConnection connection, string sql)
    {
        database = connection.Handle!;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out statement), database);
    }

    public SqliteStatement Bind(int index, long value)
    {
        Check(raw.sqlite3_bind_int64(statement, index, value));
        return this;
    }

    public SqliteStatement Bind(int index, bool value) => Bind(index, value ? 1 : 0);

    public SqliteStatement Bind(int index, DateTimeOffset value) => Bind(index, value.UtcTicks);

    public SqliteStatement Bind(int index, DateTimeOffset? value) => value is { } time ? Bind(index, time) : BindNull(index);

    public SqliteStatement Bind(int index, RunId run)
    {
        Span<byte> bytes = stackalloc byte[16];
        run.Value.TryWriteBytes(bytes, bigEndian: true, out _);
        Check(raw.sqlite3_bind_blob(statement, index, bytes));
        return this;
    }

    public SqliteStatement Bind(int index, string? text)
    {
        if (text is null) return BindNull(index);

        Span<byte> space = stackalloc byte[256];
        var bytes = Encoding.UTF8.GetMaxByteCount(text.Length) <= space.Length
            ? space[..Encoding.UTF8.GetBytes(text, space)]
            : Encoding.UTF8.GetBytes(text);
        return Bind(index, bytes);
    }

    public SqliteStatement Bind(int index, StepPath path) => Bind(index, path.Value);

    /// <summary>Text that is UTF-8 already. SQLite copies it.</summary>
    public SqliteStatement Bind(int index, ReadOnlySpan<byte> text)
    {
        Check(raw.sqlite3_bind_text(statement, index, text));
        return this;
    }

    public SqliteStatement BindNull(int index)
    {
        Check(raw.sqlite3_bind_null(statement, index));
        return this;
    }

    /// <summary>Runs it to its end and gives the number of rows changed.</summary>
    public int Execute()
    {
        var code = raw.sqlite3_step(statement);
        raw.sqlite3_reset(statement);
        if (code is not (raw.SQLITE_DONE or raw.SQLITE_ROW)) SqliteException.ThrowExceptionForRC(code, database);
        return raw.sqlite3_changes(database);
    }

    public void Dispose() => statement.Dispose();

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK) SqliteException.ThrowExceptionForRC(code, database);
    }
}
