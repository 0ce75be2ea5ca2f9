namespace Orchestrator.Simulation.Storage;

/// <summary>What is wrong between a server and the store at the moment. Shares of operations, 0 to 1.</summary>
internal sealed class StoreFaults
{
    /// <summary>Nothing gets through.</summary>
    public bool Cut { get; set; }

    /// <summary>Fail, and nothing was done.</summary>
    public double Refused { get; set; }

    /// <summary>Are done, and the answer is lost.</summary>
    public double Unanswered { get; set; }

    /// <summary>Fail first, and are done all the same a while later.</summary>
    public double Late { get; set; }

    /// <summary>The most that an operation takes each way.</summary>
    public TimeSpan Slowness { get; set; } = TimeSpan.FromMilliseconds(4);
}

/// <summary>The store did not do it, or did not say that it has.</summary>
internal sealed class StoreLostException(string what) : IOException(what);
