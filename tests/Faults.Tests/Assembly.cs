using Orchestrator.Servers;

[assembly: AssemblyFixture(typeof(SharedServers))]

// Each test has several processes at work; two at once would only wait for each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
