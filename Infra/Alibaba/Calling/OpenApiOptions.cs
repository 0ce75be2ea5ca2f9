using System.Collections.Immutable;

namespace Orchestrator.Infra.Alibaba.Calling;

/// <summary>How the OpenAPI is called. Every duration is at least 0.</summary>
public sealed record OpenApiOptions
{
    /// <summary>
    /// Endpoints that replace the public ones: by <c>product/region</c>, then <c>product</c>, then <c>*</c> for all, such as <c>http://127.0.0.1:5090</c>
    /// for the simulated cloud. Default: none.
    /// </summary>
    public ImmutableDictionary<string, Uri> Endpoints { get; init; } = ImmutableDictionary<string, Uri>.Empty;

    /// <summary>Tries of one call in all, where they fail by broken connections or server errors. Default 5.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>How long one call waits on throttling before it fails, on the environment clock. Default 5 minutes.</summary>
    public TimeSpan ThrottleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The longest wait between two tries, where the server does not ask for a longer one. Default 20 s.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>For one try, on the system clock. Default 15 s.</summary>
    public TimeSpan TryTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Where a product is in a region.</summary>
    public Uri EndpointOf(ApiProduct product, string region) =>
        Endpoints.GetValueOrDefault($"{product.Code}/{region}") ?? Endpoints.GetValueOrDefault(product.Code) ?? Endpoints.GetValueOrDefault("*")
        ?? new Uri($"https://{product.HostIn(region)}");
}
