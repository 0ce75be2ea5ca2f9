using System.Globalization;
using Orchestrator.Servers;

namespace Orchestrator.Bench;

/// <summary>What a PostgreSQL server has written and used.</summary>
/// <param name="WalBytes">Of its write-ahead log.</param>
/// <param name="Cpu">Of all its processes.</param>
internal readonly record struct StoreUsage(long WalBytes, long Commits, TimeSpan Cpu)
{
    public static StoreUsage operator -(StoreUsage after, StoreUsage before) =>
        new(after.WalBytes - before.WalBytes, after.Commits - before.Commits, after.Cpu - before.Cpu);
}

/// <summary>A PostgreSQL server of the bench's own on this machine, durable and configured as Debian has it, with an empty database.</summary>
internal sealed class PostgresStore : IAsyncDisposable
{
    private readonly PostgresServer server;
    private readonly string database;

    private PostgresStore(PostgresServer server, string database)
    {
        this.server = server;
        this.database = database;
    }

    public string ConnectionString => server.ConnectionString(database);

    public static async Task<PostgresStore> StartAsync()
    {
        var server = await PostgresServer.StartAsync();
        return new PostgresStore(server, await server.CreateDatabaseNamedAsync());
    }

    public async Task<StoreUsage> ReadAsync()
    {
        var row = (await server.ExecuteAsync($"SELECT wal_bytes, xact_commit FROM pg_stat_wal, pg_stat_database WHERE datname = '{database}'", database)).Split('|');
        return new StoreUsage(long.Parse(row[0], CultureInfo.InvariantCulture), long.Parse(row[1], CultureInfo.InvariantCulture), Cpu(server.ProcessId));
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    /// <summary>Of a process, its children, and those of its children that have ended.</summary>
    private static TimeSpan Cpu(int parent)
    {
        // In hundredths of a second, whatever the machine: the kernel's unit for processes to read.
        var hundredths = 0L;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var id) || Read(folder) is not { } fields) continue;
            if (id == parent) hundredths += Ticks(13) + Ticks(14) + Ticks(15) + Ticks(16);
            else if (fields[3] == parent.ToString(CultureInfo.InvariantCulture)) hundredths += Ticks(13) + Ticks(14);

            long Ticks(int field) => long.Parse(fields[field], CultureInfo.InvariantCulture);
        }

        return TimeSpan.FromMilliseconds(10 * hundredths);
    }

    /// <summary>The fields of the process's state, by their numbers in proc(5) less one; null for one that has ended.</summary>
    private static string[]? Read(string folder)
    {
        try
        {
            var text = File.ReadAllText(Path.Combine(folder, "stat"));
            return ["", "", .. text[(text.LastIndexOf(')') + 2)..].Split(' ')];
        }
        catch (IOException)
        {
            return null;
        }
    }
}
