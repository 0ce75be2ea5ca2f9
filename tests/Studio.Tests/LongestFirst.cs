using Orchestrator.Studio.Tests;
using Xunit.Sdk;
using Xunit.v3;

// Browsers and servers wait for each other much of the time: three at once keep two cores busy.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]
[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace Orchestrator.Studio.Tests;

/// <summary>What takes minutes, one test after the other, is begun first: begun last it would be waited for alone.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long = [nameof(SourceTests), nameof(PageTests), nameof(BudgetTests), nameof(EmergencyTests), nameof(ScheduleTests)];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(collection => Place(collection))];

    private static int Place(ITestCollection collection)
    {
        var place = Array.FindIndex(Long, name => collection.TestCollectionDisplayName.Contains(name, StringComparison.Ordinal));
        return place < 0 ? Long.Length : place;
    }
}
