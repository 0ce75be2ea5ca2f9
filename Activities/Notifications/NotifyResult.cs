using System.ComponentModel;

namespace Orchestrator.Activities.Notifications;

/// <summary>Whether somebody was told.</summary>
public sealed record NotifyResult
{
    [Description("False: no address was given.")]
    public required bool Sent { get; init; }

    [Description("HTTP status of the receiver's answer; absent when nothing was sent.")]
    public int? Status { get; init; }
}
