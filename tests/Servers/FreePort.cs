using System.Net;
using System.Net.Sockets;

namespace Orchestrator.Servers;

internal static class FreePort
{
    /// <summary>
    /// A loopback port that nobody listens on. Below the range that the system hands to outgoing connections, so that a server that is
    /// stopped finds its port free when it starts again.
    /// </summary>
    public static int Take()
    {
        while (true)
        {
            var port = Random.Shared.Next(15_000, 32_000);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Somebody has it: another one.
            }
        }
    }
}
