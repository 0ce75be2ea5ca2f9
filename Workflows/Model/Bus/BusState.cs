using System.Collections.Immutable;

namespace Orchestrator.Workflows.Model.Bus;

/// <summary>The bus as an operator sees it.</summary>
/// <param name="Transport"><c>memory</c>, within this process, or <c>rabbitmq</c>.</param>
/// <param name="Address">Of the broker, without secrets; null in memory.</param>
/// <param name="Release">The broker's version; null in memory, and when it cannot be asked.</param>
/// <param name="Unavailable">What is wrong; null when envelopes go through.</param>
public sealed record BusState(string Transport, string? Address, string? Release, string? Unavailable, ImmutableArray<BusQueue> Queues);

/// <summary>A queue of the bus.</summary>
/// <param name="Use"><c>tasks</c>, <c>engine</c> (results, facts, and requests for runs), <c>server</c> (what passes) or <c>dead-letters</c>.</param>
/// <param name="Waiting">Envelopes that nobody has taken yet.</param>
/// <param name="Readers">Processes that read it.</param>
public sealed record BusQueue(string Name, string Use, long Waiting, long Readers);
