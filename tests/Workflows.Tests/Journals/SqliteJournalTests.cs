using Microsoft.Data.Sqlite;
using Orchestrator.Workflows.Model.Store;
using Orchestrator.Workflows.Storage.Sqlite;
using Orchestrator.Workflows.Tests.Execution;

namespace Orchestrator.Workflows.Tests.Journals;

public sealed class SqliteJournalTests : DurableJournalTests
{
    private readonly TemporaryFolder folder = new();

    private protected override Task<IJournal> OpenAsync() => Task.FromResult<IJournal>(SqliteJournal.Open(folder.Path, TimeProvider.System));

    [Fact]
    public async Task A_folder_in_use_is_refused_with_a_way_to_mend_it()
    {
        await using var journal = await OpenAsync();

        var refused = await Assert.ThrowsAsync<JournalUnavailableException>(OpenAsync);

        Assert.Contains("in use by another orchestrator process", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newer_schema_is_refused_with_a_way_to_mend_it()
    {
        await using (await OpenAsync())
        {
        }

        await using (var connection = new SqliteConnection($"Data Source={folder.Path}/orchestrator.db;Pooling=False"))
        {
            connection.Open();
            var command = connection.CreateCommand();
            command.CommandText = "UPDATE formats SET oldest_schema = 99; PRAGMA user_version = 99";
            command.ExecuteNonQuery();
        }

        var refused = await Assert.ThrowsAsync<JournalUnavailableException>(OpenAsync);

        Assert.Contains("schema version 99", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_with_a_way_to_mend_it()
    {
        File.WriteAllText(Path.Combine(folder.Path, "orchestrator.db"), new string('x', 5000));

        var refused = await Assert.ThrowsAsync<JournalUnavailableException>(OpenAsync);

        Assert.Contains("cannot be opened", refused.Message, StringComparison.Ordinal);
    }

    protected override void Dispose(bool disposing)
    {
        folder.Dispose();
        base.Dispose(disposing);
    }
}
