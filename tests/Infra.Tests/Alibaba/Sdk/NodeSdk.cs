using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace Orchestrator.Infra.Tests.Alibaba.Sdk;

/// <summary>The vendor's Node SDKs, installed beside this file by <c>npm ci</c> from a lock file.</summary>
internal static class NodeSdk
{
    private static readonly Lazy<Task<string?>> missing = new(InstallAsync);

    public static string Folder { get; } = FolderOf();

    /// <summary>Skips the test where there is no Node.js, or npm cannot install.</summary>
    public static async Task RequireAsync()
    {
        if (await missing.Value is { } reason)
        {
            Assert.Skip(reason);
        }
    }

    /// <summary>What each step was answered.</summary>
    /// <param name="steps">A file of steps; null: <c>life.json</c>.</param>
    public static async Task<JsonArray> DriveAsync(Uri endpoint, string accessKeyId, string accessKeySecret, string? steps = null)
    {
        string[] arguments = [Path.Combine(Folder, "drive.cjs"), endpoint.Authority, accessKeyId, accessKeySecret, .. steps is null ? Array.Empty<string>() : [steps]];
        var (code, output, errors) = await RunAsync("node", arguments, TimeSpan.FromMinutes(3));
        Assert.True(code == 0, errors + output);
        return JsonNode.Parse(output)!.AsArray();
    }

    private static async Task<string?> InstallAsync()
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
            return npm == 0 ? null : $"npm could not install the SDKs: {(errors.Length > 0 ? errors : output)}";
        }
        catch (System.ComponentModel.Win32Exception away)
        {
            return $"node or npm is not there: {away.Message}";
        }
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(string program, IEnumerable<string> arguments, TimeSpan within)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
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

    private static string FolderOf([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
}
