using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Orchestrator.Server.Files;

namespace Orchestrator.Server.Environments;

/// <summary>Starts the simulated cloud of a night as a process of its own: the world does not end when the orchestrator is killed.</summary>
internal static partial class CloudProcess
{
    /// <summary>Starts it and returns at once; until it answers, requests to it are refused, which drivers try again.</summary>
    public static void Start(DataFolder data)
    {
        var environment = data.ReadEnvironment()!;
        var start = new ProcessStartInfo(
            Environment.ProcessPath!,
            [
                "cloud", "--fleet", environment.Fleet, "--port", environment.Cloud.Port.ToString(CultureInfo.InvariantCulture),
                "--anchor", EnvironmentJson.Write(environment.Anchor), "--keep-with", data.EnvironmentPath, "--log", data.EffectsPath,
            ])
        {
            // Its own pipes: what reads our output must not wait for the cloud's end.
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var cloud = Process.Start(start);
    }

    /// <summary>Called in the cloud's process: Ctrl-C in the terminal is the orchestrator's, not its.</summary>
    public static void LeaveTerminal() => _ = SetSid();

    public static Uri FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
    }

    [LibraryImport("libc", EntryPoint = "setsid")]
    private static partial int SetSid();
}
