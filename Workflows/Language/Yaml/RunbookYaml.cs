using Orchestrator.Text.Yaml;
using Orchestrator.Workflows.Language.Problems;

namespace Orchestrator.Workflows.Language.Yaml;

/// <summary>What a runbook asks of YAML.</summary>
internal static class RunbookYaml
{
    public static YamlRules Rules { get; } = new("a runbook", "begins with `runbook: name` and has `steps`")
    {
        CodeOf = fault => fault switch
        {
            YamlFault.Empty => ProblemCodes.Empty,
            YamlFault.Tab => ProblemCodes.Tab,
            YamlFault.Alias => ProblemCodes.Alias,
            YamlFault.Tag => ProblemCodes.Tag,
            YamlFault.ManyDocuments => ProblemCodes.ManyDocuments,
            YamlFault.TooMuch => ProblemCodes.TooDeep,
            YamlFault.DuplicateKey => ProblemCodes.DuplicateKey,
            YamlFault.KeyType => ProblemCodes.WrongType,
            _ => ProblemCodes.Syntax,
        },
    };
}
