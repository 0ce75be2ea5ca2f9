using System.Globalization;
using System.Runtime.InteropServices;
using Orchestrator.Server.Failures;

namespace Orchestrator.Server.Commands;

/// <summary>
/// Ctrl-C, Ctrl-\, SIGTERM and the end of the terminal (SIGHUP): the first asks for a graceful stop and says what stays, the second ends
/// the process. A SIGHUP that the caller has this process ignore, as <c>nohup</c> does, stays ignored.
/// </summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource _requested = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly string _message;

    public StopSignal(string message)
    {
        _message = message;
        PosixSignal[] signals = IgnoresHangUp() ? [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGQUIT] : [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGQUIT, PosixSignal.SIGHUP];
        _registrations = [.. signals.Select(signal => PosixSignalRegistration.Create(signal, Handle))];
    }

    public CancellationToken Requested => _requested.Token;

    /// <summary>Completes when a stop is asked for, or <paramref name="other"/> does.</summary>
    public async Task WhenRequestedAsync(Task other)
    {
        var requested = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = _requested.Token.Register(requested.SetResult);
        await Task.WhenAny(requested.Task, other);
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _requested.Dispose();
    }

    /// <summary>Bit 0 of the mask of ignored signals is signal 1, SIGHUP.</summary>
    private static bool IgnoresHangUp()
    {
        try
        {
            const string Key = "SigIgn:";
            var line = File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal));
            return line is not null && ulong.TryParse(line.AsSpan(Key.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var mask) && (mask & 1) != 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_requested.IsCancellationRequested)
        {
            Environment.Exit(ExitCode.Cancelled);
        }

        Console.Error.WriteLine($"orchestrator: {_message} (again to end at once)");
        _requested.Cancel();
    }
}
