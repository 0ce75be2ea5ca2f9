using Orchestrator.Text.Yaml;
using Orchestrator.Workflows.Language.Diagnostics;

namespace Orchestrator.Workflows.Language.Yaml;

/// <summary>What a runbook asks of YAML.</summary>
internal static class RunbookYaml
{
    public static YamlRules Rules { get; } = new("a runbook", "begins with `runbook: name` and has `steps`")
    {
        CodeOf = fault => fault switch
        {
            YamlFault.Empty => DiagnosticCodes.Empty,
            YamlFault.Tab => DiagnosticCodes.Tab,
            YamlFault.Alias => DiagnosticCodes.Alias,
            YamlFault.Tag => DiagnosticCodes.Tag,
            YamlFault.ManyDocuments => DiagnosticCodes.ManyDocuments,
            YamlFault.TooMuch => DiagnosticCodes.TooDeep,
            YamlFault.DuplicateKey => DiagnosticCodes.DuplicateKey,
            YamlFault.KeyType => DiagnosticCodes.WrongType,
            _ => DiagnosticCodes.Syntax,
        },
    };
}
