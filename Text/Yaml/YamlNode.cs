using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.Core;

namespace Orchestrator.Text.Yaml;

/// <summary>A part of a YAML document with its place; the family is closed.</summary>
public abstract record YamlNode(Position Position)
{
    /// <summary>What it is, for messages: <c>a text</c>, <c>a number</c>, <c>a boolean</c>, <c>nothing</c>, <c>a list</c>, <c>a mapping</c>.</summary>
    public abstract string Kind { get; }
}

/// <param name="Text">With escapes resolved and folded lines joined.</param>
/// <param name="End">The place after the last character.</param>
public sealed partial record YamlScalar(string Text, ScalarStyle Style, Position Position, Position End) : YamlNode(Position)
{
    /// <summary>Plain texts may be numbers, booleans or null; quoted ones are texts.</summary>
    public bool IsPlain => Style == ScalarStyle.Plain;

    public bool IsNull => IsPlain && Text is "" or "~" or "null" or "Null" or "NULL";

    /// <summary>The value of a plain <c>true</c> or <c>false</c>; null: it is neither.</summary>
    public bool? Boolean => !IsPlain ? null : Text switch
    {
        "true" or "True" or "TRUE" => true,
        "false" or "False" or "FALSE" => false,
        _ => null,
    };

    /// <summary>
    /// A plain number by YAML 1.2's core schema, finite; those with leading zeros, hexadecimal and octal ones are texts, since in files for
    /// people these are names.
    /// </summary>
    public bool IsNumber => IsPlain && (IsShortNumber || (AnyNumber().IsMatch(Text) && double.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)));

    /// <summary>A number that JSON writes in the same way, save for a leading plus.</summary>
    public bool IsShortNumber => IsPlain && ShortNumber().IsMatch(Text);

    public override string Kind => IsNull ? "nothing" : IsNumber ? "a number" : Boolean is null ? "a text" : "a boolean";

    [GeneratedRegex(@"\A[+-]?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?\z")]
    private static partial Regex ShortNumber();

    [GeneratedRegex(@"\A[+-]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][+-]?[0-9]+)?\z")]
    private static partial Regex AnyNumber();
}

public sealed record YamlSequence(ImmutableArray<YamlNode> Items, Position Position) : YamlNode(Position)
{
    public override string Kind => "a list";
}

/// <param name="Entries">In the order of the file; no key stands twice.</param>
public sealed record YamlMapping(ImmutableArray<YamlEntry> Entries, Position Position) : YamlNode(Position)
{
    public override string Kind => "a mapping";
}

public sealed record YamlEntry(YamlScalar Key, YamlNode Value);
