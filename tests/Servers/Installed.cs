namespace Orchestrator.Servers;

/// <summary>Where the servers' programs are on this machine.</summary>
internal static class Installed
{
    private const string PostgresRoot = "/usr/lib/postgresql";
    private const string RabbitRoot = "/usr/lib/rabbitmq/bin";

    /// <summary>The folder of <c>initdb</c>, <c>postgres</c> and <c>psql</c>: Debian's version 15, else Debian's newest, else the path.</summary>
    public static string? PostgresFolder { get; } = FindPostgres();

    /// <summary>The folder of <c>rabbitmq-server</c> and <c>rabbitmqctl</c>. Debian's programs on the path insist on root; those behind them do not.</summary>
    public static string? RabbitFolder { get; } =
        File.Exists(Path.Combine(RabbitRoot, "rabbitmq-server")) ? RabbitRoot : Path.GetDirectoryName(Find("rabbitmq-server"));

    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    public static bool HasUser(string name) => File.ReadLines("/etc/passwd").Any(line => line.StartsWith($"{name}:", StringComparison.Ordinal));

    private static string? FindPostgres()
    {
        var debian = Directory.Exists(PostgresRoot)
            ? Directory.EnumerateDirectories(PostgresRoot)
                .Where(folder => File.Exists(Path.Combine(folder, "bin", "initdb")))
                .OrderByDescending(folder => Path.GetFileName(folder) == "15")
                .ThenByDescending(folder => int.TryParse(Path.GetFileName(folder), out var version) ? version : 0)
                .FirstOrDefault()
            : null;
        return debian is not null ? Path.Combine(debian, "bin") : Path.GetDirectoryName(Find("initdb"));
    }
}
