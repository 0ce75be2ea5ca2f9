namespace Orchestrator.Workflows.Model.Store;

/// <summary>Why the store does not take what it is asked.</summary>
/// <param name="What">What is wrong and how to fix it: one sentence for an operator, without a full stop.</param>
/// <param name="Since">On the system clock.</param>
/// <param name="OnlyWrites">As far as is known it can still be read.</param>
public sealed record StoreUnavailable(string What, DateTimeOffset Since, bool OnlyWrites)
{
    /// <summary>Its files are gone: what runs would write now is lost unless somebody brings them back, so nothing more is acknowledged.</summary>
    public bool FilesGone { get; init; }
}
