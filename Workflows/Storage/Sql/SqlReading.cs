using System.Data.Common;

namespace Orchestrator.Workflows.Storage.Sql;

internal static class SqlReading
{
    /// <summary>Every row that a statement gives.</summary>
    public static Task<List<T>> ReadAsync<T>(
        this ISqlDatabase database, string sql, Func<DbDataReader, T> map, CancellationToken cancellationToken, params (string Name, object Value)[] parameters) =>
        database.ReadAsync((connection, cancellation) => connection.ReadAsync(sql, map, cancellation, parameters), cancellationToken);

    public static async Task<List<T>> ReadAsync<T>(
        this DbConnection connection, string sql, Func<DbDataReader, T> map, CancellationToken cancellationToken, params (string Name, object Value)[] parameters)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }

        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<T>();
        while (await reader.ReadAsync(cancellationToken)) found.Add(map(reader));
        return found;
    }
}
