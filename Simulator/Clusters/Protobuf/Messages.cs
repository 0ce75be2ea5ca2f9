using System.Collections.Frozen;
using System.Globalization;

namespace Orchestrator.Simulator.Clusters.Protobuf;

/// <summary>A field of a message.</summary>
/// <param name="Type">A scalar's name, a message's, or one of the API's own types like <c>Time</c>.</param>
internal sealed record MessageField(string Name, string Type, bool IsList, bool IsMap);

/// <summary>The messages that clients send in protobuf, by name, and their fields by number.</summary>
internal static class Messages
{
    private static readonly FrozenDictionary<string, FrozenDictionary<int, MessageField>> Known = Read();

    public static FrozenDictionary<int, MessageField>? Find(string name) => Known.GetValueOrDefault(name);

    private static FrozenDictionary<string, FrozenDictionary<int, MessageField>> Read()
    {
        using var stream = typeof(Messages).Assembly.GetManifestResourceStream($"{typeof(Messages).Namespace}.messages.txt")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line[0] != '#')
            .Select(line => line.Split(' '))
            .ToFrozenDictionary(words => words[0], words => words.Skip(1).Select(Field).ToFrozenDictionary(field => field.Number, field => field.Field));
    }

    private static (int Number, MessageField Field) Field(string text)
    {
        var (equals, colon) = (text.IndexOf('=', StringComparison.Ordinal), text.IndexOf(':', StringComparison.Ordinal));
        var type = text[(colon + 1)..];
        return (int.Parse(text.AsSpan(equals + 1, colon - equals - 1), CultureInfo.InvariantCulture), new MessageField(
            text[..equals], type.TrimStart('[', ']', '{', '}'), type.StartsWith("[]", StringComparison.Ordinal), type.StartsWith("{}", StringComparison.Ordinal)));
    }
}
