namespace Orchestrator.Workflows.Model.Activities;

/// <summary>Every fact that activities of any run recorded after a position of the journal, in its order; from the services of the engine.</summary>
/// <param name="afterPosition">0: from the first.</param>
public delegate IAsyncEnumerable<JournaledFact> FactReader(long afterPosition, CancellationToken cancellationToken);
