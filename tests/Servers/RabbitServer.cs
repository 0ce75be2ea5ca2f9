using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Orchestrator.Servers;

/// <summary>
/// A real RabbitMQ on a free loopback port with folders and a port mapper of its own, so that it shares nothing with another one on the
/// machine; stopped and deleted when disposed. It takes five seconds to start: start one for many tests, and give each a virtual host.
/// </summary>
public sealed class RabbitServer : IAsyncDisposable
{
    private const string User = "orchestrator";
    private static readonly TimeSpan WaitLimit = TimeSpan.FromMinutes(4);

    private readonly string _folder;
    private readonly string _home;
    private readonly int _mapperPort;
    private readonly bool _hasMapper;
    private readonly int _nodePort = FreePort.Take();
    private readonly int _virtualHosts;
    private ServerProcess? _mapper;
    private ServerProcess? _process;
    private int _taken;

    private RabbitServer(string folder, int virtualHosts)
    {
        (_folder, _home, _virtualHosts) = (folder, folder, virtualHosts);
        (_mapperPort, _hasMapper) = (FreePort.Take(), true);
    }

    /// <summary>A node of a cluster, not started: the nodes share a home, where their cookie is, and a port mapper that is not theirs.</summary>
    internal RabbitServer(string home, string name, int mapperPort, int virtualHosts, string password, params IEnumerable<string> settings)
    {
        (_folder, _home, _mapperPort, _virtualHosts) = (Path.Combine(home, name), home, mapperPort, virtualHosts);
        (NodeName, Password, Settings) = ($"{name}@localhost", password, [.. settings]);
        WriteFiles();
    }

    /// <summary>As Erlang knows it.</summary>
    public string NodeName { get; } = "rabbit@localhost";

    public int Port { get; } = FreePort.Take();

    /// <summary>The password of the user of <see cref="Uri"/>.</summary>
    public string Password { get; private init; } = Guid.NewGuid().ToString("N");

    /// <summary>Where it speaks TLS; only with <see cref="StartAsync(Authority)"/>.</summary>
    public int TlsPort { get; } = FreePort.Take();

    private Authority? Authority { get; init; }

    private System.Net.IPAddress? Shore { get; init; }

    /// <summary>More lines of rabbitmq.conf.</summary>
    private IReadOnlyList<string> Settings { get; init; } = [];

    public int ProcessId => _process?.Id ?? throw new InvalidOperationException("RabbitMQ is stopped.");

    /// <summary>What the server wrote last.</summary>
    public string Log => _process?.Output ?? "";

    /// <summary>Needs <see cref="ServerAvailability.HasRabbit"/>.</summary>
    /// <param name="virtualHosts">How many virtual hosts wait for <see cref="TakeVirtualHostAsync"/>; 16 cost a tenth of a second each, one that is made later two seconds.</param>
    public static Task<RabbitServer> StartAsync(int virtualHosts = 16) => StartAsync(virtualHosts, authority: null);

    /// <summary>One that speaks TLS too, with a certificate of this authority for 127.0.0.1 and localhost.</summary>
    public static Task<RabbitServer> StartAsync(Authority authority) => StartAsync(1, authority);

    /// <summary>One that an island reaches too.</summary>
    public static Task<RabbitServer> StartAsync(NetworkIsland island) => StartAsync(1, island: island);

    private static async Task<RabbitServer> StartAsync(int virtualHosts, Authority? authority = null, NetworkIsland? island = null)
    {
        if (!ServerAvailability.HasRabbit)
        {
            throw new InvalidOperationException(ServerAvailability.WhyNoRabbit);
        }

        var folder = Directory.CreateTempSubdirectory("orchestrator-rabbit-").FullName;
        var server = new RabbitServer(folder, virtualHosts) { Authority = authority, Shore = island?.Shore };
        try
        {
            server.WriteFiles();
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>The address of a virtual host, with user and password; null: the first one, <c>/</c>.</summary>
    public Uri Uri(string? virtualHost = null, int? port = null, string host = "127.0.0.1") =>
        new(string.Create(CultureInfo.InvariantCulture, $"amqp://{User}:{Password}@{host}:{port ?? Port}/{System.Uri.EscapeDataString(virtualHost ?? "/")}"));

    /// <summary>A virtual host that nobody had before; gives its name for <see cref="Uri"/>.</summary>
    public async Task<string> TakeVirtualHostAsync()
    {
        var number = Interlocked.Increment(ref _taken);
        var name = NameOf(number);
        if (number > _virtualHosts)
        {
            await ControlAsync("add_vhost", name);
            await ControlAsync("set_permissions", "-p", name, User, ".*", ".*", ".*");
        }

        return name;
    }

    /// <summary>The address of the first virtual host over TLS.</summary>
    public Uri TlsUri(string host = "127.0.0.1") => new(string.Create(CultureInfo.InvariantCulture, $"amqps://{User}:{Password}@{host}:{TlsPort}/"));

    /// <summary>Runs <c>rabbitmqctl</c>, about two seconds; gives what it said.</summary>
    public Task<string> ControlAsync(params string[] arguments) => ServerProcess.RunAsync(Environment(), Program("rabbitmqctl"), ["-q", "-n", NodeName, .. arguments]);

    /// <summary>Starts a stopped server on its port and its data.</summary>
    public async Task StartAsync()
    {
        if (_hasMapper) _mapper ??= ServerProcess.Start(_folder, Environment(), "epmd", "-port", Text(_mapperPort), "-address", "127.0.0.1");
        _process = ServerProcess.Start(_folder, Environment(), Program("rabbitmq-server"));
        await _process.WhenSaidAsync("Server startup complete", WaitLimit);
    }

    public async Task StopAsync()
    {
        if (_process is { } process)
        {
            process.Signal(PosixSignal.SIGTERM);
            await EndAsync(process);
        }
    }

    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    /// <summary>
    /// Has RabbitMQ write down which quorum queues there are. By itself it does so at a clean stop and every three minutes: a queue that is
    /// younger than that loses its messages to <see cref="KillAsync"/>, and answers nothing afterwards (seen with 3.10.8).
    /// </summary>
    public Task SettleQueuesAsync() => ControlAsync("eval", "[dets:sync(Table) || Table <- dets:all()].");

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await EndAsync(process);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        if (_mapper is not null)
        {
            await _mapper.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string NameOf(int number) => $"test-{Text(number)}";

    private static string Program(string name) => Path.Combine(Installed.RabbitFolder!, name);

    private string Within(string name) => Path.Combine(_folder, name);

    private async Task EndAsync(ServerProcess process)
    {
        // The process, not its pid file: that one goes before the port is free.
        await process.WhenEndedAsync(WaitLimit);
        await process.DisposeAsync();
        _process = null;
    }

    private Dictionary<string, string> Environment() => new()
    {
        ["HOME"] = _home,
        ["LANG"] = "C.UTF-8",
        // Not a wrapper that waits: the server's own process.
        ["detached"] = "1",
        ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
        ["ERL_EPMD_PORT"] = Text(_mapperPort),
        ["RABBITMQ_NODENAME"] = NodeName,
        ["RABBITMQ_DIST_PORT"] = Text(_nodePort),
        ["RABBITMQ_MNESIA_BASE"] = Within("mnesia"),
        ["RABBITMQ_LOG_BASE"] = Within("log"),
        ["RABBITMQ_CONFIG_FILE"] = Within("rabbitmq.conf"),
        ["RABBITMQ_ADVANCED_CONFIG_FILE"] = Within("advanced.config"),
        ["RABBITMQ_CONF_ENV_FILE"] = Within("none.conf"),
        ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Within("enabled_plugins"),
        ["RABBITMQ_PID_FILE"] = Within("pid"),
    };

    private IEnumerable<string> TlsSettings()
    {
        if (Authority is null) return [];

        Authority.Write(_folder);
        return
        [
            $"listeners.ssl.1 = 127.0.0.1:{Text(TlsPort)}", $"ssl_options.cacertfile = {Within(Authority.File)}", $"ssl_options.certfile = {Within(Authority.CertificateFile)}",
            $"ssl_options.keyfile = {Within(Authority.KeyFile)}", "ssl_options.verify = verify_none",
        ];
    }

    private void WriteFiles()
    {
        Directory.CreateDirectory(Within("mnesia"));
        Directory.CreateDirectory(Within("log"));
        File.WriteAllText(Within("rabbitmq.conf"), $"""
            listeners.tcp.1 = 127.0.0.1:{Text(Port)}
            load_definitions = {Within("definitions.json")}
            log.file = false
            log.console = true
            log.console.level = info
            {string.Join('\n', [.. Settings, .. TlsSettings(), Shore is null ? "" : $"listeners.tcp.2 = {Shore}:{Text(Port)}"])}

            """);
        File.WriteAllText(Within("advanced.config"), "[{kernel,[{inet_dist_use_interface,{127,0,0,1}}]}].\n");
        File.WriteAllText(Within("enabled_plugins"), "[].\n");
        string[] hosts = ["/", .. Enumerable.Range(1, _virtualHosts).Select(NameOf)];
        File.WriteAllText(Within("definitions.json"), JsonSerializer.Serialize(new
        {
            users = new[] { new { name = User, password = Password, tags = "administrator" } },
            vhosts = hosts.Select(name => new { name }),
            permissions = hosts.Select(vhost => new { user = User, vhost, configure = ".*", write = ".*", read = ".*" }),
        }));
    }
}
