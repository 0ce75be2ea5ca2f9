using System.Collections.Immutable;
using Orchestrator.Text;
using YamlDotNet.Core;

namespace Orchestrator.Workflows.Language.Yaml;

/// <summary>A part of a YAML document with its place.</summary>
internal abstract record YamlNode(Place Place)
{
    /// <summary>What it is, for messages: <c>a text</c>, <c>a list</c>, <c>a mapping</c>.</summary>
    public abstract string Kind { get; }
}

internal sealed record YamlScalar(string Text, ScalarStyle Style, Place Place, Place End) : YamlNode(Place)
{
    /// <summary>Plain texts may be numbers, booleans or null; quoted ones are texts.</summary>
    public bool IsPlain => Style == ScalarStyle.Plain;

    public bool IsNull => IsPlain && Text is "" or "~" or "null" or "Null" or "NULL";

    public override string Kind => IsNull ? "nothing" : YamlLiteral.Of(this).ValueKind switch
    {
        System.Text.Json.JsonValueKind.Number => "a number",
        System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False => "a boolean",
        _ => "a text",
    };
}

internal sealed record YamlSequence(ImmutableArray<YamlNode> Items, Place Place) : YamlNode(Place)
{
    public override string Kind => "a list";
}

internal sealed record YamlMapping(ImmutableArray<YamlEntry> Entries, Place Place) : YamlNode(Place)
{
    public override string Kind => "a mapping";
}

internal sealed record YamlEntry(YamlScalar Key, YamlNode Value);
