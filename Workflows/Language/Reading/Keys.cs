using System.Globalization;
using System.Text.RegularExpressions;
using Orchestrator.Text;
using Orchestrator.Text.Yaml;
using Orchestrator.Workflows.Language.Diagnostics;
using Orchestrator.Workflows.Language.Yaml;

namespace Orchestrator.Workflows.Language.Reading;

/// <summary>Takes the keys of one mapping, each checked for its type; at the end <see cref="Finish"/> names those that nobody took.</summary>
internal sealed partial class Keys(ReadingContext context, YamlMapping mapping, string owner)
{
    private readonly HashSet<string> known = new(StringComparer.Ordinal);

    public ReadingContext Context { get; } = context;

    public Position Position => mapping.Position;

    public bool Has(string key) => mapping.Entries.Any(entry => entry.Key.Text == key);

    public YamlScalar? KeyOf(string key) => mapping.Entries.FirstOrDefault(entry => entry.Key.Text == key)?.Key;

    public YamlNode? Take(string key)
    {
        known.Add(key);
        return mapping.Entries.FirstOrDefault(entry => entry.Key.Text == key)?.Value;
    }

    /// <summary>The key's value, or a diagnostic that it is missing.</summary>
    public YamlNode? Require(string key, string hint)
    {
        var value = Take(key);
        if (value is null)
        {
            Context.Error(Position, DiagnosticCodes.MissingKey, $"{owner} needs {key}: {hint}");
        }

        return value;
    }

    /// <summary>A text; numbers and booleans count as texts. Null when missing or wrong (then a diagnostic is told).</summary>
    public string? Text(string key) => TextOf(key, Take(key));

    public string? TextOf(string key, YamlNode? node)
    {
        switch (node)
        {
            case null:
                return null;
            case YamlScalar { IsNull: false } scalar:
                return scalar.Text;
            default:
                Context.Error(node.Position, DiagnosticCodes.WrongType, $"{key} must be a text, not {node.Kind}");
                return null;
        }
    }

    /// <summary>One of the given words, as the index of its place; null when missing or wrong.</summary>
    public T? Word<T>(string key, IReadOnlyDictionary<string, T> words)
        where T : struct
    {
        if (Take(key) is not { } node || TextOf(key, node) is not { } text)
        {
            return null;
        }

        if (words.TryGetValue(text, out var value))
        {
            return value;
        }

        Context.Error(node.Position, DiagnosticCodes.BadValue, $"{key} is {string.Join(" or ", words.Keys)}, not {text}{NearOnly(text, words.Keys)}", text, words.Keys);
        return null;
    }

    public bool? Boolean(string key)
    {
        switch (Take(key))
        {
            case null:
                return null;
            case YamlScalar { IsPlain: true, Text: "true" or "True" or "TRUE" }:
                return true;
            case YamlScalar { IsPlain: true, Text: "false" or "False" or "FALSE" }:
                return false;
            case { } node:
                Context.Error(node.Position, DiagnosticCodes.WrongType, $"{key} is true or false, not {Shown(node)}");
                return null;
        }
    }

    public int? Integer(string key, int least, int most)
    {
        if (Take(key) is not { } node)
        {
            return null;
        }

        if (node is not YamlScalar { IsPlain: true } scalar || !int.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
        {
            Context.Error(node.Position, DiagnosticCodes.WrongType, $"{key} must be a whole number from {least} to {most}, not {Shown(node)}");
            return null;
        }

        if (value < least || value > most)
        {
            Context.Error(node.Position, DiagnosticCodes.OutOfRange, $"{key} is {value}: it must be from {least} to {most}");
            return null;
        }

        return value;
    }

    public double? Number(string key, double least, double most)
    {
        if (Take(key) is not { } node)
        {
            return null;
        }

        if (node is not YamlScalar { IsPlain: true } scalar || YamlLiteral.Of(scalar) is not { ValueKind: System.Text.Json.JsonValueKind.Number } number)
        {
            Context.Error(node.Position, DiagnosticCodes.WrongType, $"{key} must be a number, not {Shown(node)}");
            return null;
        }

        var value = number.GetDouble();
        if (value < least || value > most)
        {
            Context.Error(node.Position, DiagnosticCodes.OutOfRange, string.Create(CultureInfo.InvariantCulture, $"{key} is {value}: it must be from {least} to {most}"));
            return null;
        }

        return value;
    }

    public TimeSpan? Duration(string key)
    {
        if (Take(key) is not { } node || TextOf(key, node) is not { } text)
        {
            return null;
        }

        if (Workflows.Model.Values.Duration.TryParse(text, out var duration))
        {
            return duration;
        }

        Context.Error(node.Position, DiagnosticCodes.BadDuration, $"{key} is {text}: {Workflows.Model.Values.Duration.Form}");
        return null;
    }

    /// <summary>A list, or nothing with a diagnostic told. A missing one is empty.</summary>
    public IEnumerable<YamlNode> List(string key)
    {
        switch (Take(key))
        {
            case null:
                return [];
            case YamlSequence sequence:
                return sequence.Items;
            case { } node:
                Context.Error(node.Position, DiagnosticCodes.WrongType, $"{key} must be a list, not {node.Kind}");
                return [];
        }
    }

    /// <summary>A list of names such as roles.</summary>
    public IEnumerable<string> Words(string key)
    {
        foreach (var node in List(key))
        {
            if (node is YamlScalar { IsNull: false } scalar && RoleName().IsMatch(scalar.Text))
            {
                yield return scalar.Text;
            }
            else
            {
                Context.Error(node.Position, DiagnosticCodes.BadName, $"{key} are names of letters, digits, - and _, not {Shown(node)}");
            }
        }
    }

    /// <summary>Names the keys nobody took. <paramref name="elsewhere"/> tells where a key belongs that is right in another place.</summary>
    public void Finish(Func<string, string?>? elsewhere = null)
    {
        foreach (var entry in mapping.Entries.Where(entry => !known.Contains(entry.Key.Text)))
        {
            var position = elsewhere?.Invoke(entry.Key.Text);
            var hint = position is null ? Suggest.Hint(entry.Key.Text, known) : $": {position}";
            Context.Error(entry.Key.Position, DiagnosticCodes.UnknownKey, $"{owner} has no {Cut(entry.Key.Text)}{hint}", entry.Key.Text, position is null ? known : []);
        }
    }

    public static string Shown(YamlNode node) => node is YamlScalar { IsNull: false } scalar ? Cut(scalar.Text) : node.Kind;

    public static string Cut(string text) => text.ReplaceLineEndings(" ") is var line && line.Length > 60 ? $"{line[..60]}…" : text.ReplaceLineEndings(" ");

    private static string NearOnly(string text, IEnumerable<string> known) => Suggest.Nearest(text, known) is { } near ? $"; did you mean {near}?" : "";

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9_-]{0,63}\z")]
    private static partial Regex RoleName();
}
