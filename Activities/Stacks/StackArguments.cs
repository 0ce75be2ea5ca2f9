using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace Orchestrator.Activities.Stacks;

/// <summary>Which stack of which program, and its configuration.</summary>
public sealed record StackArguments
{
    [Description("The name of a Pulumi program: a folder of Infra:Stacks, or one that ships.")]
    [MinLength(1)]
    public required string Program { get; init; }

    [Description("The stack's name: letters, digits, hyphens, underscores and dots.")]
    [RegularExpression("^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")]
    public required string Stack { get; init; }

    [Description("Values of the program's configuration by name. No secrets: what stands here stands in the journal.")]
    public ImmutableSortedDictionary<string, JsonElement> Config { get; init; } = ImmutableSortedDictionary<string, JsonElement>.Empty;

    [Description("Secret configuration by name: the environment variable of the worker that holds each value. It must begin with ORCHESTRATOR_STACK_.")]
    public ImmutableSortedDictionary<string, string> Secrets { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}
