using Orchestrator.Text;
using Orchestrator.Text.Yaml;

namespace Orchestrator.Fleet.Files;

/// <summary>What a fleet file or a profile asks of its text and of YAML.</summary>
internal static class FleetYaml
{
    private const int DeepestNesting = 32;

    /// <summary>The document's root; null: a diagnostic was added.</summary>
    /// <param name="limit">Bytes.</param>
    /// <param name="what">Such a file, for messages: <c>a fleet file (YAML, see docs/fleet.md)</c>.</param>
    public static YamlNode? Read(Stream content, int limit, string what, DiagnosticList diagnostics) =>
        ReadText(content, limit, what, diagnostics) is { } text ? YamlReader.Read(new SourceText(text), Rules(what), diagnostics) : null;

    /// <summary>The file's text; null: a diagnostic was added.</summary>
    public static string? ReadText(Stream content, int limit, string what, DiagnosticList diagnostics) =>
        SourceFile.ReadText(content, limit, what, fault => fault switch { SourceFault.Binary => "FL001", SourceFault.Empty => "FL002", _ => "FL003" }, diagnostics);

    private static YamlRules Rules(string what) => new(what, "has keys and values")
    {
        Deepest = DeepestNesting,
        CodeOf = fault => fault switch
        {
            YamlFault.Empty => "FL002",
            YamlFault.Tab => "FL005",
            YamlFault.DuplicateKey => "FL014",
            YamlFault.KeyType => "FL012",
            _ => "FL004",
        },
    };
}
