using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Orchestrator.Infra.Tests.Kubernetes;

/// <summary>The program <c>kubectl</c> with a home and a cache of its own, against one API server.</summary>
internal sealed class Kubectl : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("orchestrator-kubectl-").FullName;
    private readonly string[] _address;

    /// <param name="server">Null: none, for what needs no server.</param>
    public Kubectl(Uri? server) => _address = server is null ? [] : ["--server", server.ToString().TrimEnd('/')];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>The first that asks for OpenAPI v3 below the path of the server's address.</summary>
    private const int OldestMinor = 29;

    /// <summary>Skips the test where kubectl is not installed, or too old.</summary>
    public static async Task RequireAsync()
    {
        using var kubectl = new Kubectl(null);
        try
        {
            var (code, output) = await kubectl.TryAsync(null, "version", "--client", "-o", "json");
            Assert.SkipUnless(code == 0, $"kubectl does not run: {output}");
            var version = JsonNode.Parse(output)!["clientVersion"]!["gitVersion"]!.ToString();
            Assert.SkipUnless(
                version.Split('.') is ["v1", var minor, ..] && int.Parse(minor, CultureInfo.InvariantCulture) >= OldestMinor,
                $"kubectl {version} is older than 1.{OldestMinor}, and leaves the path of the server out when it asks for OpenAPI");
        }
        catch (Win32Exception away)
        {
            Assert.Skip($"kubectl is not installed: {away.Message}");
        }
    }

    /// <summary>Standard output; it must end well.</summary>
    public Task<string> RunAsync(params string[] arguments) => FeedAsync(null, arguments);

    /// <summary>The same, with a text on its standard input.</summary>
    public async Task<string> FeedAsync(string? input, params string[] arguments)
    {
        var (code, output) = await TryAsync(input, arguments);
        Assert.True(code == 0, $"kubectl {string.Join(' ', arguments)}: {output}");
        return output;
    }

    /// <summary>What it says when it fails, as it must.</summary>
    public async Task<string> FailAsync(string? input, params string[] arguments)
    {
        var (code, output) = await TryAsync(input, arguments);
        Assert.True(code != 0, $"kubectl {string.Join(' ', arguments)} did not fail: {output}");
        return output;
    }

    /// <summary>Of a good end the standard output alone: what it logs beside is no part of the answer.</summary>
    public async Task<(int Code, string Output)> TryAsync(string? input, params string[] arguments)
    {
        using var process = Start(arguments);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(Stop);
        var errors = process.StandardError.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        return (process.ExitCode, process.ExitCode == 0 ? await output : await output + await errors);
    }

    /// <summary>A kubectl that runs on, like a watch.</summary>
    public Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("kubectl", [.. _address, "--cache-dir", Path.Combine(_home, "cache"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["KUBECONFIG"] = Path.Combine(_home, "none");
        start.Environment["HOME"] = _home;
        return Process.Start(start)!;
    }

    public void Dispose() => Directory.Delete(_home, recursive: true);
}
