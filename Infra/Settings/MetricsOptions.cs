using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace Orchestrator.Infra.Settings;

/// <summary>Where the world's metrics are read: from a Prometheus server, or from exposition endpoints where there is none.</summary>
public sealed class MetricsOptions
{
    /// <summary>A Prometheus-compatible server, as <c>http://prometheus:9090</c>; <c>/api/v1/query</c> is below it. Null: the endpoints of <see cref="Scrape"/>.</summary>
    public Uri? Prometheus { get; set; }

    /// <summary>Addresses of exposition endpoints, as <c>http://gateway:15020/stats/prometheus</c>. Default: none; on a simulated cloud its gateway's.</summary>
    public List<string> Scrape { get; } = [];

    /// <summary>The set of queries that says what the traffic is: higress, envoy, istio or alb. Default higress.</summary>
    [Required]
    public string Traffic { get; set; } = "higress";

    /// <summary>PromQL by name, instead of the set's queries (requests, errors, p99, sampled), or under names of one's own.</summary>
    public Dictionary<string, string?> Queries { get; } = new(StringComparer.Ordinal);

    /// <summary>The label that says where requests went. Null: the set's.</summary>
    public string? DestinationLabel { get; set; }

    /// <summary>A regular expression that finds the destination, as the group of that name, in the label's value; what it does not fit is no destination. Null: the set's.</summary>
    public string? Destination { get; set; }

    /// <summary>The time over which rates are taken: what <c>$window</c> means in a query. At least twice the server's scrape interval, better four times. Default 1 min.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Time for one request to a server or an endpoint, on the system clock. Default 5 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>From this age on a sample says nothing of now. Of real time: on an environment clock that runs N times faster it is N times as long. Default 2 min.</summary>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>The time between two scrapes for a rate, on the environment clock, where there is no earlier one to compare with; never less than 50 ms of real time. Default 5 s.</summary>
    public TimeSpan Spacing { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Bearer token for the server and the endpoints; null: none.</summary>
    public string? Token { get; set; }

    /// <summary>A file that holds the token, read for each request; null: none.</summary>
    public string? TokenFile { get; set; }

    /// <summary>User name for basic authentication; null: none.</summary>
    public string? User { get; set; }

    /// <summary>The user's password; null: that of <see cref="PasswordFile"/>.</summary>
    public string? Password { get; set; }

    /// <summary>A file that holds the password, read for each request; null: none.</summary>
    public string? PasswordFile { get; set; }

    /// <summary>What is wrong with them, each with its place; empty: nothing.</summary>
    internal IEnumerable<string> Check()
    {
        if (Prometheus is { } server && (!IsHttp(server) || server.UserInfo.Length > 0))
        {
            yield return $"Metrics.Prometheus: '{Http.Masking.Text(server.OriginalString)}' is no http or https address without a user; give the user as Metrics.User";
        }

        if (Prometheus is not null && Scrape.Count > 0)
        {
            yield return "Metrics: give either Prometheus or Scrape, not both";
        }

        foreach (var address in Scrape.Where(address => !Uri.TryCreate(address, UriKind.Absolute, out var uri) || !IsHttp(uri) || uri.UserInfo.Length > 0))
        {
            yield return $"Metrics.Scrape: '{Http.Masking.Text(address)}' is no http or https address of an endpoint, as http://gateway:15020/stats/prometheus";
        }

        foreach (var (name, value, least, most) in new[] { ("Timeout", Timeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(2)), ("MaxAge", MaxAge, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)), ("Window", Window, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)), ("Spacing", Spacing, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1)) })
        {
            if (value < least || value > most)
            {
                yield return $"Metrics.{name}: {value:c} is not from {least:c} to {most:c}";
            }
        }

        if (Destination is { } pattern && PatternDiagnostic(pattern) is { } wrong)
        {
            yield return $"Metrics.Destination: {wrong}";
        }

        foreach (var (name, query) in Queries.Where(one => string.IsNullOrWhiteSpace(one.Key) || string.IsNullOrWhiteSpace(one.Value)))
        {
            yield return $"Metrics.Queries.{name}: '{query}' is no query; give PromQL, or leave the name out";
        }

        if ((Token is not null ? 1 : 0) + (TokenFile is not null ? 1 : 0) + (User is not null ? 1 : 0) > 1)
        {
            yield return "Metrics: give one of Token, TokenFile and User";
        }

        if (User is null && (Password is not null || PasswordFile is not null))
        {
            yield return "Metrics: a password needs a User";
        }

        if (User is not null && (Password is null) == (PasswordFile is null))
        {
            yield return "Metrics.User: give Password or PasswordFile with it";
        }

        foreach (var (name, file) in new[] { ("TokenFile", TokenFile), ("PasswordFile", PasswordFile) })
        {
            if (file is not null && !File.Exists(file))
            {
                yield return $"Metrics.{name}: there is no file '{file}'";
            }
        }
    }

    private static string? PatternDiagnostic(string pattern)
    {
        try
        {
            var regex = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            return regex.GetGroupNames().Contains("destination") ? null : $"'{pattern}' has no group (?<destination>…)";
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            return $"'{pattern}' is no regular expression: {exception.Message}";
        }
    }

    private static bool IsHttp(Uri address) => address.IsAbsoluteUri && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps);
}
