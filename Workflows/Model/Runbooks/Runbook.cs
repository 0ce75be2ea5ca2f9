using System.Collections.Immutable;
using System.Text.Json;
using Orchestrator.Text;

namespace Orchestrator.Workflows.Model.Runbooks;

/// <summary>
/// A declarative plan: what to do, in which order, and how to go back. Immutable; a run pins the <see cref="Digest"/>
/// of the runbook it was started with, so that a later edit never changes a run under way.
/// </summary>
public sealed record Runbook
{
    /// <summary>The runbook's name: lower-case letters, digits and hyphens, as in <c>double-11</c>.</summary>
    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>SHA-256 of the source text, as lower-case hexadecimal digits.</summary>
    public required string Digest { get; init; }

    /// <summary>The YAML text that this runbook was read from.</summary>
    public required string Source { get; init; }

    /// <summary>Declared inputs by name, in the order of the file.</summary>
    public ImmutableArray<InputDeclaration> Inputs { get; init; } = [];

    public ImmutableArray<Trigger> Triggers { get; init; } = [];

    /// <summary>Resources held for the whole run, each a path that may end in <c>*</c>, as in <c>cluster/*</c>. Texts may hold expressions over <c>inputs</c>.</summary>
    public ImmutableArray<Template> Locks { get; init; } = [];

    /// <summary>What a failed step does to the run. Default: pause.</summary>
    public FailurePolicy OnFailure { get; init; } = FailurePolicy.Pause;

    /// <summary>The lane a run of this runbook travels in unless the caller says otherwise. Default: normal.</summary>
    public Lane Lane { get; init; } = Lane.Normal;

    /// <summary>
    /// Why destructive steps need no approval inside this runbook (an emergency plan that was approved beforehand);
    /// null when they do. Shown by <c>plan</c> and kept in the journal.
    /// </summary>
    public string? Preauthorised { get; init; }

    public required ImmutableArray<Step> Steps { get; init; }
}

/// <summary>A declared input. <see cref="Default"/> null: the caller must give it.</summary>
public sealed record InputDeclaration(string Name, InputType Type, JsonElement? Default, Position Position)
{
    public string? Description { get; init; }

    /// <summary>Least value of a number, or null.</summary>
    public double? Minimum { get; init; }

    /// <summary>Greatest value of a number, or null.</summary>
    public double? Maximum { get; init; }

    /// <summary>What a number counts, for people, as in <c>%</c> or <c>hosts</c>; at most 24 characters. Null: nothing is said.</summary>
    public string? Unit { get; init; }

    /// <summary>The only values allowed, or empty for any.</summary>
    public ImmutableArray<JsonElement> Enum { get; init; } = [];

    /// <summary>For an array: the type of its items, or null for any.</summary>
    public InputType? Items { get; init; }
}

public enum InputType { String, Integer, Number, Boolean, Array, Object, Duration, Time }

/// <summary>Starts a run on a schedule. <paramref name="Cron"/> in Quartz's six or seven fields.</summary>
public sealed record Trigger(string Cron, string TimeZone, MisfirePolicy Misfire, Position Position);

/// <summary>What happens to a fire time that passed while nothing was running.</summary>
public enum MisfirePolicy { FireOnce, Skip }

/// <summary>What a step's final failure does: open an incident and wait for an operator, undo what was done, or go on.</summary>
public enum FailurePolicy { Pause, Undo, Continue }

/// <summary>A run's way through the system. Emergency has its own queue and reserved workers, and takes locks over.</summary>
public enum Lane { Normal, Emergency }
