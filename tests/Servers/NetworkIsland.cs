using System.Globalization;
using System.Net;

namespace Orchestrator.Servers;

/// <summary>
/// A network namespace that reaches this machine over a router, which is one too. When the router is told to forward nothing, whatever is
/// under way is swallowed: no link goes down, nobody is refused, nobody is told.
/// </summary>
public sealed class NetworkIsland : IAsyncDisposable
{
    private readonly string _router;
    private readonly string _island;

    private NetworkIsland(int number)
    {
        (_router, _island) = (string.Create(CultureInfo.InvariantCulture, $"orc-r{number}"), string.Create(CultureInfo.InvariantCulture, $"orc-i{number}"));
        Shore = IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"{Net(number)}.1"));
    }

    /// <summary>Where the island finds this machine. Nobody else does.</summary>
    public IPAddress Shore { get; }

    /// <summary>What to put before a command that is to run on the island.</summary>
    public IReadOnlyList<string> Within => [Program, "netns", "exec", _island];

    private static string Program => Installed.Find("ip") ?? "/usr/sbin/ip";

    /// <summary>Null: this machine does not let one be made. It takes root, iproute2 and a kernel that has namespaces and veth.</summary>
    public static async Task<NetworkIsland?> TryMakeAsync()
    {
        if (!Environment.IsPrivilegedProcess || !File.Exists(Program)) return null;

        var number = Random.Shared.Next(256);
        var made = new NetworkIsland(number);
        try
        {
            await made.MakeAsync(number);
            return made;
        }
        catch (InvalidOperationException)
        {
            await made.DisposeAsync();
            return null;
        }
    }

    public Task CutAsync() => ForwardAsync(false);

    public Task HealAsync() => ForwardAsync(true);

    public async ValueTask DisposeAsync()
    {
        // The links go with what they lead to.
        foreach (var name in (string[])[_island, _router])
        {
            try
            {
                await RunAsync("netns", "del", name);
            }
            catch (InvalidOperationException)
            {
                // It was never made.
            }
        }
    }

    private static string Net(int number) => string.Create(CultureInfo.InvariantCulture, $"10.213.{number}");

    private static Task<string> RunAsync(params string[] arguments) => ServerProcess.RunAsync(null, Program, arguments);

    private async Task MakeAsync(int number)
    {
        var net = Net(number);
        var (shore, near, far, island) = ($"{_router}s", $"{_router}n", $"{_router}f", $"{_router}i");
        await RunAsync("netns", "add", _router);
        await RunAsync("netns", "add", _island);
        await RunAsync("link", "add", shore, "type", "veth", "peer", "name", near, "netns", _router);
        await RunAsync("-n", _router, "link", "add", far, "type", "veth", "peer", "name", island, "netns", _island);
        await JoinAsync([], shore, $"{net}.1/30");
        await JoinAsync(["-n", _router], near, $"{net}.2/30");
        await JoinAsync(["-n", _router], far, $"{net}.5/30");
        await JoinAsync(["-n", _island], island, $"{net}.6/30");
        await RunAsync("-n", _island, "link", "set", "lo", "up");
        await RunAsync("-n", _island, "route", "add", "default", "via", $"{net}.5");
        await RunAsync("route", "add", $"{net}.4/30", "via", $"{net}.2");
        await HealAsync();
    }

    private static async Task JoinAsync(string[] where, string link, string address)
    {
        await RunAsync([.. where, "addr", "add", address, "dev", link]);
        await RunAsync([.. where, "link", "set", link, "up"]);
    }

    private async Task ForwardAsync(bool forward) => await RunAsync("netns", "exec", _router, "sh", "-c", $"echo {(forward ? 1 : 0)} > /proc/sys/net/ipv4/ip_forward");
}
