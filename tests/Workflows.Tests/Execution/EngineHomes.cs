using Orchestrator.Servers;

namespace Orchestrator.Workflows.Tests.Execution;

public sealed class EngineInMemoryTests : EngineTests
{
    private protected override Task<string?> HomeAsync() => Task.FromResult<string?>(null);
}

public sealed class EngineOnSqliteTests : EngineTests
{
    private readonly TemporaryFolder folder = new();

    private protected override Task<string?> HomeAsync() => Task.FromResult<string?>(folder.Path);

    protected override void Dispose(bool disposing)
    {
        folder.Dispose();
        base.Dispose(disposing);
    }
}

public sealed class EngineOnPostgresTests(SharedServers servers) : EngineTests
{
    private protected override async Task<string?> HomeAsync() => await PostgresStores.MakeAsync(servers);
}

internal static class Samples
{
    public const string Echo = """
        runbook: echo
        steps:
          - { id: a, run: test.echo, with: { text: hello } }
        """;

    public const string Gate = """
        runbook: gate
        steps:
          - { id: a, run: test.gate, with: { gate: g } }
        """;

    public static string Locked(string name, string resource, string gate, string extra = "") => $$"""
        runbook: {{name}}
        {{extra}}
        locks: [ "{{resource}}" ]
        steps:
          - { id: a, run: test.gate, with: { gate: {{gate}} } }
        """;
}
