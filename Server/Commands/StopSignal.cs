using System.Runtime.InteropServices;

namespace Orchestrator.Server.Commands;

/// <summary>Ctrl-C and SIGTERM: the first asks for a graceful stop and says what stays, the second ends the process.</summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource _requested = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly string _message;

    public StopSignal(string message)
    {
        _message = message;
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];
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
