using Orchestrator.Workflows.Model.Values;

namespace Orchestrator.Workflows.Execution.Runs;

/// <summary>Brings to a run what it is to decide on, whichever server decides it. Never blocks; a sender that waits for an answer learns of a failure by <see cref="RunRequest.Fail"/>.</summary>
internal interface IRunRouter
{
    /// <summary>To the run on this server when this server decides it, else to the server that does.</summary>
    void Post(RunId run, RunRequest request);

    /// <summary>To the server that decides the run now: it was taken in here, and this server gave the run up before it was decided.</summary>
    void Forward(RunId run, RunRequest request);
}
