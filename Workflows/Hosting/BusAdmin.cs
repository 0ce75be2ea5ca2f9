using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orchestrator.Workflows.Execution;
using Orchestrator.Workflows.Execution.Membership;
using Orchestrator.Workflows.Execution.Settings;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Runbooks;
using Orchestrator.Workflows.Transport.Rabbit;

namespace Orchestrator.Workflows.Hosting;

/// <summary>
/// What operators see and do about the bus, over a connection of its own: its queues, and the envelopes that nobody could handle.
/// Members throw <see cref="BusUnavailableException"/> when the broker cannot be asked. A bus in memory has no dead letters.
/// </summary>
public sealed partial class BusAdmin : IDisposable
{
    private readonly Engine engine;
    private readonly ILogger logger;
    private readonly RabbitLimits limits = new();
    private readonly BrokerAddress? address;
    private readonly DeadLetterQueue? dead;
    private readonly string name;

    public BusAdmin(Engine engine, IOptions<WorkflowOptions> options, ILogger<BusAdmin> logger)
    {
        (this.engine, this.logger, name) = (engine, logger, $"orchestrator {options.Value.ServerName} admin");
        if (options.Value.Bus is { } text && BrokerAddress.TryParse(text, out address, out _)) dead = new DeadLetterQueue(address, name, limits);
    }

    public void Dispose() => dead?.Dispose();

    /// <summary>The queues of the servers that are alive, with what waits in them.</summary>
    public async Task<BusState> ShowAsync(CancellationToken cancellationToken = default)
    {
        if (address is null) return new BusState("memory", null, null, engine.Unavailable, []);

        try
        {
            await using var broker = await BrokerConnection.OpenAsync(address, name, limits, cancellationToken);
            var queues = ImmutableArray.CreateBuilder<BusQueue>();
            foreach (var (queue, use) in Names().Distinct())
            {
                if (await broker.FindAsync(queue, cancellationToken) is { } found) queues.Add(new BusQueue(queue, use, found.MessageCount, found.ConsumerCount));
            }

            return new BusState("rabbitmq", address.Shown, broker.Release, engine.Unavailable, queues.ToImmutable());
        }
        catch (BusUnavailableException unavailable)
        {
            return new BusState("rabbitmq", address.Shown, null, unavailable.Message, []);
        }
    }

    /// <summary>The oldest dead letters.</summary>
    public Task<DeadLetterList> ListDeadLettersAsync(int limit, CancellationToken cancellationToken = default) =>
        dead?.ListAsync(limit, cancellationToken) ?? Task.FromResult(new DeadLetterList([], 0));

    /// <summary>Puts dead letters into their queues again. What is there twice costs nothing: leases and tokens tell.</summary>
    /// <param name="ids">Null: all there are.</param>
    public async Task<DeadLetterOutcome> ReplayAsync(IReadOnlySet<string>? ids, string by, CancellationToken cancellationToken = default)
    {
        if (dead is null) return Nothing(ids);

        var outcome = await dead.ReplayAsync(ids, cancellationToken);
        LogReplayed(outcome.Done.Length, by, outcome.Kept.Length);
        return outcome;
    }

    /// <summary>Throws dead letters away; the log keeps what they were, who did it and why.</summary>
    /// <param name="ids">Null: all there are.</param>
    public Task<DeadLetterOutcome> DiscardAsync(IReadOnlySet<string>? ids, string by, string reason, CancellationToken cancellationToken = default) =>
        dead?.DiscardAsync(
            ids,
            letter => LogDiscarded(
                letter.Id, letter.Queue, letter.Content ?? "unreadable", string.Join(", ", letter.Messages.Select(message => $"{message.Run} {message.Step}")), by, reason),
            cancellationToken)
        ?? Task.FromResult(Nothing(ids));

    private static DeadLetterOutcome Nothing(IReadOnlySet<string>? ids) =>
        new([], [.. (ids ?? new HashSet<string>()).Select(id => new KeptDeadLetter(id, "", "a bus in memory has no dead letters"))]);

    private IEnumerable<(string Queue, string Use)> Names()
    {
        foreach (var server in engine.Servers.Select(server => server.Info))
        {
            if (server.Roles.HasFlag(ServerRoles.Worker))
            {
                foreach (var lane in Enum.GetValues<Lane>())
                {
                    foreach (var queue in MembershipTracker.TaskQueues(lane, server.Tags)) yield return (queue, "tasks");
                }
            }

            if (server.Roles.HasFlag(ServerRoles.Engine)) yield return (Queues.Engine(server.Name), "engine");
            yield return (Queues.Server(server.Name), "server");
        }

        yield return (RabbitQueues.DeadLetters, "dead-letters");
    }

    [LoggerMessage(5001, LogLevel.Warning, "{Count} dead letters were replayed by {By}; {Kept} could not be")]
    private partial void LogReplayed(int count, string by, int kept);

    [LoggerMessage(5002, LogLevel.Warning, "The dead letter {Id} from {Queue} ({Content}: {Messages}) was discarded by {By}: {Reason}")]
    private partial void LogDiscarded(string id, string queue, string content, string messages, string by, string reason);
}
