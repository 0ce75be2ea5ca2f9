using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;

namespace Orchestrator.Workflows.Storage.Postgres;

/// <summary>What an error of the server or of the way to it means.</summary>
internal static class PostgresFault
{
    /// <summary>Of <c>journal_refuse</c>: another batch than the writer's next, or no such writer.</summary>
    public const string NotYourTurn = "OR001";

    /// <summary>Of <c>journal_refuse</c>: a run has another version than an append expects.</summary>
    public const string Conflict = "OR002";

    /// <summary>Of <c>journal_refuse</c>: another server has changed the locks.</summary>
    public const string LocksChanged = "OR003";

    /// <summary>Of <c>journal_refuse</c>: a task is not in its place.</summary>
    public const string TaskGone = "OR004";

    /// <summary>True: not the statement is wrong but the server is away, restarts, is full or was busy with another; trying again can help.</summary>
    public static bool IsPassing(Exception error) => error switch
    {
        PostgresException { SqlState: var state } =>
            state.StartsWith("08", StringComparison.Ordinal)       // the connection
            || state.StartsWith("53", StringComparison.Ordinal)    // no space, no memory, too many connections
            || state.StartsWith("57", StringComparison.Ordinal)    // stopped, restarting, cancelled
            || state.StartsWith("58", StringComparison.Ordinal)    // an error of its disk
            || state.StartsWith("28", StringComparison.Ordinal)    // not let in, though it was once
            || state is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.LockNotAvailable
                or PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.InvalidCatalogName,
        NpgsqlException or SocketException or IOException or TimeoutException => true,
        _ => false,
    };

    /// <summary>One sentence for an operator, with the fix.</summary>
    public static string Explain(Exception error, NpgsqlConnectionStringBuilder store)
    {
        var server = $"the PostgreSQL server at {store.Host}:{store.Port}";
        return error switch
        {
            PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } =>
                $"{server} has no database '{store.Database}'; make it (createdb -E UTF8 -T template0 -O {store.Username} {store.Database}), or correct Database in the store's connection string",
            PostgresException { SqlState: ['2', '8', ..] } refused =>
                $"{server} does not let user '{store.Username}' in ({refused.MessageText}); correct Username and Password in the store's connection string, or the server's pg_hba.conf",
            PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } refused =>
                $"{server} does not let user '{store.Username}' keep a journal in database '{store.Database}' ({refused.MessageText}); make the user the database's owner",
            PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } =>
                $"{server} has no connection left; raise its max_connections, or lower Maximum Pool Size in the store's connection string",
            PostgresException { SqlState: PostgresErrorCodes.DiskFull } full =>
                $"the disk of {server} is full ({full.MessageText}); make room on it",
            PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } =>
                $"{server} is a standby that only reads; name the primary, or add Target Session Attributes=primary to the store's connection string",
            PostgresException { SqlState: PostgresErrorCodes.CannotConnectNow } starting =>
                $"{server} is not ready ({starting.MessageText}); wait until it has started",
            PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown } stopping =>
                $"{server} has ended its connections ({stopping.MessageText}); start it, unless it comes back by itself",
            PostgresException other => $"{server} reports an error ({other.SqlState}: {other.MessageText}); see its log",
            NpgsqlException { Message: var message } when message.Contains("password", StringComparison.OrdinalIgnoreCase) =>
                $"{server} asks user '{store.Username}' for a password; add Password to the store's connection string",
            _ when Untrusted(error) is { } tls =>
                $"{server} cannot be trusted over TLS ({tls.Message.TrimEnd('.')}); name the authority of its certificate in the store's connection string (Root Certificate=FILE), or give the server a certificate for this host",
            _ => $"{server} cannot be reached ({Innermost(error)}); start it, or correct Host and Port in the store's connection string",
        };
    }

    private static AuthenticationException? Untrusted(Exception? error)
    {
        while (error is not (null or AuthenticationException)) error = error.InnerException;
        return (AuthenticationException?)error;
    }

    private static string Innermost(Exception error)
    {
        while (error is not SocketException && error.InnerException is { } inner) error = inner;
        return error.Message;
    }
}
