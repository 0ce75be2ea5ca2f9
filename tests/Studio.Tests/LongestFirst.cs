using Orchestrator.Studio.Tests;
using Xunit.Sdk;
using Xunit.v3;

// Browsers and servers wait for each other much of the time: three at once keep two cores busy.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]
[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace Orchestrator.Studio.Tests;

/// <summary>The console's own checks need a core for a minute and nobody else: begun last they would be waited for alone.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderByDescending(collection => collection.TestCollectionDisplayName.Contains(nameof(SourceTests), StringComparison.Ordinal))];
}
