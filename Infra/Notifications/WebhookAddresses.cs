using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Orchestrator.Infra.Http;

namespace Orchestrator.Infra.Notifications;

/// <summary>
/// Which machines a webhook may be on, judged by the address that its name resolves to at the moment of connecting. Never without being allowed:
/// loopback, link-local (where clouds answer with a machine's credentials) and other addresses that are no machine's of the network.
/// </summary>
public sealed class WebhookAddresses
{
    private static readonly IPNetwork[] closed =
    [
        IPNetwork.Parse("0.0.0.0/8"), IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("224.0.0.0/4"), IPNetwork.Parse("240.0.0.0/4"),
        IPNetwork.Parse("::/127"), IPNetwork.Parse("fe80::/10"), IPNetwork.Parse("ff00::/8"),
        // The metadata services of Alibaba Cloud, Azure and AWS that are not link-local.
        IPNetwork.Parse("100.100.100.200/32"), IPNetwork.Parse("168.63.129.16/32"), IPNetwork.Parse("fd00:ec2::254/128"),
    ];

    private readonly bool any;
    private readonly HashSet<string> hosts = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<IPNetwork> networks = [];
    private readonly string? own;

    private WebhookAddresses(bool any) => this.any = any;

    /// <param name="allow">Parted by commas or blanks: host names (also <c>host:port</c>), addresses and networks (<c>127.0.0.0/8</c>) that are allowed though they are closed.</param>
    /// <param name="cloud">The configured cloud, which is always allowed; null: none.</param>
    /// <param name="ownPort">Where this server's API listens on loopback; closed unless allowed as <c>host:port</c>. 0: nowhere.</param>
    /// <exception cref="FormatException">An entry is none of these.</exception>
    public WebhookAddresses(string allow, Uri? cloud = null, int ownPort = 0)
    {
        foreach (var entry in Entries(allow))
        {
            if (Network(entry) is { } network) networks.Add(network);
            else if (IsHost(entry)) hosts.Add(entry);
            else throw new FormatException($"'{entry}' is no host, host:port, address or network, as in hooks.example.org, 127.0.0.1 or 10.0.0.0/8");
        }

        if (cloud is not null) hosts.Add(cloud.Authority.Contains(':', StringComparison.Ordinal) ? cloud.Authority : $"{cloud.Authority}:{cloud.Port}");
        own = ownPort > 0 ? string.Create(CultureInfo.InvariantCulture, $":{ownPort}") : null;
    }

    /// <summary>Every machine: for tools and tests that choose their receivers themselves.</summary>
    public static WebhookAddresses Any { get; } = new(any: true);

    /// <summary>Those of a name's addresses that may be connected to. Throws <see cref="WebhookRefusedException"/> when it is none.</summary>
    public async Task<IPAddress[]> ResolveAsync(DnsEndPoint target, CancellationToken cancellationToken)
    {
        var found = IPAddress.TryParse(target.Host.Trim('[', ']'), out var literal) ? [literal] : await Dns.GetHostAddressesAsync(target.Host, cancellationToken);
        var permitted = found.Where(address => Permits(target.Host, target.Port, address)).ToArray();
        return permitted.Length > 0 || found.Length == 0 ? permitted : throw Refused(target.Host, found[0]);
    }

    /// <summary>Throws <see cref="WebhookRefusedException"/> for an address that is no webhook's, whatever its name resolves to.</summary>
    public void Check(Uri address)
    {
        if (!address.IsAbsoluteUri || address.Scheme is not ("http" or "https"))
        {
            throw new WebhookRefusedException($"{(address.IsAbsoluteUri ? address.Scheme + ":" : "a relative address")} is no webhook's address; give one that begins with http:// or https://");
        }

        // Also for one that goes through a proxy, which resolves names by itself.
        if (IPAddress.TryParse(address.Host.Trim('[', ']'), out var literal) && !Permits(address.Host, address.Port, literal)) throw Refused(address.Host, literal);
    }

    /// <summary>Sockets that connect to permitted addresses alone.</summary>
    internal SocketsHttpHandler Guard(SocketsHttpHandler sockets)
    {
        sockets.ConnectCallback = ConnectAsync;
        return sockets;
    }

    /// <summary>Connects to an address that was checked, so that a name cannot resolve to another one in between.</summary>
    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var (target, asked) = (context.DnsEndPoint, context.InitialRequestMessage.RequestUri!);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            // A proxy is the operator's choice; where it connects to is its own.
            if (target.Port == asked.Port && string.Equals(target.Host, asked.IdnHost, StringComparison.OrdinalIgnoreCase))
            {
                await socket.ConnectAsync(await ResolveAsync(target, cancellationToken), target.Port, cancellationToken);
            }
            else
            {
                await socket.ConnectAsync(target, cancellationToken);
            }

            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private bool Permits(string host, int port, IPAddress address)
    {
        if (any || hosts.Contains(string.Create(CultureInfo.InvariantCulture, $"{host}:{port}"))) return true;

        var inner = Inner(address);
        if (own is not null && IPAddress.IsLoopback(inner) && string.Create(CultureInfo.InvariantCulture, $":{port}") == own) return false;
        return hosts.Contains(host) || networks.Exists(network => network.Contains(inner)) || !Array.Exists(closed, network => network.Contains(inner));
    }

    /// <summary>The IPv4 address that an IPv6 one stands for (mapped, NAT64, 6to4), or the address itself.</summary>
    private static IPAddress Inner(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address;
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();

        var bytes = address.GetAddressBytes();
        if (bytes is [0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, ..]) return new IPAddress(bytes[12..]);
        return bytes is [0x20, 0x02, ..] ? new IPAddress(bytes[2..6]) : address;
    }

    private static WebhookRefusedException Refused(string host, IPAddress address) => new(
        $"{host} is {(host.Trim('[', ']') == address.ToString() ? "" : address + ", ")}{(IPAddress.IsLoopback(Inner(address)) ? "this machine itself" : "a link-local, metadata or otherwise closed address")}, and webhooks may not go there. " +
        "Give another address, or allow it in Infra:WebhookAllow");

    private static string[] Entries(string allow) => allow.Split([',', ' ', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static IPNetwork? Network(string entry) =>
        IPNetwork.TryParse(entry, out var network) ? network
        : IPAddress.TryParse(entry.Trim('[', ']'), out var address) ? new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128)
        : null;

    private static bool IsHost(string entry) => Uri.TryCreate($"http://{entry}/", UriKind.Absolute, out var uri) && uri.AbsolutePath == "/" && uri.UserInfo.Length == 0 && !entry.Contains('/', StringComparison.Ordinal);
}
