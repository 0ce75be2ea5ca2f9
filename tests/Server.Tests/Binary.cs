using System.Diagnostics;
using System.Text;
using System.Threading.Channels;

namespace Orchestrator.Server.Tests;

/// <summary>The built binary of this build's configuration, run as a user would.</summary>
internal static class Binary
{
    /// <summary>artifacts/bin/Server.Tests/debug → artifacts/bin/Server/debug.</summary>
    public static string Path { get; } = Find();

    public static string Repository { get; } = System.IO.Path.GetFullPath(System.IO.Path.Combine(AppContext.BaseDirectory, "..", "..", "..", ".."));

    public static Task<Finished> RunAsync(string folder, params string[] arguments) => RunAsync(folder, new Dictionary<string, string>(), arguments);

    public static async Task<Finished> RunAsync(string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        await using var running = Start(folder, environment, arguments);
        return await running.WhenEndedAsync();
    }

    public static Running Start(string folder, params string[] arguments) => Start(folder, new Dictionary<string, string>(), arguments);

    public static Running Start(string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments) => Start([Path, .. arguments], folder, environment);

    /// <param name="command">The binary with its arguments, and before it what it is to run in.</param>
    public static Running Start(IReadOnlyList<string> command, string folder, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new Running(Process.Start(start)!);
    }

    private static string Find()
    {
        var tests = new DirectoryInfo(AppContext.BaseDirectory);
        return System.IO.Path.Combine(tests.Parent!.Parent!.FullName, "Server", tests.Name, "orchestrator");
    }
}

internal sealed record Finished(int ExitCode, string Output, string Error);

/// <summary>A process of the binary, killed at the latest when the test ends.</summary>
internal sealed class Running : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly Task _reading;
    private readonly Task<string> _error;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly TaskCompletionSource<Uri> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Running(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync();
        _reading = ReadAsync();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>The address that <c>serve</c> and <c>cloud</c> say they are ready on. Fails when the process ends before.</summary>
    public Task<Uri> WhenReadyAsync() => _ready.Task.WaitAsync(TimeSpan.FromMinutes(3), TimeProvider.System);

    /// <summary>Waits for a line with these words. Fails when the process ends before.</summary>
    public async Task WhenSaidAsync(string words)
    {
        using var waitLimit = new CancellationTokenSource(TimeSpan.FromMinutes(3), TimeProvider.System);
        await foreach (var line in _lines.Reader.ReadAllAsync(waitLimit.Token))
        {
            if (line.Contains(words, StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail($"it ended before it said '{words}': {_output} {await _error}");
    }

    public async Task<Finished> WhenEndedAsync(CancellationToken cancellationToken = default)
    {
        await _process.WaitForExitAsync(cancellationToken);
        await _reading;
        return new Finished(_process.ExitCode, _output.ToString(), await _error);
    }

    /// <summary>Ctrl-C.</summary>
    public async Task InterruptAsync()
    {
        using var kill = Process.Start("kill", ["-INT", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            _output.AppendLine(line);
            _lines.Writer.TryWrite(line);
            if (line.StartsWith("orchestrator: ", StringComparison.Ordinal) && line.IndexOf("ready on ", StringComparison.Ordinal) is >= 0 and var at)
            {
                _ready.TrySetResult(new Uri(line[(at + "ready on ".Length)..].Split([' ', ','])[0]));
            }
        }

        _lines.Writer.Complete();
        _ready.TrySetException(new InvalidOperationException($"it ended before it was ready: {await _error}"));
    }
}

/// <summary>A folder of its own for a test, gone afterwards.</summary>
internal sealed class Folder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("orchestrator-").FullName;

    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        var file = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, bytes);
        return name;
    }

    /// <summary>Every file and folder with its size and time: the same before and after when nothing changed.</summary>
    public IReadOnlyList<string> List() =>
        [.. Directory.EnumerateFileSystemEntries(Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(entry => File.Exists(entry) ? $"{entry} {new FileInfo(entry).Length} {File.GetLastWriteTimeUtc(entry):O}" : entry)];

    public void Dispose()
    {
        // A simulated cloud that is just starting may still write its first file; it ends once environment.json is gone.
        for (var attempt = 0; Directory.Exists(Path); attempt++)
        {
            try
            {
                Directory.Delete(Path, recursive: true);
            }
            catch (IOException) when (attempt < 100)
            {
                Thread.Yield();
            }
        }
    }
}
