using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Extensions.Logging;
using Orchestrator.Infra.Http;
using Orchestrator.Infra.Provisioning.Stacks;

namespace Orchestrator.Infra.Provisioning.Cli;

/// <param name="Arguments">No secret is among them: they stand in every list of processes.</param>
/// <param name="Directory">Where it runs.</param>
internal sealed record PulumiCommand(ImmutableArray<string> Arguments, string Directory)
{
    /// <summary>Written to standard input, which is then closed. May be a secret.</summary>
    public string? Input { get; init; }

    /// <summary>What the process gets besides this process's environment; null takes a variable away.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = ImmutableDictionary<string, string?>.Empty;

    /// <summary>How long it may say nothing, neither by output nor by events, before it is stopped.</summary>
    public TimeSpan QuietTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>True once its work is done, whatever keeps the process.</summary>
    public Func<bool> IsDone { get; init; } = () => false;
}

/// <param name="ExitCode">128 and the signal for a process that a signal ended.</param>
/// <param name="Hung">It was stopped because it said nothing for too long.</param>
/// <param name="StoppedAfterEnd">Its work was done and told, and it did not end by itself.</param>
internal sealed record CommandResult(int ExitCode, string Output, string Errors, bool Hung, bool StoppedAfterEnd);

/// <summary>
/// Runs the executable. A stop is asked for gracefully (SIGINT: no new steps, those begun are finished), again after the grace period (SIGINT:
/// end at once), and then the process and all its children are killed. The child has a session of its own: Ctrl-C in a terminal does not reach it.
/// </summary>
internal sealed partial class PulumiProcess(string executable, TimeSpan gracePeriod, TimeProvider systemClock, ILogger logger)
{
    private const int Interrupt = 2;
    private const int LargestOutput = 256 * 1024 * 1024;
    private static readonly TimeSpan LastGrace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Watching = TimeSpan.FromMilliseconds(200);
    private static readonly string? Session = OperatingSystem.IsLinux() && File.Exists("/usr/bin/setsid") ? "/usr/bin/setsid" : null;

    private long _heard;

    /// <summary>Something came from the process by another way than its output.</summary>
    public void Heard() => Volatile.Write(ref _heard, systemClock.GetTimestamp());

    /// <exception cref="StackEngineException">It could not be started.</exception>
    /// <exception cref="OperationCanceledException">It was asked to stop, and has ended.</exception>
    public async Task<CommandResult> RunAsync(PulumiCommand command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var process = Start(command);
        if (logger.IsEnabled(LogLevel.Debug))
        {
            var arguments = string.Join(' ', command.Arguments.Select(Masking.Text));
            Log.Started(logger, process.Id, arguments, command.Directory);
        }

        Heard();
        var output = ReadAsync(process.StandardOutput);
        var errors = ReadAsync(process.StandardError);
        await WriteAsync(process, command.Input);
        var (hung, late) = (false, false);
        var exit = process.WaitForExitAsync(CancellationToken.None);
        try
        {
            (hung, late) = await WatchAsync(exit, command, cancellationToken);
            if (hung || late)
            {
                await StopAsync(process, exit);
            }
        }
        catch (OperationCanceledException)
        {
            await StopAsync(process, exit);
            var stopped = await TextsAsync(output, errors);
            Tell(process, stopped.Errors);
            throw;
        }

        var (told, wrong) = await TextsAsync(output, errors);
        Tell(process, wrong);
        return new CommandResult(process.ExitCode, told, wrong, hung, late);
    }

    private void Tell(Process process, string errors)
    {
        if (logger.IsEnabled(LogLevel.Debug))
        {
            var (exitCode, shown) = (process.ExitCode, Masking.Text(errors));
            Log.Ended(logger, process.Id, exitCode, shown);
        }
    }

    private Process Start(PulumiCommand command)
    {
        var start = new ProcessStartInfo
        {
            FileName = Session ?? executable,
            WorkingDirectory = command.Directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        };
        if (Session is not null)
        {
            // Takes a session of its own and becomes the executable: the process keeps its id.
            start.ArgumentList.Add(executable);
        }

        foreach (var argument in command.Arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in command.Environment)
        {
            if (value is null) start.Environment.Remove(name);
            else start.Environment[name] = value;
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new StackEngineException("pulumi-missing", $"{executable} cannot be started: {e.Message}. {PulumiExecutable.HowToInstall}", retryable: false, e);
        }
    }

    /// <summary>Completes when the process ends, hangs, or has told its end and stays.</summary>
    private async Task<(bool Hung, bool Late)> WatchAsync(Task exit, PulumiCommand command, CancellationToken cancellationToken)
    {
        long? done = null;
        while (!exit.IsCompleted)
        {
            // The delay's end is no event of the process; only its exit or a cancellation is.
            await Task.WhenAny(exit, Task.Delay(Watching, systemClock, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
            if (exit.IsCompleted)
            {
                break;
            }

            if (command.IsDone())
            {
                done ??= systemClock.GetTimestamp();
                if (systemClock.GetElapsedTime(done.Value) > gracePeriod)
                {
                    return (false, true);
                }
            }
            else if (systemClock.GetElapsedTime(Volatile.Read(ref _heard)) > command.QuietTimeout)
            {
                return (true, false);
            }
        }

        return (false, false);
    }

    private async Task StopAsync(Process process, Task exit)
    {
        foreach (var patience in new[] { gracePeriod, TimeSpan.FromTicks(Math.Min(gracePeriod.Ticks, LastGrace.Ticks)) })
        {
            if (exit.IsCompleted)
            {
                return;
            }

            Log.Stopping(logger, process.Id, patience);
            if (!OperatingSystem.IsWindows())
            {
                _ = Signal(process.Id, Interrupt);
                await Task.WhenAny(exit, Task.Delay(patience, systemClock, CancellationToken.None));
            }
        }

        if (!exit.IsCompleted)
        {
            Log.Killing(logger, process.Id);
            process.Kill(entireProcessTree: true);
            await exit;
        }
    }

    /// <summary>A plug-in that outlives the executable keeps its pipes open; nobody waits for that.</summary>
    private async Task<(string Output, string Errors)> TextsAsync(Task<string> output, Task<string> errors)
    {
        await Task.WhenAny(Task.WhenAll(output, errors), Task.Delay(LastGrace, systemClock, CancellationToken.None));
        return (output.IsCompletedSuccessfully ? output.Result : "", errors.IsCompletedSuccessfully ? errors.Result : "");
    }

    private async Task<string> ReadAsync(StreamReader reader)
    {
        var text = new StringBuilder();
        var buffer = new char[16 * 1024];
        while (await reader.ReadAsync(buffer) is > 0 and var count)
        {
            Heard();
            if (text.Length < LargestOutput)
            {
                text.Append(buffer, 0, count);
            }
        }

        return text.ToString();
    }

    private static async Task WriteAsync(Process process, string? input)
    {
        try
        {
            if (input is not null)
            {
                await process.StandardInput.WriteAsync(input);
            }

            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it read: its exit code and its texts say why.
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Signal(int process, int signal);

    private static partial class Log
    {
        [LoggerMessage(EventId = 6010, Level = LogLevel.Debug, Message = "pulumi process {ProcessId} started: {Arguments} in {Directory}")]
        public static partial void Started(ILogger logger, int processId, string arguments, string directory);

        [LoggerMessage(EventId = 6011, Level = LogLevel.Debug, Message = "pulumi process {ProcessId} exited with {ExitCode}: {Errors}")]
        public static partial void Ended(ILogger logger, int processId, int exitCode, string errors);

        [LoggerMessage(EventId = 6012, Level = LogLevel.Information, Message = "pulumi process {ProcessId} is asked to stop (SIGINT); it has {GracePeriod}")]
        public static partial void Stopping(ILogger logger, int processId, TimeSpan gracePeriod);

        [LoggerMessage(EventId = 6013, Level = LogLevel.Warning, Message = "pulumi process {ProcessId} did not stop and is killed; what it was doing is pending in the stack's state")]
        public static partial void Killing(ILogger logger, int processId);
    }
}
