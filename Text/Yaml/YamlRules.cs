namespace Orchestrator.Text.Yaml;

/// <summary>How the diagnostics of one kind of file are called, and how large such a file may be.</summary>
/// <param name="What">The kind of file with its article, for messages: <c>a runbook</c>.</param>
/// <param name="Begins">What such a file begins with and must have, for an empty one; ends a sentence.</param>
public sealed record YamlRules(string What, string Begins)
{
    /// <summary>The code of a diagnostic by its kind.</summary>
    public required Func<YamlFault, string> CodeOf { get; init; }

    /// <summary>Levels of nesting. Default 100.</summary>
    public int Deepest { get; init; } = 100;

    /// <summary>Scalars, lists and mappings of one file. Default 200,000.</summary>
    public int MostNodes { get; init; } = 200_000;
}

/// <summary>What can be wrong with a YAML document before anybody asks what it says.</summary>
public enum YamlFault
{
    /// <summary>The file holds nothing.</summary>
    Empty,

    /// <summary>It is not YAML.</summary>
    Syntax,

    /// <summary>A tab indents a line.</summary>
    Tab,

    /// <summary>An anchor or an alias.</summary>
    Alias,

    /// <summary>A tag other than those of texts, lists and mappings.</summary>
    Tag,

    /// <summary>A second document.</summary>
    ManyDocuments,

    /// <summary>Nested too deeply, or too many values.</summary>
    TooMuch,

    /// <summary>A key stands twice.</summary>
    DuplicateKey,

    /// <summary>A key is no text.</summary>
    KeyType,
}
