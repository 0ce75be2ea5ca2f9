using System.CommandLine;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Logging;
using Orchestrator.Server.Output;

namespace Orchestrator.Server.Commands;

/// <summary>The command line: every command, and the one place where an exception becomes a sentence and an exit code.</summary>
internal static class CommandLine
{
    // ENOSPC, which .NET passes on as it is.
    private const int DiskFull = 28;

    // EMFILE.
    private const int TooManyFiles = 24;

    public static RootCommand Root() => new(
        "Runs big promotions on a hybrid cloud from declarative runbooks.\n"
        + "Exit codes: 0 done, 1 failed, 2 bad input, 3 cancelled or rejected, 4 not reachable, 5 not allowed.")
    {
        RunCommand.Create(),
        ValidateCommand.Create(),
        PlanCommand.Create(),
        RunsCommand.Create(),
        ApprovalsCommand.Create(),
        ServersCommand.Create(),
        BusCommand.Create(),
        SchedulesCommand.Create(),
        FleetCommand.Create(),
        EmergencyCommand.Create(),
        StacksCommand.Create(),
        CloudCommand.Create(),
        ServeCommand.Create(),
        DoctorCommand.Create(),
        SchemaCommand.Create(),
        CommonOptions.Verbose,
    };

    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Root().Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                await Console.Error.WriteLineAsync($"orchestrator: {Sentence(error.Message)}");
            }

            await Console.Error.WriteLineAsync($"Try: {string.Join(' ', ["orchestrator", .. Path(parsed), "--help"])}");
            return ExitCode.BadInput;
        }

        try
        {
            // Commands that host something handle Ctrl-C themselves: the first one stops gracefully, the second ends the process.
            var code = await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
            if (code != ExitCode.Done || TerminalWriter.OutputFailure is not { } failure) return code;

            await Console.Error.WriteLineAsync($"orchestrator: it is done, but not all of it could be printed: {failure.TrimEnd('.')}. Make room where standard output goes, or give it another place");
            return ExitCode.NotReachable;
        }
        catch (Exception exception)
        {
            return await TellAsync(exception, parsed.GetValue(CommonOptions.Verbose));
        }
    }

    private static async Task<int> TellAsync(Exception exception, bool verbose)
    {
        var (code, message) = exception switch
        {
            CommandException command => (command.ExitCode, command.Located ? command.Message : $"orchestrator: {command.Message}"),
            Workflows.Model.Store.JournalUnavailableException => (ExitCode.NotReachable, $"orchestrator: {exception.Message}"),
            OperationCanceledException => (ExitCode.Cancelled, "orchestrator: stopped"),
            IOException { HResult: DiskFull } => (ExitCode.NotReachable, $"orchestrator: the disk is full ({exception.Message}); make room on it"),
            _ when Within(exception).Any(one => one.HResult == TooManyFiles || one.Message.Contains("Too many open files", StringComparison.OrdinalIgnoreCase)) => (
                ExitCode.NotReachable, "orchestrator: this process may not open more files; raise the limit with: ulimit -n 1024, or LimitNOFILE= of the service"),
            UnauthorizedAccessException or IOException => (ExitCode.NotReachable, $"orchestrator: {exception.Message}"),
            _ => (ExitCode.Failed, $"orchestrator: unexpected: {FirstLine(exception.Message)} ({exception.GetType().Name})."
                + (LogFile.Current is { } log ? $" More in {log}" : " Run it again with --verbose to see more")),
        };
        // Located problems are lines already; anything else is one, whatever it quotes.
        if (exception is CommandException { Located: true }) await Console.Error.WriteAsync(message + Environment.NewLine);
        else await Console.Error.WriteLineAsync(message);
        if (verbose)
        {
            await Console.Error.WriteAsync(exception + Environment.NewLine);
        }

        return code;
    }

    /// <summary>The parser names .NET's types where a value does not fit; people get what is wanted instead.</summary>
    private static string Sentence(string message)
    {
        var parts = message.Split('\'');
        return parts is ["Cannot parse argument ", var value, _, var owner, " as expected type ", var type, ..]
            ? $"'{value}' does not fit {owner}: give {(type.Contains("Guid", StringComparison.Ordinal) ? "an id as runs list shows it" : "a number")}"
            : message;
    }

    private static IEnumerable<Exception> Within(Exception exception)
    {
        for (var one = exception; one is not null; one = one.InnerException) yield return one;
    }

    private static string FirstLine(string text) => text.AsSpan().IndexOfAny('\r', '\n') is >= 0 and var end ? text[..end] : text;

    private static Stack<string> Path(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (var result = parsed.CommandResult; result?.Parent is System.CommandLine.Parsing.CommandResult parent; result = parent)
        {
            names.Push(result.Command.Name);
        }

        return names;
    }
}
