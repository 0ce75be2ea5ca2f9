using Npgsql;
using NpgsqlTypes;

namespace Orchestrator.Workflows.Storage.Postgres;

/// <summary>
/// A statement on many rows at once: its parameters are columns, filled row by row and sent as arrays. Kept and filled anew for each
/// transaction, since it runs thousands of times a second. For one thread.
/// </summary>
internal sealed class PostgresStatement(string sql)
{
    private readonly NpgsqlBatchCommand command = new(sql);
    private readonly List<Action> clear = [];

    /// <summary>True: it is part of the next transaction.</summary>
    public bool IsWanted { get; set; }

    /// <summary>A further parameter, of which each row has a value.</summary>
    public List<T> Column<T>(string type)
    {
        var values = new List<T>();
        command.Parameters.Add(new NpgsqlParameter<List<T>> { TypedValue = values, DataTypeName = $"{type}[]" });
        clear.Add(values.Clear);
        return values;
    }

    /// <summary>A further parameter, with one value.</summary>
    public NpgsqlParameter<T> Value<T>(NpgsqlDbType type)
    {
        var value = new NpgsqlParameter<T> { NpgsqlDbType = type };
        command.Parameters.Add(value);
        return value;
    }

    public void Clear()
    {
        if (!IsWanted) return;
        IsWanted = false;
        foreach (var column in clear) column();
    }

    public void AddTo(NpgsqlBatch batch)
    {
        if (IsWanted) batch.BatchCommands.Add(command);
    }
}
