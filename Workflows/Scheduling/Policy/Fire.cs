using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Scheduling.Policy;

/// <summary>
/// What became of a fire. Fired: a run started. Overridden: a run started in spite of a freeze window. Skipped: it was missed,
/// and its trigger skips what it misses. Blocked: a freeze window was against it. Paused: its trigger was. Failed: the run could not start.
/// </summary>
public enum FireOutcome { Fired, Overridden, Skipped, Blocked, Paused, Failed }

/// <summary>A window by the name it had when it was against a fire.</summary>
public sealed record FreezeName(FreezeId Id, string Name);

/// <summary>One fire of a trigger, kept for the audit. There is one for each scheduled time, on however many servers.</summary>
/// <param name="Scheduled">The time that the cron names.</param>
/// <param name="DecidedAt">When it was decided; later than scheduled when nothing was running then.</param>
/// <param name="Run">The run that it started, or null.</param>
public sealed record Fire(TriggerId Trigger, DateTimeOffset Scheduled, DateTimeOffset DecidedAt, FireOutcome Outcome, RunId? Run)
{
    /// <summary>The windows that were against it.</summary>
    public ImmutableArray<FreezeName> Windows { get; init; } = [];

    /// <summary>The overrides that let it pass them.</summary>
    public ImmutableArray<OverrideId> Overrides { get; init; } = [];

    /// <summary>Earlier fires that were missed while nothing was running, and that this one stands for.</summary>
    public int Missed { get; init; }

    /// <summary>The server that decided it.</summary>
    public string Server { get; init; } = "";

    /// <summary>The reason, for people; null where the outcome says it.</summary>
    public string? Detail { get; init; }

    /// <summary>
    /// The run of a fire: the same on every server and at every attempt, so that a fire that comes twice starts one run.
    /// Version 7, its time being the scheduled one.
    /// </summary>
    public static RunId RunOf(string timeline, TriggerId trigger, DateTimeOffset scheduled)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{timeline}/{trigger}/{scheduled.UtcTicks}");
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, scheduled.ToUnixTimeMilliseconds() << 16);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[6..], (ushort)(0x7000 | (StableHash.Of($"#{text}") & 0x0FFF)));
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], 0x8000_0000_0000_0000 | (StableHash.Of(text) >> 2));
        return new RunId(new Guid(bytes, bigEndian: true));
    }
}
