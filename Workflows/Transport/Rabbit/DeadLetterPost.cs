using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Orchestrator.Workflows.Model.Bus;
using RabbitMQ.Client;

namespace Orchestrator.Workflows.Transport.Rabbit;

/// <summary>Reads what stands on a dead letter, whoever wrote it: a server, or the broker when an envelope came back too often.</summary>
internal static class DeadLetterPost
{
    private const string BrokersOwn = "x-death";

    public static DeadLetter Read(BasicGetResult found)
    {
        var headers = found.BasicProperties.Headers;
        var (kind, messages) = EnvelopeContents.Describe(new Envelope(found.Body.ToArray()));
        var id = found.BasicProperties.MessageId is { Length: > 0 } given ? given : Convert.ToHexStringLower(SHA256.HashData(found.Body.Span))[..32];
        if (Text(headers, DeadLetterLabels.Queue) is { } queue)
        {
            return new DeadLetter(
                id, queue, Text(headers, DeadLetterLabels.Reason) ?? "", Text(headers, DeadLetterLabels.Detail), Time(Text(headers, DeadLetterLabels.At)),
                long.TryParse(Text(headers, DeadLetterLabels.Failures), NumberStyles.None, CultureInfo.InvariantCulture, out var failures) ? failures : 0,
                Text(headers, DeadLetterLabels.Server), found.Body.Length, kind, messages);
        }

        var death = headers?.TryGetValue(BrokersOwn, out var deaths) == true && deaths is IList<object?> { Count: > 0 } all ? all[0] as IDictionary<string, object?> : null;
        return new DeadLetter(
            id, Text(death, "queue") ?? "", DeadLetterReasons.Returned, Text(death, "reason"),
            death?.TryGetValue("time", out var time) == true && time is AmqpTimestamp timestamp ? DateTimeOffset.FromUnixTimeSeconds(timestamp.UnixTime) : null,
            headers?.TryGetValue("x-delivery-count", out var count) == true && count is IConvertible deliveries ? deliveries.ToInt64(CultureInfo.InvariantCulture) : 0,
            Server: null, found.Body.Length, kind, messages);
    }

    private static string? Text(IDictionary<string, object?>? table, string key) =>
        table?.TryGetValue(key, out var value) == true ? value switch { byte[] bytes => Encoding.UTF8.GetString(bytes), string text => text, _ => null } : null;

    private static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var time) ? time : null;
}
