namespace Orchestrator.Server.Configuration;

/// <summary>What a night can be told on the command line; null takes the setting.</summary>
internal sealed record EnvironmentSettings
{
    public string? Fleet { get; init; }

    public double? Speed { get; init; }

    public DateTimeOffset? Start { get; init; }

    public Uri? Cloud { get; init; }
}
