using Orchestrator.Servers;

namespace Orchestrator.Workflows.Tests.Execution;

/// <summary>An empty database for one test.</summary>
internal static class PostgresStores
{
    /// <summary>Gives its connection string; skips the test where no server can be started.</summary>
    public static async Task<string> MakeAsync(SharedServers servers)
    {
        Assert.SkipUnless(ServerAvailability.HasPostgres, ServerAvailability.WhyNoPostgres);
        return await (await servers.PostgresAsync()).CreateDatabaseAsync();
    }
}
