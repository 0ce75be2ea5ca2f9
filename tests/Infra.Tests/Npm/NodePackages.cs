using System.Diagnostics;

namespace Orchestrator.Infra.Tests.Npm;

/// <summary>Packages that a folder of the tests has in its <c>package.json</c>, installed there by <c>npm ci</c> from the lock file beside it, and programs that use them.</summary>
internal sealed class NodePackages
{
    private readonly Lazy<Task<string?>> _missing;

    public NodePackages(string folder)
    {
        Folder = folder;
        _missing = new(InstallAsync);
    }

    public string Folder { get; }

    /// <summary>Skips the test where there is no Node.js, or npm cannot install.</summary>
    public async Task RequireAsync()
    {
        if (await _missing.Value is { } reason)
        {
            Assert.Skip(reason);
        }
    }

    /// <summary>What a program wrote to its standard output; it must end well.</summary>
    public async Task<string> RunAsync(string script, params string[] arguments)
    {
        var (code, output, errors) = await RunAsync("node", [script, .. arguments], TimeSpan.FromMinutes(3));
        Assert.True(code == 0, errors + output);
        return output;
    }

    private async Task<string?> InstallAsync()
    {
        try
        {
            var (code, _, _) = await RunAsync("node", ["--version"], TimeSpan.FromSeconds(30));
            if (code != 0)
            {
                return "node does not run";
            }

            var installed = Path.Combine(Folder, "node_modules", ".package-lock.json");
            if (File.Exists(installed) && File.GetLastWriteTimeUtc(installed) >= File.GetLastWriteTimeUtc(Path.Combine(Folder, "package-lock.json")))
            {
                return null;
            }

            var (npm, output, errors) = await RunAsync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"], TimeSpan.FromMinutes(5));
            return npm == 0 ? null : $"npm could not install the packages of {Path.GetFileName(Folder)}: {(errors.Length > 0 ? errors : output)}";
        }
        catch (System.ComponentModel.Win32Exception away)
        {
            return $"node or npm is not there: {away.Message}";
        }
    }

    private async Task<(int Code, string Output, string Errors)> RunAsync(string program, IEnumerable<string> arguments, TimeSpan within)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["NODE_PATH"] = Path.Combine(Folder, "node_modules");
        using var process = Process.Start(start)!;
        using var timeout = new CancellationTokenSource(within);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
            var errors = process.StandardError.ReadToEndAsync(timeout.Token);
            await process.WaitForExitAsync(timeout.Token);
            return (process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return (-1, "", $"{program} did not end within {within}");
        }
    }
}
