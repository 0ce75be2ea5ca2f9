using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Orchestrator.Infra.Connections;

namespace Orchestrator.Server.Connections;

/// <summary>What <c>doctor</c> found.</summary>
/// <param name="Works">Nothing that is configured is out of use.</param>
/// <param name="Simulated">Whether a simulated cloud answered anywhere, by its own word.</param>
internal sealed record ConnectionReport(bool Works, bool Simulated, ImmutableArray<ConnectionFinding> Findings)
{
    public static ConnectionReport Of(IEnumerable<ConnectionFinding> found)
    {
        ImmutableArray<ConnectionFinding> findings = [.. found];
        return new ConnectionReport(findings.All(one => one.Status != ConnectionStatus.Fails), findings.Any(one => one.Simulated == true), findings);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ConnectionReport))]
internal sealed partial class ConnectionsJson : JsonSerializerContext;
