using Orchestrator.Server.Api;
using Orchestrator.Workflows.Model.Events;
using Spectre.Console;

namespace Orchestrator.Server.Terminal;

/// <summary>How a step's state shows: never by colour alone.</summary>
internal readonly record struct StepStyle(string Icon, string Word, Color Color)
{
    public static StepStyle Of(StepStatus status) => new(
        status switch
        {
            StepStatus.Pending => "·",
            StepStatus.Running => "▶",
            StepStatus.Retrying => "↻",
            StepStatus.WaitingForLock => "⚿",
            StepStatus.WaitingForApproval => "?",
            StepStatus.WaitingForSignal => "⚑",
            StepStatus.Waiting => "◔",
            StepStatus.Incident => "!",
            StepStatus.Done => "✓",
            StepStatus.Failed or StepStatus.UndoFailed => "✗",
            StepStatus.Skipped => "»",
            StepStatus.Cancelled => "■",
            StepStatus.Undoing => "↶",
            StepStatus.Undone => "↩",
            _ => " ",
        },
        Words.Of(status),
        status switch
        {
            StepStatus.Running => Color.DodgerBlue1,
            StepStatus.Done => Color.Green,
            StepStatus.Failed or StepStatus.UndoFailed or StepStatus.Incident => Color.Red,
            StepStatus.WaitingForApproval => Color.MediumPurple,
            StepStatus.WaitingForLock => Color.DarkCyan,
            StepStatus.Waiting or StepStatus.WaitingForSignal or StepStatus.Retrying => Color.Orange1,
            StepStatus.Undoing or StepStatus.Undone => Color.Yellow,
            _ => Color.Grey,
        });
}
