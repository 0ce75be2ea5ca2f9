using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Orchestrator.Servers;

/// <summary>
/// A real PostgreSQL on a free loopback port with a data folder of its own, durable as in production (fsync on), stopped and deleted
/// when disposed. Start one for many tests, and give each a database of its own.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string Administrator = "postgres";
    private static readonly TimeSpan WaitLimit = TimeSpan.FromMinutes(3);

    private readonly string _folder;
    private readonly ImmutableArray<string> _settings;
    private ServerProcess? _process;
    private int _databases;

    private PostgresServer(string folder, int port, ImmutableArray<string> settings)
    {
        _folder = folder;
        Port = port;
        _settings = settings;
    }

    public int Port { get; }

    public int ProcessId => _process?.Id ?? throw new InvalidOperationException("PostgreSQL is stopped.");

    /// <summary>What the server wrote last.</summary>
    public string Log => _process?.Output ?? "";

    /// <summary>Needs <see cref="ServerAvailability.HasPostgres"/>.</summary>
    /// <param name="settings">As in postgresql.conf: <c>max_connections=20</c>.</param>
    public static Task<PostgresServer> StartAsync(params string[] settings) => StartAsync(null, settings);

    /// <summary>One that speaks TLS too, with a certificate of this authority for 127.0.0.1 and localhost.</summary>
    public static Task<PostgresServer> StartAsync(Authority authority) => StartAsync(authority, []);

    /// <summary>One that an island reaches too.</summary>
    public static Task<PostgresServer> StartAsync(NetworkIsland island) => StartAsync(null, [$"listen_addresses=127.0.0.1,{island.Shore}"]);

    private static async Task<PostgresServer> StartAsync(Authority? authority, string[] settings)
    {
        if (!ServerAvailability.HasPostgres)
        {
            throw new InvalidOperationException(ServerAvailability.WhyNoPostgres);
        }

        var folder = Directory.CreateTempSubdirectory("orchestrator-postgres-").FullName;
        string[] tls = authority is null ? [] : ["ssl=on", $"ssl_cert_file={folder}/{Authority.CertificateFile}", $"ssl_key_file={folder}/{Authority.KeyFile}"];
        var server = new PostgresServer(folder, FreePort.Take(), [.. settings, .. tls]);
        try
        {
            authority?.Write(folder);
            await server.InitializeAsync();
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A connection string for Npgsql. The administrator needs no password; everyone else does.</summary>
    public string ConnectionString(string database = Administrator, string user = Administrator, string? password = null, int? port = null, string host = "127.0.0.1")
    {
        var secret = password is null ? "" : $";Password={password}";
        return string.Create(CultureInfo.InvariantCulture, $"Host={host};Port={port ?? Port};Username={user}{secret};Database={database}");
    }

    /// <summary>Makes an empty database; gives its name.</summary>
    public async Task<string> CreateDatabaseNamedAsync(CancellationToken cancellationToken = default)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"test_{Interlocked.Increment(ref _databases)}");
        await ExecuteAsync($"CREATE DATABASE {name}", cancellationToken: cancellationToken);
        return name;
    }

    /// <summary>Makes an empty database; gives the connection string to it.</summary>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellationToken = default) =>
        ConnectionString(await CreateDatabaseNamedAsync(cancellationToken));

    /// <summary>Runs SQL as the administrator; gives the rows, a line each, columns divided by <c>|</c>.</summary>
    public async Task<string> ExecuteAsync(string sql, string database = Administrator, CancellationToken cancellationToken = default) =>
        (await ServerProcess.RunAsync(
            null, Program("psql"),
            ["-h", "127.0.0.1", "-p", Port.ToString(CultureInfo.InvariantCulture), "-U", Administrator, "-d", database, "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", sql],
            cancellationToken)).TrimEnd('\n');

    /// <summary>Breaks every connection to a database, as an administrator would; gives how many.</summary>
    public async Task<int> CutConnectionsAsync(string database) =>
        int.Parse(
            await ExecuteAsync($"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{database}' AND pid <> pg_backend_pid()"),
            CultureInfo.InvariantCulture);

    /// <summary>Starts a stopped server on its port and its data.</summary>
    public async Task StartAsync()
    {
        string[] fixedSettings =
        [
            "listen_addresses=127.0.0.1", string.Create(CultureInfo.InvariantCulture, $"port={Port}"), "unix_socket_directories=", "fsync=on", "max_connections=200",
        ];
        var arguments = new[] { "-D", Path.Combine(_folder, "data") }.Concat(fixedSettings.Concat(_settings).SelectMany(setting => new[] { "-c", setting }));
        _process = Start("postgres", arguments);
        await _process.WhenSaidAsync("database system is ready to accept connections", WaitLimit);
    }

    /// <summary>Ends every connection, writes a checkpoint and stops; with <paramref name="immediately"/> as after a power cut, to recover at the next start.</summary>
    public async Task StopAsync(bool immediately = false)
    {
        if (_process is { } process)
        {
            process.Signal(immediately ? PosixSignal.SIGQUIT : PosixSignal.SIGINT);
            await EndAsync(process);
        }
    }

    public async Task RestartAsync(bool immediately = false)
    {
        await StopAsync(immediately);
        await StartAsync();
    }

    /// <summary>kill -9 of the postmaster. Its children notice and end by themselves; this waits for them, as the next start must.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            var children = ProcessTree.Children(process.Id);
            process.Kill();
            await EndAsync(process);
            await ProcessTree.WhenGoneAsync(children, WaitLimit);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(immediately: true);
        Directory.Delete(_folder, recursive: true);
    }

    private async Task EndAsync(ServerProcess process)
    {
        await process.WhenEndedAsync(WaitLimit);
        await process.DisposeAsync();
        _process = null;
    }

    private async Task InitializeAsync()
    {
        if (Environment.IsPrivilegedProcess)
        {
            await ServerProcess.RunAsync(null, "chown", ["-R", "postgres:postgres", _folder]);
        }

        var data = Path.Combine(_folder, "data");
        var (program, arguments) = AsPostgres("initdb", ["-D", data, "-U", Administrator, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]);
        await ServerProcess.RunAsync(null, program, arguments);
        await File.WriteAllTextAsync(Path.Combine(data, "pg_hba.conf"), $"""
            host all {Administrator} 127.0.0.1/32 trust
            host all {Administrator} 10.213.0.0/16 trust
            host all all 127.0.0.1/32 scram-sha-256

            """);
    }

    private ServerProcess Start(string name, IEnumerable<string> arguments)
    {
        var (program, all) = AsPostgres(name, arguments);
        return ServerProcess.Start(_folder, null, program, all);
    }

    private static string Program(string name) => Path.Combine(Installed.PostgresFolder!, name);

    /// <summary>PostgreSQL refuses root. setpriv becomes the program, so that its process is the server's.</summary>
    private static (string Program, IEnumerable<string> Arguments) AsPostgres(string name, IEnumerable<string> arguments) =>
        Environment.IsPrivilegedProcess
            ? ("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", Program(name), .. arguments])
            : (Program(name), arguments);
}
