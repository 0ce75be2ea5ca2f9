namespace Orchestrator.Simulation.Faults;

/// <summary>
/// Ways in which the simulated store and world break their word to the engine. A check that stays silent about one of them
/// checks nothing.
/// </summary>
internal enum Mutation
{
    /// <summary>The store appends whatever version the run is at.</summary>
    StoreIgnoresVersions,

    /// <summary>The store takes appends of a server that it has evicted, and lets it go on.</summary>
    StoreIgnoresFence,

    /// <summary>The store gives a shard to whoever asks, whoever has it.</summary>
    StoreGivesShardsTwice,

    /// <summary>The store says that all servers know the newest format, whoever knows it.</summary>
    StoreRaisesFormatsEarly,

    /// <summary>The store forgets which timers are set.</summary>
    StoreForgetsTimers,

    /// <summary>The store forgets which messages between runs are unanswered.</summary>
    StoreForgetsMessages,

    /// <summary>The store tells each lock news once, and not again.</summary>
    StoreForgetsLockUpdates,

    /// <summary>The store forgets which tasks are pending.</summary>
    StoreForgetsTasks,

    /// <summary>Watchers are not told of some entries.</summary>
    TailSkipsEntries,

    /// <summary>The outside world takes any fencing token.</summary>
    WorldIgnoresTokens,

    /// <summary>The outside world acts again for an idempotency key that it knows.</summary>
    WorldIgnoresKeys,

    /// <summary>Where an effect cannot be taken back, the undo does not say so.</summary>
    WorldKeepsSilently,
}
