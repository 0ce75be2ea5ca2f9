using Orchestrator.Servers;

[assembly: AssemblyFixture(typeof(SharedServers))]

// Mostly a process is waited for that starts, so more tests than cores go on at once.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]
