using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Orchestrator.Workflows.Model.Bus;

/// <summary>Where a message broker is and who asks: <c>amqp://user:password@host:5672,other:5672/vhost</c>, with <c>amqps</c> over TLS.</summary>
/// <param name="Hosts">Servers of one cluster; whichever answers is used.</param>
internal sealed record BrokerAddress(ImmutableArray<(string Name, int Port)> Hosts, string VirtualHost, string User, string Password, bool Tls)
{
    public const string Example = "amqp://user:password@host:5672/vhost";

    /// <summary>As people are told of it: no secrets.</summary>
    public string Shown => string.Join(",", Hosts.Select(host => $"{host.Name}:{host.Port}")) + (VirtualHost == "/" ? "" : $"/{VirtualHost}");

    /// <param name="diagnostic">Why it is no address, for people.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out BrokerAddress? address, [NotNullWhen(false)] out string? diagnostic)
    {
        address = null;
        var scheme = text.Split("://", 2);
        if (scheme is not [var kind and ("amqp" or "amqps"), var rest])
        {
            diagnostic = $"it has to begin with amqp:// or amqps://, as in {Example}";
            return false;
        }

        var path = rest.Split('/', 2);
        var at = path[0].LastIndexOf('@');
        var secrets = at < 0 ? ["guest", "guest"] : path[0][..at].Split(':', 2);
        var hosts = ImmutableArray.CreateBuilder<(string, int)>();
        foreach (var host in path[0][(at + 1)..].Split(','))
        {
            if (!TryParseHost(host, kind == "amqps" ? 5671 : 5672, out var parsed))
            {
                diagnostic = $"'{host}' is no host, or host:port; write it as in {Example}";
                return false;
            }

            hosts.Add(parsed);
        }

        if (secrets is not [{ Length: > 0 } user, var password])
        {
            diagnostic = $"it names no user and password; write it as in {Example}";
            return false;
        }

        var virtualHost = path is [_, { Length: > 0 } name] ? Uri.UnescapeDataString(name) : "/";
        address = new BrokerAddress(hosts.ToImmutable(), virtualHost, Uri.UnescapeDataString(user), Uri.UnescapeDataString(password), kind == "amqps");
        diagnostic = null;
        return true;
    }

    /// <summary>Without the password: it ends in logs.</summary>
    public override string ToString() => $"{(Tls ? "amqps" : "amqp")}://{User}@{Shown}";

    private static bool TryParseHost(string text, int usual, out (string, int) host)
    {
        // An IPv6 address stands in brackets.
        var end = text.StartsWith('[') ? text.IndexOf(']') + 1 : text.IndexOf(':');
        var (name, port) = end is > 0 && end < text.Length ? (text[..end], text[(end + 1)..]) : (text, usual.ToString(CultureInfo.InvariantCulture));
        host = (name.Trim('[', ']'), ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0);
        return host is ({ Length: > 0 }, > 0) && Uri.CheckHostName(name) != UriHostNameType.Unknown;
    }
}
