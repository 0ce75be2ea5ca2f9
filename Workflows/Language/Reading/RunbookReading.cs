using System.Collections.Immutable;
using Orchestrator.Text;
using Orchestrator.Workflows.Model.Runbooks;

namespace Orchestrator.Workflows.Language.Reading;

/// <summary>What came of reading a file: a runbook when there is no error, and every diagnostic found, in the order of the file.</summary>
public sealed record RunbookReading(Runbook? Runbook, ImmutableArray<Diagnostic> Diagnostics)
{
    public bool IsValid => Runbook is not null;
}

/// <summary>A runbook's text and the name of its file as people see it.</summary>
public sealed record RunbookFile(string File, string Text);
