using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Workflows.Bus;

namespace Orchestrator.Workflows.Tests.Transports;

public sealed class InMemoryTransportTests : TransportContract
{
    internal override Task<ITransport> CreateAsync() => Task.FromResult<ITransport>(new InMemoryTransport(NullLoggerFactory.Instance));
}
