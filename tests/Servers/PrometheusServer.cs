using System.Globalization;
using System.Text;

namespace Orchestrator.Servers;

/// <summary>A real Prometheus on a loopback port of its own, which scrapes what it is told to each second and keeps it in a folder of its own.</summary>
public sealed class PrometheusServer : IAsyncDisposable
{
    private static readonly TimeSpan WaitLimit = TimeSpan.FromMinutes(1);

    private readonly string _folder;
    private readonly ServerProcess _process;

    private PrometheusServer(string folder, ServerProcess process, int port) => (_folder, _process, Address) = (folder, process, new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/")));

    public Uri Address { get; }

    /// <summary>What the server wrote last.</summary>
    public string Log => _process.Output;

    /// <summary>Needs <see cref="ServerAvailability.WhyNoPrometheus"/> to be empty.</summary>
    /// <param name="endpoints">The exposition endpoints, by the job's name.</param>
    public static async Task<PrometheusServer> StartAsync(IReadOnlyDictionary<string, Uri> endpoints)
    {
        var folder = Directory.CreateTempSubdirectory("orchestrator-prometheus-").FullName;
        var configuration = new StringBuilder("global:\n  scrape_interval: 1s\n  scrape_timeout: 1s\nscrape_configs:\n");
        foreach (var (job, address) in endpoints)
        {
            configuration.Append(CultureInfo.InvariantCulture, $"  - job_name: {job}\n    metrics_path: {address.AbsolutePath}\n    static_configs:\n      - targets: [\"{address.Authority}\"]\n");
        }

        var file = Path.Combine(folder, "prometheus.yml");
        await File.WriteAllTextAsync(file, configuration.ToString());
        var port = FreePort.Take();
        var process = ServerProcess.Start(
            folder, null, Installed.Find("prometheus")!,
            $"--config.file={file}", $"--storage.tsdb.path={Path.Combine(folder, "data")}", string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{port}"), "--log.level=info");
        await process.WhenSaidAsync("Server is ready to receive web requests", WaitLimit);
        return new PrometheusServer(folder, process, port);
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
