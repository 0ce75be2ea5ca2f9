using Orchestrator.Server.Output;

namespace Orchestrator.Server.Failures;

/// <summary>Ends a command with an exit code and a sentence for people: what is wrong, and how to fix it.</summary>
internal sealed class CommandException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode { get; } = exitCode;

    /// <summary>True when the message already holds whole <c>file:line:column: error CODE: …</c> lines.</summary>
    public bool Located { get; init; }

    public static CommandException BadInput(string message) => new(Failures.ExitCode.BadInput, message);

    public static CommandException NotReachable(string message, Exception? inner = null) => new(Failures.ExitCode.NotReachable, message, inner);

    /// <summary>Problems with their places, one a line.</summary>
    public static CommandException Diagnostics<T>(IEnumerable<T> diagnostics) =>
        new(Failures.ExitCode.BadInput, string.Join(Environment.NewLine, diagnostics.Select(diagnostic => Printable.Line(diagnostic?.ToString())))) { Located = true };
}
