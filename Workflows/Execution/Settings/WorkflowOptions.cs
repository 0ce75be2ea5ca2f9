using System.ComponentModel.DataAnnotations;
using Orchestrator.Workflows.Model.Bus;
using Orchestrator.Workflows.Model.Membership;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Settings;

/// <summary>How the engine and its workers run.</summary>
public sealed class WorkflowOptions
{
    /// <summary>Folder of the SQLite journal, made when missing, used by one process at a time. Null: the journal is kept in memory and ends with the process.</summary>
    public string? DataDirectory { get; set; }

    /// <summary>Folder of the file in which a process notes the runs that it decides on, so that its next start knows which took it down; of one process at a time. Null: none.</summary>
    public string? Marks { get; set; }

    /// <summary>Called before each decision on a run that is not held, with what is decided on; what it throws counts as thrown by the decision. For tests, which have turns fail or end the process.</summary>
    internal Action<RunId, string>? Deciding { get; set; }

    /// <summary>Runs to put in quarantine at the start: not decided on until somebody lifts it.</summary>
    public IList<Guid> Quarantine { get; } = [];

    /// <summary>
    /// Connection string of the PostgreSQL database that holds the journal, as in
    /// <c>Host=db;Database=orchestrator;Username=orchestrator</c>; several servers may share it. Null: <see cref="DataDirectory"/>.
    /// </summary>
    public string? Store { get; set; }

    /// <summary>
    /// Address of the RabbitMQ broker that carries tasks and results between servers, as in <c>amqp://user:password@mq/orchestrator</c>;
    /// servers of a cluster of brokers stand one after the other: <c>amqp://user:password@mq-1:5672,mq-2:5672/orchestrator</c>.
    /// Null: within this process, which is then the only server.
    /// </summary>
    [BrokerAddress]
    public string? Bus { get; set; }

    /// <summary>Name of this server, unique among those that share the store: letters, digits, <c>.</c>, <c>_</c> and <c>-</c>. Default: the machine's name.</summary>
    [RegularExpression("^[A-Za-z0-9._-]{1,100}$")]
    public string ServerName { get; set; } = DefaultServerName;

    /// <summary>What this process does for the others. Default: everything.</summary>
    public ServerRoles Roles { get; set; } = ServerRoles.All;

    /// <summary>What its worker offers to steps that ask for it, each as <c>key=value</c>; at most four.</summary>
    [MaxLength(4)]
    public IList<string> Tags { get; } = [];

    /// <summary>
    /// The newest of the <see cref="ProtocolVersions"/> that this server reads and writes. Default: the newest there is; an older one holds all servers
    /// at it, and keeps the way back to the version before open.
    /// </summary>
    [Range(ProtocolVersions.Oldest, ProtocolVersions.Newest)]
    public int ProtocolVersion { get; set; } = ProtocolVersions.Newest;

    /// <summary>How often a server announces itself, on the system clock. Default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a server may be silent before the others declare it dead and take its work over. Default 3 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.150", "00:10:00")]
    public TimeSpan FailureTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a server that is told to stop lets its tasks end before it gives them up. Default 20 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan DrainTime { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Tasks of the normal lane at once. Default 128.</summary>
    [Range(1, 10_000)]
    public int NormalConcurrency { get; set; } = 128;

    /// <summary>Worker slots kept free for the emergency lane. Default 64.</summary>
    [Range(1, 10_000)]
    public int EmergencyConcurrency { get; set; } = 64;

    /// <summary>How long a worker may be silent before its task goes to another, on the system clock. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan LeaseLength { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often what a crash or a lost message left behind is looked for, on the system clock. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan RecoveryScanInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Runs whose state stays in memory between two inputs. Default 10,000.</summary>
    [Range(1, 1_000_000)]
    public int LoadedRuns { get; set; } = 10_000;

    /// <summary>Events of a run between two snapshots of its state. Default 2,000.</summary>
    [Range(10, 1_000_000)]
    public int SnapshotEvery { get; set; } = 2_000;

    /// <summary>The machine's name, with what a server's name cannot hold replaced by hyphens.</summary>
    private static string DefaultServerName => string.Concat(Environment.MachineName.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-' ? letter : '-'));

    /// <summary>Only reads the journal: no run continues, and starting a run or an input to one throws. Default: false.</summary>
    public bool ReadOnly { get; set; }

    /// <summary>Opens a SQLite journal though commits are missing from it that were acknowledged, and keeps in the audit who accepted that. Default: false.</summary>
    public bool AcceptLoss { get; set; }
}
