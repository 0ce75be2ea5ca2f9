using Orchestrator.Servers;

[assembly: AssemblyFixture(typeof(SharedServers))]
