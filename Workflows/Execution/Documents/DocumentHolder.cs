using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Workflows.Model.Membership;

namespace Orchestrator.Workflows.Execution.Documents;

/// <summary>Who works on a document.</summary>
/// <param name="Instance">Of the server, which is dead when the store no longer knows it.</param>
/// <param name="Id">Of this hold alone.</param>
internal sealed record DocumentHolder(string Server, string Instance, string Origin, DateTimeOffset Since, Guid Id)
{
    // A server that has just joined is not in everybody's view yet.
    private static readonly TimeSpan longestUnverified = TimeSpan.FromSeconds(5);

    public static DocumentHolder? Read(string? text) => text is null ? null : JsonSerializer.Deserialize(text, DocumentJson.Default.DocumentHolder);

    public string Write() => JsonSerializer.Serialize(this, DocumentJson.Default.DocumentHolder);

    /// <summary>True: its server is dead, so nobody works on the document.</summary>
    public bool IsGone(MembershipView view, DateTimeOffset now) =>
        ProcessOrigin.IsGone(Origin) || (view.Find(Instance) is null && (now - Since).Duration() > longestUnverified);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"held by server {Server} since {Since.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DocumentHolder))]
internal sealed partial class DocumentJson : JsonSerializerContext;
