using System.Globalization;
using Orchestrator.Text;
using Orchestrator.Text.Yaml;

namespace Orchestrator.Fleet.Files;

/// <summary>
/// The fields of one YAML mapping. Each getter adds a diagnostic for what is missing, of the wrong type or out of range and
/// gives a harmless value, so that one pass finds everything; <see cref="Close"/> refuses the keys that nobody asked for.
/// </summary>
internal sealed class Fields
{
    private readonly DiagnosticList _diagnostics;
    private readonly YamlMapping _map;
    private readonly string _what;
    private readonly List<string> _known = [];

    public Fields(YamlNode node, string what, DiagnosticList diagnostics)
    {
        (_diagnostics, _what) = (diagnostics, what);
        _map = node as YamlMapping ?? new YamlMapping([], node.Position);
        if (node is not YamlMapping)
        {
            Add(node, "FL012", $"{what} must be a mapping of keys to values");
            IsMapping = false;
        }
    }

    /// <summary>False after the diagnostic that the node is no mapping; missing keys are then not reported one by one.</summary>
    public bool IsMapping { get; } = true;

    public YamlNode Node => _map;

    public YamlNode? Optional(string key)
    {
        _known.Add(key);
        foreach (var (name, value) in _map.Entries)
        {
            if (name.Text == key)
            {
                return value is YamlScalar { IsNull: true } ? null : value;
            }
        }

        return null;
    }

    public YamlNode? Required(string key)
    {
        var value = Optional(key);
        if (value is null && IsMapping)
        {
            Add(_map, "FL011", $"{_what} needs the key '{key}'; add it");
        }

        return value;
    }

    public string Text(string key) => Required(key) is { } node ? ToText(key, node) : "";

    public string? OptionalText(string key) => Optional(key) is { } node ? ToText(key, node) : null;

    /// <summary>A text of lower-case letters, digits and hyphens.</summary>
    public string Id(string key)
    {
        var node = Required(key);
        var text = node is null ? "" : ToText(key, node);
        if (node is not null && text.Length > 0 && !IsId(text))
        {
            Add(node, "FL013", $"'{text}' is not an id; use lower-case letters, digits and hyphens, at most 63");
        }

        return text;
    }

    public long Integer(string key, long minimum, long maximum, long? otherwise = null) =>
        Get(key, otherwise is null) is { } node ? ToInteger(key, node, minimum, maximum) : otherwise ?? minimum;

    public int Int(string key, int minimum, int maximum, int? otherwise = null) => (int)Integer(key, minimum, maximum, otherwise);

    public decimal Decimal(string key, decimal minimum, decimal maximum, decimal? otherwise = null)
    {
        if (Get(key, otherwise is null) is not { } node)
        {
            return otherwise ?? minimum;
        }

        if (node is not YamlScalar { IsPlain: true } scalar
            || !decimal.TryParse(scalar.Text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
        {
            Add(node, "FL012", $"'{key}' must be a number{Shown(node)}");
            return minimum;
        }

        return InRange(key, node, value, minimum, maximum);
    }

    /// <summary>One of the names given; the first after a diagnostic.</summary>
    public T OneOf<T>(string key, params ReadOnlySpan<(string Name, T Value)> choices)
    {
        if (Required(key) is { } node)
        {
            var text = ToText(key, node);
            var names = new List<string>();
            foreach (var (name, value) in choices)
            {
                if (name == text)
                {
                    return value;
                }

                names.Add(name);
            }

            if (text.Length > 0)
            {
                Add(node, "FL013", $"'{text}' is not a value of '{key}'{Suggest.Hint(text, names)}");
            }
        }

        return choices[0].Value;
    }

    public Fields Map(string key) =>
        Required(key) is { } node
            ? new Fields(node, $"'{key}'", _diagnostics)
            : new Fields(new YamlMapping([], _map.Position), $"'{key}'", _diagnostics) { Silent = true };

    public Fields? OptionalMap(string key) => Optional(key) is { } node ? new Fields(node, $"'{key}'", _diagnostics) : null;

    /// <summary>The items of a list that must hold at least one.</summary>
    public IReadOnlyList<YamlNode> List(string key)
    {
        switch (Required(key))
        {
            case null:
                return [];
            case YamlSequence { Items.Length: > 0 } list:
                return list.Items;
            case var other:
                Add(other, other is YamlSequence ? "FL013" : "FL012", $"'{key}' must be a list of at least one item");
                return [];
        }
    }

    public string ToText(string key, YamlNode node)
    {
        if (node is YamlScalar { Text.Length: > 0 } scalar)
        {
            return scalar.Text;
        }

        Add(node, "FL012", $"'{key}' must be a text");
        return "";
    }

    public double ToNumber(string key, YamlNode node, double minimum)
    {
        if (node is not YamlScalar { IsPlain: true } scalar
            || !double.TryParse(scalar.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value))
        {
            Add(node, "FL012", $"'{key}' must be a number{Shown(node)}");
            return minimum;
        }

        return InRange(key, node, value, minimum, 1e15);
    }

    /// <summary>Adds a diagnostic at <paramref name="at"/>.</summary>
    public void Add(YamlNode at, string code, string message)
    {
        if (!Silent)
        {
            _diagnostics.Error(at.Position, code, message);
        }
    }

    /// <summary>Refuses every key that no getter asked for.</summary>
    public void Close()
    {
        foreach (var (key, _) in _map.Entries)
        {
            if (!_known.Contains(key.Text))
            {
                Add(key, "FL010", $"{_what} has no key '{key.Text}'{Suggest.Hint(key.Text, _known)}");
            }
        }
    }

    // The mapping itself was missing and that is already reported.
    private bool Silent { get; init; }

    private YamlNode? Get(string key, bool required) => required ? Required(key) : Optional(key);

    private long ToInteger(string key, YamlNode node, long minimum, long maximum)
    {
        if (node is not YamlScalar { IsPlain: true } scalar
            || !long.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
        {
            Add(node, "FL012", $"'{key}' must be a whole number{Shown(node)}");
            return minimum;
        }

        return InRange(key, node, value, minimum, maximum);
    }

    private T InRange<T>(string key, YamlNode node, T value, T minimum, T maximum)
        where T : IComparable<T>, IFormattable
    {
        if (value.CompareTo(minimum) >= 0 && value.CompareTo(maximum) <= 0)
        {
            return value;
        }

        var (shown, least, most) = (Invariant(value), Invariant(minimum), Invariant(maximum));
        Add(node, "FL013", $"'{key}' is {shown}; it must be from {least} to {most}");
        return minimum;
    }

    private static string Invariant(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    private static string Shown(YamlNode node) => node is YamlScalar scalar ? $", not '{scalar.Text}'" : "";

    private static bool IsId(string text) =>
        text.Length <= 63 && text.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-') && text[0] != '-' && text[^1] != '-';
}
