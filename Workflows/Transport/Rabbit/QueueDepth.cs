namespace Orchestrator.Workflows.Transport.Rabbit;

/// <summary>What a queue of the broker holds.</summary>
/// <param name="MessageCount">Messages that no consumer has yet.</param>
/// <param name="ConsumerCount">Consumers that take from it.</param>
internal sealed record QueueDepth(uint MessageCount, uint ConsumerCount);
