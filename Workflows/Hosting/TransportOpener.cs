using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Values;
using Orchestrator.Workflows.Transport.InProcess;
using Orchestrator.Workflows.Transport.Rabbit;

namespace Orchestrator.Workflows.Hosting;

/// <summary>Which transport the options ask for.</summary>
internal static class TransportOpener
{
    /// <summary>Not started yet. Throws <see cref="BusUnavailableException"/> for an address that is none.</summary>
    public static ITransport Open(WorkflowOptions options, Clocks clocks, ILoggerFactory loggers) =>
        options.Bus is not { } text ? new InMemoryTransport(loggers)
        : BrokerAddress.TryParse(text, out var address, out var diagnostic) ? new RabbitTransport(address, options.ServerName, loggers, clocks.SystemClock)
        : throw new BusUnavailableException($"Workflows:Bus is no address of a message broker: {diagnostic}");
}
