namespace Orchestrator.Server.Failures;

/// <summary>What the process tells the shell.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int BadInput = 2;

    /// <summary>The run was cancelled, rejected or taken back, or Ctrl-C left it open.</summary>
    public const int Cancelled = 3;

    /// <summary>A server, a cloud, a folder or a file cannot be reached.</summary>
    public const int NotReachable = 4;
    public const int NotAllowed = 5;
}
