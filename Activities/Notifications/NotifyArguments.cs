using System.ComponentModel;
using System.Text.Json;

namespace Orchestrator.Activities.Notifications;

/// <summary>What to tell whom.</summary>
public sealed record NotifyArguments
{
    [Description("Address of the webhook. Empty: nobody is told, and the step is done.")]
    public string Url { get; init; } = "";

    [Description("What happened, in a sentence.")]
    public required string Message { get; init; }

    [Description("How loud to be.")]
    public NotifyLevel Level { get; init; } = NotifyLevel.Info;

    [Description("Anything more that the receiver can use, as JSON.")]
    public JsonElement? Detail { get; init; }
}

/// <summary>How loud a notification is.</summary>
public enum NotifyLevel
{
    Info,
    Warning,
    Critical,
}
