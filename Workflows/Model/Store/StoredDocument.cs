namespace Orchestrator.Workflows.Model.Store;

/// <summary>A text that the journal's store keeps under a key for whoever works on it, beside the runs.</summary>
/// <param name="Version">From 1; every change counts it up by one, and is refused when somebody else was first.</param>
/// <param name="Holder">Who works on it, as JSON; null: nobody.</param>
public sealed record StoredDocument(string Key, long Version, string? Holder, string Body);
