using System.Collections.Immutable;

namespace Orchestrator.Fleet.Files;

/// <summary>A YAML value with its place; the family is closed. Lines and columns count from 1.</summary>
internal abstract record YamlNode(int Line, int Column);

/// <param name="Plain">Written without quotes, so it may mean a number or null.</param>
internal sealed record YamlScalar(string Text, bool Plain, int Line, int Column) : YamlNode(Line, Column)
{
    public bool IsNull => Plain && Text is "" or "~" or "null";
}

internal sealed record YamlList(ImmutableArray<YamlNode> Items, int Line, int Column) : YamlNode(Line, Column);

/// <param name="Entries">In the order of the file; the parser has already refused repeated keys.</param>
internal sealed record YamlMap(ImmutableArray<(YamlScalar Key, YamlNode Value)> Entries, int Line, int Column) : YamlNode(Line, Column);
