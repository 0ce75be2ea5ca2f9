using System.Net.Sockets;
using System.Security.Authentication;
using Orchestrator.Workflows.Model.Bus;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Orchestrator.Workflows.Transport.Rabbit;

/// <summary>Makes one sentence with a way to fix it of what the client throws.</summary>
internal static class BrokerUnavailable
{
    /// <summary>What the user must be allowed to configure and to read, as RabbitMQ asks for it.</summary>
    public const string Own = "^orchestrator-";

    /// <summary>What the user must be allowed to write: envelopes go by the default exchange, and so do those that the broker makes dead letters.</summary>
    public const string Written = @"^(orchestrator-|amq\.default$)";

    private const string Setting = "Workflows:Bus";

    public static BusUnavailableException Connecting(BrokerAddress address, Exception error) => new(
        Reason(error) switch
        {
            AuthenticationFailureException or PossibleAuthenticationFailureException => address.User == "guest"
                ? $"the message broker at {address.Shown} refused the user 'guest' (ACCESS_REFUSED); it may come from the broker's own machine only: name another user and password in {Setting}"
                : $"the message broker at {address.Shown} refused the user '{address.User}' (ACCESS_REFUSED); fix user or password in {Setting}",
            OperationInterruptedException { ShutdownReason: { ReplyCode: Constants.NotAllowed } reason } when reason.ReplyText.Contains("not found", StringComparison.Ordinal) =>
                $"there is no virtual host '{address.VirtualHost}' on the message broker at {address.Shown}; make it (rabbitmqctl add_vhost, set_permissions), or name another at the end of {Setting}",
            OperationInterruptedException { ShutdownReason.ReplyCode: Constants.NotAllowed or Constants.AccessRefused } =>
                $"the user '{address.User}' may not use the virtual host '{address.VirtualHost}' of the message broker at {address.Shown}; allow it (rabbitmqctl set_permissions), or name another in {Setting}",
            OperationInterruptedException { ShutdownReason: { } reason } => $"the message broker at {address.Shown} ended the connection ({reason.ReplyText})",
            SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } =>
                $"the host of the message broker at {address.Shown} is not known; fix it in {Setting} ({BrokerAddress.Example})",
            SocketException socket => $"no message broker answers at {address.Shown} ({Words(socket)}); start it, or say where it is in {Setting} ({BrokerAddress.Example})",
            AuthenticationException tls => $"the message broker at {address.Shown} cannot be trusted over TLS ({tls.Message.TrimEnd('.')}); trust the authority of its certificate (SSL_CERT_FILE names a file with it), give the broker a certificate for this host, or say amqp:// in {Setting} when it speaks no TLS",
            ProtocolViolationException or PacketNotRecognizedException or MalformedFrameException or ProtocolVersionMismatchException or IOException =>
                $"what answers at {address.Shown} does not speak AMQP 0-9-1; say where RabbitMQ is in {Setting} ({BrokerAddress.Example})",
            TimeoutException or OperationCanceledException =>
                $"the message broker at {address.Shown} does not answer in time; see whether it is well (rabbitmq-diagnostics check_running), or say where it is in {Setting}",
            var other => $"the message broker at {address.Shown} cannot be used ({other.Message})",
        }, error);

    public static BusUnavailableException Declaring(BrokerAddress address, string queue, Exception error) => new(
        Reason(error) switch
        {
            OperationInterruptedException { ShutdownReason.ReplyCode: Constants.AccessRefused } =>
                $"the user '{address.User}' may not make or read the queue '{queue}' on the message broker at {address.Shown}; allow it: rabbitmqctl set_permissions -p {address.VirtualHost} {address.User} '{Own}' '{Written}' '{Own}'",
            OperationInterruptedException { ShutdownReason: { ReplyCode: Constants.PreconditionFailed } reason } =>
                $"the queue '{queue}' on the message broker at {address.Shown} was made with other settings ({reason.ReplyText}); stop every server, and delete it (rabbitmqctl delete_queue)",
            TimeoutException or OperationCanceledException =>
                $"the queue '{queue}' on the message broker at {address.Shown} does not answer; look after the broker (rabbitmq-diagnostics check_running), or delete the queue (rabbitmqctl delete_queue)",
            var other => $"the queue '{queue}' on the message broker at {address.Shown} cannot be made ({other.Message})",
        }, error);

    /// <summary>What is at the bottom of it: the client wraps it in up to three others.</summary>
    private static Exception Reason(Exception error) => error switch
    {
        AuthenticationFailureException or PossibleAuthenticationFailureException or OperationInterruptedException or AuthenticationException or SocketException => error,
        AggregateException { InnerExceptions: [.., var last] } => Reason(last),
        { InnerException: { } inner } => Reason(inner),
        _ => error,
    };

    private static string Words(SocketException error) => error.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.TimedOut => "no answer in time",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable => "host not reachable",
        _ => error.Message,
    };
}
