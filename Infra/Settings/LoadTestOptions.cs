using System.ComponentModel.DataAnnotations;

namespace Orchestrator.Infra.Settings;

/// <summary>Section <c>Infra:LoadTest</c>: what generates the load of load tests, and where. See <c>docs/load-tests.md</c>.</summary>
public sealed class LoadTestOptions
{
    /// <summary>The address that is asked: the entry's, through which customers come. Default (null): a step must name it; on a simulated cloud its gateway's.</summary>
    public Uri? Url { get; set; }

    /// <summary>The cluster that the generators run in, an id of <c>Infra:Clusters</c>. Default (null): the one with the gateway (<c>Infra:Traffic:Cluster</c>).</summary>
    public string? Cluster { get; set; }

    /// <summary>Their namespace, which is made where it is missing. Default <c>load-test</c>.</summary>
    [Required]
    public string Namespace { get; set; } = "load-test";

    /// <summary>The image of k6. Default <c>grafana/k6:0.57.0</c>.</summary>
    [Required]
    public string Image { get; set; } = "grafana/k6:0.57.0";

    /// <summary>A file with a script of your own, run for each request. Default (null): the one that ships, which gets the address.</summary>
    public string? Script { get; set; }

    /// <summary>Cores of one generator. Default 4.</summary>
    [Range(1, 256)]
    public int Cores { get; set; } = 4;

    /// <summary>Requests a second that one core of a generator is able to send, by which their number is reckoned. Default 3,000; measure your own script.</summary>
    [Range(1, 1_000_000)]
    public int RequestsPerCore { get; set; } = 3_000;

    internal IEnumerable<string> Check()
    {
        if (Url is not null && !(Url.IsAbsoluteUri && (Url.Scheme == Uri.UriSchemeHttp || Url.Scheme == Uri.UriSchemeHttps)))
        {
            yield return $"LoadTest.Url: '{Url}' is no http or https address";
        }

        if (Script is { } file && !File.Exists(file))
        {
            yield return $"LoadTest.Script: there is no file '{file}'";
        }
    }
}
