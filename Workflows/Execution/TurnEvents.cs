using System.Diagnostics;

namespace Orchestrator.Workflows.Execution;

/// <summary>A decision on a run begins, on the thread that makes it.</summary>
/// <param name="Runbook">Its name.</param>
/// <param name="Turn">What is decided on, as in <c>result lend/shift</c>.</param>
public sealed record TurnBegins(RunId Run, string Runbook, string Turn);

/// <summary>
/// Tells whoever subscribes to the <see cref="DiagnosticListener"/> <see cref="Source"/> of each decision before it is made. An exception of a
/// subscriber counts as one of the decision.
/// </summary>
public static class TurnEvents
{
    public const string Source = "Orchestrator.Workflows";

    public const string TurnBegins = Source + ".TurnBegins";

    private static readonly DiagnosticListener listener = new(Source);

    internal static void Begins(RunId run, string runbook, Mail mail)
    {
        if (listener.IsEnabled()) listener.Write(TurnBegins, new TurnBegins(run, runbook, mail.Turn));
    }
}
