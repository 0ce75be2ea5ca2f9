using System.Collections.Immutable;
using Orchestrator.Server.Files;
using Orchestrator.Server.Identity;

namespace Orchestrator.Server.Configuration;

/// <summary>What a process that hosts the engine is asked for, on top of the settings.</summary>
internal sealed record HostRequest(DataFolder Data, int Port)
{
    /// <summary>Folders in which runbooks are looked up by name, the nearest first.</summary>
    public required ImmutableArray<string> Runbooks { get; init; }

    public EnvironmentSettings PromotionEnvironment { get; init; } = new();

    /// <summary>People who approve what is asked of their roles.</summary>
    public ImmutableArray<Person> ApproveAs { get; init; } = [];

    /// <summary>True: real people are asked, and nobody is simulated.</summary>
    public bool Ask { get; init; }

    /// <summary>True: the people of the settings approve on a simulated cloud that is elsewhere, too.</summary>
    public bool SimulatedPeople { get; init; }

    /// <summary>True: the caller is about to wait for the cloud, so it starts first; false: it starts once everything here is ready.</summary>
    public bool CloudFirst { get; init; }

    /// <summary>True: the command shows something of its own on standard output, which the log must not break.</summary>
    public bool HasView { get; init; }

    /// <summary>True: triggers fire here, where it is an engine's node.</summary>
    public bool FiresTriggers { get; init; }

    /// <summary>True: only the journal is read, over the same API; nothing runs, and no cloud starts.</summary>
    public bool Reading { get; init; }

    /// <summary>Runs that are put in quarantine before anything is decided.</summary>
    public ImmutableArray<Guid> Quarantine { get; init; } = [];

    /// <summary>True: the journal is opened though acknowledged commits are missing from it.</summary>
    public bool AcceptLoss { get; init; }
}
