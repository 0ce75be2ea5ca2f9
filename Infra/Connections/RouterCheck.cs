using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Infra.Traffic;

namespace Orchestrator.Infra.Connections;

/// <summary>Reads the division of the traffic once, from what the settings say divides it.</summary>
internal sealed class RouterCheck(IServiceProvider services, Uri? address, SimulationMark mark)
{
    private const string Connection = "traffic";

    public async Task<IReadOnlyList<ConnectionFinding>> CheckAsync(CancellationToken cancellationToken) =>
        [await WeightsAsync(cancellationToken) with { Simulated = address is null ? null : await mark.AskAsync(address, cancellationToken) }];

    private async Task<ConnectionFinding> WeightsAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Opening it may fail for what the settings say.
            var router = services.GetRequiredService<ITrafficRouter>();
            var weights = await router.ReadAsync(cancellationToken);
            return new ConnectionFinding(Connection, "weights", weights.InForce ? ConnectionStatus.Works : ConnectionStatus.Limited, $"{Shares.Show(weights.ByDestination)}, {(weights.InForce ? "in force" : $"not in force: {weights.Pending}")}")
            {
                Where = weights.Source,
                Fix = weights.InForce ? null : "Wait, or look at the gateway's controller: until it has accepted the weights a step that moves traffic waits too",
            };
        }
        catch (TrafficException exception)
        {
            return new ConnectionFinding(Connection, "weights", ConnectionStatus.Fails, exception.What) { Where = exception.Target, Fix = exception.Fix };
        }
        catch (InvalidOperationException exception)
        {
            return new ConnectionFinding(Connection, "weights", ConnectionStatus.Fails, exception.Message) { Fix = "Correct Infra:Traffic" };
        }
    }
}
