using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Orchestrator.Servers;

/// <summary>
/// A server's process: its output is read, it is signalled by id, and it does not outlive the process that started it, however that
/// one ends.
/// </summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const int LinesKept = 200;

    private readonly Process _process;
    private readonly Process _guard;
    private readonly Queue<string> _lines = new();
    private readonly List<(string Words, TaskCompletionSource Said)> _awaited = [];
    private readonly Task _reading;

    private ServerProcess(Process process, Process guard)
    {
        _process = process;
        _guard = guard;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>The last lines that it wrote.</summary>
    public string Output
    {
        get
        {
            lock (_lines)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    /// <param name="folder">Deleted with the process should this one die without a word.</param>
    /// <param name="environment">All that the process sees of the environment beside PATH; null: what this one sees.</param>
    public static ServerProcess Start(string folder, IReadOnlyDictionary<string, string>? environment, string program, params IEnumerable<string> arguments)
    {
        var process = Process.Start(Info(environment, program, arguments))!;
        // Its standard input ends when this process does. A word on it says that the server has ended and there is nothing to do.
        var guard = Process.Start(new ProcessStartInfo(
            "sh", ["-c", "trap '' INT TERM HUP; read -r word && exit; kill -KILL \"$1\" && sleep 1; rm -rf \"$2\"", "sh", process.Id.ToString(CultureInfo.InvariantCulture), folder])
        {
            RedirectStandardInput = true,
        })!;
        return new ServerProcess(process, guard);
    }

    /// <summary>Runs a program to its end. Throws <see cref="InvalidOperationException"/> with what it said when it fails.</summary>
    public static async Task<string> RunAsync(
        IReadOnlyDictionary<string, string>? environment, string program, IEnumerable<string> arguments, CancellationToken cancellationToken = default)
    {
        using var process = Process.Start(Info(environment, program, arguments))!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {await output}{await error}");
    }

    /// <summary>Waits for a line with these words. Throws with what it wrote when it ends before, or takes longer than <paramref name="waitLimit"/>.</summary>
    public async Task WhenSaidAsync(string words, TimeSpan waitLimit, CancellationToken cancellationToken = default)
    {
        var said = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lines)
        {
            if (_lines.Any(line => line.Contains(words, StringComparison.Ordinal)))
            {
                return;
            }

            _awaited.Add((words, said));
        }

        try
        {
            var first = await Task.WhenAny(said.Task, _reading).WaitAsync(waitLimit, TimeProvider.System, cancellationToken);
            if (first == said.Task || said.Task.IsCompleted)
            {
                return;
            }
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"it did not say '{words}' within {waitLimit.TotalSeconds} s: {Output}");
        }

        throw new InvalidOperationException($"it ended before it said '{words}': {Output}");
    }

    public void Signal(PosixSignal signal) => Signal(signal switch
    {
        PosixSignal.SIGINT => 2,
        PosixSignal.SIGQUIT => 3,
        PosixSignal.SIGTERM => 15,
        _ => throw new ArgumentOutOfRangeException(nameof(signal), signal, "unknown here"),
    });

    public void Kill() => Signal(9);

    /// <summary>Waits until it has ended; kills it when that takes longer than <paramref name="waitLimit"/>.</summary>
    public async Task WhenEndedAsync(TimeSpan waitLimit)
    {
        using var limit = new CancellationTokenSource(waitLimit, TimeProvider.System);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        await DismissGuardAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        await WhenEndedAsync(TimeSpan.FromSeconds(10));
        _process.Dispose();
        _guard.Dispose();
    }

    private static ProcessStartInfo Info(IReadOnlyDictionary<string, string>? environment, string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        if (environment is not null)
        {
            start.Environment.Clear();
            start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
            foreach (var (name, value) in environment)
            {
                start.Environment[name] = value;
            }
        }

        return start;
    }

    private async Task DismissGuardAsync()
    {
        if (!_guard.HasExited)
        {
            await _guard.StandardInput.WriteLineAsync("ended");
            await _guard.StandardInput.FlushAsync();
            await _guard.WaitForExitAsync();
        }
    }

    private void Signal(int signal)
    {
        if (!_process.HasExited)
        {
            _ = kill(_process.Id, signal);
        }
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_lines)
            {
                _lines.Enqueue(line);
                if (_lines.Count > LinesKept)
                {
                    _lines.Dequeue();
                }

                foreach (var (words, said) in _awaited)
                {
                    if (line.Contains(words, StringComparison.Ordinal))
                    {
                        said.TrySetResult();
                    }
                }
            }
        }
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int process, int signal);
}
