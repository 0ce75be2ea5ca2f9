using System.ComponentModel.DataAnnotations;

namespace Orchestrator.Workflows.Execution;

/// <summary>How the engine and its workers run.</summary>
public sealed class WorkflowOptions
{
    /// <summary>Folder of the SQLite journal, made when missing, used by one process at a time. Null: the journal is kept in memory and ends with the process.</summary>
    public string? DataDirectory { get; set; }

    /// <summary>Tasks of the normal lane at once. Default 128.</summary>
    [Range(1, 10_000)]
    public int NormalConcurrency { get; set; } = 128;

    /// <summary>Worker slots kept free for the emergency lane. Default 64.</summary>
    [Range(1, 10_000)]
    public int EmergencyConcurrency { get; set; } = 64;

    /// <summary>How long a worker may be silent before its task goes to another, on the wall's clock. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan LeaseLength { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often what a crash or a lost message left behind is looked for, on the wall's clock. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Runs whose state stays in memory between two inputs. Default 10,000.</summary>
    [Range(1, 1_000_000)]
    public int LoadedRuns { get; set; } = 10_000;

    /// <summary>Events of a run between two snapshots of its state. Default 2,000.</summary>
    [Range(10, 1_000_000)]
    public int SnapshotEvery { get; set; } = 2_000;

    /// <summary>Only reads the journal: no run continues, and starting a run or an input to one throws. Default: false.</summary>
    public bool ReadOnly { get; set; }
}
