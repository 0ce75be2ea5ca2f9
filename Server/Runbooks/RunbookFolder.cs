using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Text;
using Orchestrator.Workflows.Language.Reading;

namespace Orchestrator.Server.Runbooks;

/// <summary>A folder of runbooks, read anew each time. A file that cannot be read any more stays in use as it was read last by this process.</summary>
/// <param name="logger">Told once of each problem; null: nobody is.</param>
internal sealed partial class RunbookFolder(string path, ILogger? logger = null)
{
    private readonly Lock _lock = new();
    private readonly ILogger _logger = logger ?? NullLogger.Instance;
    private RunbookLibrary _last = RunbookLibrary.Empty;

    public string Path { get; } = path;

    public RunbookLibrary Read()
    {
        lock (_lock)
        {
            var before = _last.Diagnostics;
            _last = RunbookLibrary.FromFolder(Path, _last);
            Tell(before);
            return _last;
        }
    }

    private void Tell(ImmutableArray<Diagnostic> before)
    {
        foreach (var diagnostic in _last.Diagnostics.Except(before)) LogDiagnostic(diagnostic);
        foreach (var diagnostic in before.Except(_last.Diagnostics)) LogFixed(diagnostic.File);
    }

    [LoggerMessage(EventId = 9061, Level = LogLevel.Warning, Message = "A runbook file cannot be read; what was read of it before stays in use: {Diagnostic}")]
    private partial void LogDiagnostic(Diagnostic diagnostic);

    [LoggerMessage(EventId = 9062, Level = LogLevel.Information, Message = "{File} is read again, or is gone")]
    private partial void LogFixed(string file);
}
