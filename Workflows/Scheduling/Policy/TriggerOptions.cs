using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Orchestrator.Workflows.Scheduling.Policy;

/// <summary>What a process does with schedules.</summary>
public enum ScheduleRole
{
    /// <summary>Only looks; where there is no store it makes none.</summary>
    Reads,

    /// <summary>Looks, and takes what people decide; fires nothing.</summary>
    Serves,

    /// <summary>Keeps the triggers in step with the runbooks, and fires them.</summary>
    Fires,
}

/// <summary>How triggers are kept and fired.</summary>
public sealed class TriggerOptions
{
    public ScheduleRole Role { get; set; } = ScheduleRole.Reads;

    /// <summary>Connection string of the PostgreSQL database that several servers share. Null: SQLite in <see cref="DataDirectory"/>.</summary>
    public string? Store { get; set; }

    /// <summary>Folder of <c>schedules.db</c>. Null: kept in memory.</summary>
    public string? DataDirectory { get; set; }

    /// <summary>Name of this server, for the record of what it fired.</summary>
    public string ServerName { get; set; } = Environment.MachineName;

    /// <summary>Names the line of time that the environment clock runs on: fires on one never count for another. Default: the system clock's.</summary>
    public string Timeline { get; set; } = "wall";

    /// <summary>How many times faster than the system clock the environment clock runs. Default 1.</summary>
    public double Speed { get; set; } = 1;

    /// <summary>A fire later than this, on the system clock, was missed. Default 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan MisfireThreshold { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often changed runbooks are looked for, on the system clock. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan ReloadInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long what became of fires is kept. Default 400 days.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan KeepFires { get; set; } = TimeSpan.FromDays(400);

    /// <summary>How long after the host is ready the scheduler starts, on the system clock: it must not take the first requests' time.</summary>
    public TimeSpan StartAfter { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>A length on the system clock as the night's measures it.</summary>
    internal TimeSpan OnTheEnvironment(TimeSpan systemClock) => systemClock * Math.Max(1, Speed);
}

[OptionsValidator]
internal sealed partial class TriggerOptionsValidator : IValidateOptions<TriggerOptions>;
