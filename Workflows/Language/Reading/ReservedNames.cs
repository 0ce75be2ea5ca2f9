using System.Collections.Frozen;
using Orchestrator.Workflows.Language.Expressions;

namespace Orchestrator.Workflows.Language.Reading;

/// <summary>Names in expressions that a loop may not take for its item.</summary>
internal static class ReservedNames
{
    public static FrozenSet<string> All { get; } = FrozenSet.Create(
        StringComparer.Ordinal,
        [
            "inputs", "steps", "run", "index", "round", "error", "result", .. Expression.Globals,
            "break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete", "do", "else", "enum", "export", "extends",
            "false", "finally", "for", "function", "if", "implements", "import", "in", "instanceof", "interface", "let", "new", "null", "package",
            "private", "protected", "public", "return", "static", "super", "switch", "this", "throw", "true", "try", "typeof", "var", "void",
            "while", "with", "yield", "await", "eval", "arguments",
        ]);
}
