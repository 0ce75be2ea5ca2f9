using System.Globalization;
using System.Text;

namespace Orchestrator.Servers;

/// <summary>A real Prometheus on a loopback port of its own, which scrapes what it is told to each second and keeps it in a folder of its own.</summary>
public sealed class PrometheusServer : IAsyncDisposable
{
    private static readonly TimeSpan WaitLimit = TimeSpan.FromMinutes(1);

    private readonly string _folder;
    private readonly ServerProcess _process;

    private readonly Dictionary<string, Uri> _endpoints;

    private PrometheusServer(string folder, ServerProcess process, int port, Dictionary<string, Uri> endpoints)
    {
        (_folder, _process, _endpoints) = (folder, process, endpoints);
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/"));
    }

    public Uri Address { get; }

    /// <summary>What the server wrote last.</summary>
    public string Log => _process.Output;

    /// <summary>Needs <see cref="ServerAvailability.WhyNoPrometheus"/> to be empty.</summary>
    /// <param name="endpoints">The exposition endpoints, by the job's name.</param>
    public static async Task<PrometheusServer> StartAsync(IReadOnlyDictionary<string, Uri> endpoints)
    {
        var folder = Directory.CreateTempSubdirectory("orchestrator-prometheus-").FullName;
        var file = await WriteAsync(folder, endpoints);
        var port = FreePort.Take();
        var process = ServerProcess.Start(
            folder, null, Installed.Find("prometheus")!,
            $"--config.file={file}", $"--storage.tsdb.path={Path.Combine(folder, "data")}", string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{port}"), "--web.enable-lifecycle", "--log.level=info");
        await process.WhenSaidAsync("Server is ready to receive web requests", WaitLimit);
        return new PrometheusServer(folder, process, port, new(endpoints));
    }

    /// <summary>Scrapes one more endpoint.</summary>
    public async Task AddAsync(string job, Uri endpoint)
    {
        _endpoints[job] = endpoint;
        await WriteAsync(_folder, _endpoints);
        using var http = new HttpClient();
        using var response = await http.PostAsync(new Uri(Address, "-/reload"), null);
        response.EnsureSuccessStatusCode();
    }

    private static async Task<string> WriteAsync(string folder, IReadOnlyDictionary<string, Uri> endpoints)
    {
        var configuration = new StringBuilder("global:\n  scrape_interval: 1s\n  scrape_timeout: 1s\nscrape_configs:\n");
        foreach (var (job, address) in endpoints)
        {
            configuration.Append(CultureInfo.InvariantCulture, $"  - job_name: {job}\n    metrics_path: {address.AbsolutePath}\n    static_configs:\n      - targets: [\"{address.Authority}\"]\n");
        }

        var file = Path.Combine(folder, "prometheus.yml");
        await File.WriteAllTextAsync(file, configuration.ToString());
        return file;
    }

    /// <summary>Ends it; what it kept is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Directory.Exists(_folder))
        {
            await _process.DisposeAsync();
            Directory.Delete(_folder, recursive: true);
        }
    }
}
