using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Orchestrator.Servers;

internal static class FreePort
{
    private static readonly string folder = Path.Combine(Path.GetTempPath(), "orchestrator-test-ports");

    // Held until the process ends.
    private static readonly ConcurrentBag<FileStream> taken = [];

    /// <summary>
    /// A loopback port that nobody listens on, and that no other test process takes while this one lives: a server that is stopped finds it
    /// free when it starts again. For the same reason it is below the range that the system hands to outgoing connections.
    /// </summary>
    public static int Take()
    {
        while (true)
        {
            var port = Random.Shared.Next(15_000, 32_000);
            if (!TryReserve(port)) continue;
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

    /// <summary>A lock on a file of the port's name; the system lets go of it when the process ends, however it does.</summary>
    private static bool TryReserve(int port)
    {
        try
        {
            Directory.CreateDirectory(folder);
            taken.Add(new FileStream(Path.Combine(folder, port.ToString(CultureInfo.InvariantCulture)), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose));
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
