using Npgsql;

namespace Orchestrator.Workflows.Storage.Postgres;

/// <summary>A connection string with our defaults where it says nothing itself.</summary>
internal static class PostgresAddress
{
    /// <summary>Throws what <see cref="NpgsqlConnectionStringBuilder"/> does when it cannot be read.</summary>
    public static NpgsqlConnectionStringBuilder Parse(string connectionString)
    {
        // A server that is cut off says nothing: notice it.
        var store = new NpgsqlConnectionStringBuilder(connectionString) { TcpKeepAlive = true };
        if (!store.ShouldSerialize("Tcp Keepalive Time")) store.TcpKeepAliveTime = 5;
        if (!store.ShouldSerialize("Tcp Keepalive Interval")) store.TcpKeepAliveInterval = 1;
        if (!store.ShouldSerialize("Timeout")) store.Timeout = 5;
        // To offer Kerberos it would ask the name service for a realm first, and wait for one that does not answer until there is no time left to connect.
        if (!store.ShouldSerialize("GSS Encryption Mode")) store.GssEncryptionMode = GssEncryptionMode.Disable;
        return store;
    }
}
