using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Programs;

namespace Orchestrator.Infra.Provisioning.Running;

/// <summary>
/// The secrets of one call, and texts without them: a provider's error may repeat what it was sent. As in Pulumi, texts of fewer than three
/// characters are not looked for. Safe for concurrent use.
/// </summary>
internal sealed class SecretTexts
{
    private const int Shortest = 3;

    /// <summary>A message that was cut short may end within a secret; so much of its beginning gives it away.</summary>
    private const int ShortestBeginning = 6;

    private readonly ConcurrentDictionary<string, bool> _texts = new(StringComparer.Ordinal);

    /// <summary>Learns every secret in a value.</summary>
    public void Learn(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map when Secrets.IsSecret(map):
                LearnAll(Secrets.Reveal(map));
                break;
            case JsonObject map:
                foreach (var (_, value) in map)
                {
                    Learn(value);
                }

                break;
            case JsonArray list:
                foreach (var item in list)
                {
                    Learn(item);
                }

                break;
        }
    }

    /// <summary>The text with every secret hidden, also as JSON, an address or base64 has it.</summary>
    public string Hide(string text)
    {
        if (_texts.IsEmpty)
        {
            return text;
        }

        // The longest first: one secret may be part of another.
        var secrets = _texts.Keys.OrderByDescending(secret => secret.Length).ThenBy(secret => secret, StringComparer.Ordinal).ToArray();
        foreach (var secret in secrets)
        {
            text = text.Replace(secret, Secrets.Hidden, StringComparison.Ordinal);
        }

        if (text.EndsWith('…'))
        {
            var whole = text[..^1];
            foreach (var secret in secrets)
            {
                for (var length = secret.Length - 1; length >= ShortestBeginning; length--)
                {
                    if (whole.EndsWith(secret[..length], StringComparison.Ordinal))
                    {
                        return whole[..^length] + Secrets.Hidden + "…";
                    }
                }
            }
        }

        return text;
    }

    /// <summary>The value with every text that holds a secret made a secret of its own.</summary>
    public JsonNode? Mark(JsonNode? node) => _texts.IsEmpty || Secrets.IsSecret(node) ? node?.DeepClone() : node switch
    {
        JsonObject map => new JsonObject(map.Select(field => KeyValuePair.Create(field.Key, Mark(field.Value))).ToList()),
        JsonArray list => new JsonArray([.. list.Select(Mark)]),
        JsonValue value when value.TryGetValue<string>(out var text) && _texts.Keys.Any(secret => text.Contains(secret, StringComparison.Ordinal)) => Secrets.Mark(value),
        _ => node?.DeepClone(),
    };

    private void LearnAll(JsonNode? clear)
    {
        switch (clear)
        {
            case JsonObject map:
                foreach (var (_, value) in map)
                {
                    LearnAll(value);
                }

                break;
            case JsonArray list:
                foreach (var item in list)
                {
                    LearnAll(item);
                }

                break;
            case JsonValue value when value.GetValueKind() is JsonValueKind.String:
                Add(value.GetValue<string>());
                break;
            case JsonValue value when value.GetValueKind() is JsonValueKind.Number:
                Add(value.ToJsonString());
                break;
        }
    }

    private void Add(string text)
    {
        if (text.Trim().Length < Shortest || !_texts.TryAdd(text, true))
        {
            return;
        }

        _texts.TryAdd(text.Trim(), true);
        _texts.TryAdd(JsonValue.Create(text).ToJsonString()[1..^1], true);
        _texts.TryAdd(JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString(), true);
        _texts.TryAdd(Uri.EscapeDataString(text), true);
        _texts.TryAdd(Convert.ToBase64String(Encoding.UTF8.GetBytes(text)), true);
    }
}
