namespace Orchestrator.Infra.Provisioning.Cli;

/// <summary>The way of an operation's events from the executable to here.</summary>
internal interface IEventChannel : IAsyncDisposable
{
    /// <summary>What <c>--event-log</c> is given.</summary>
    string Address { get; }

    /// <summary>After the process has ended: completes when all that it wrote was delivered.</summary>
    Task DrainAsync();
}
