using System.Text.Json;

namespace Orchestrator.Server.Tests;

/// <summary>The command line as a user meets it.</summary>
public sealed class RunCommandTests
{
    private const string Short = """
        runbook: short
        steps:
          - id: look
            run: fleet.survey
          - id: rest
            wait: { for: 1m }
          - id: go
            approval: { title: "Go?", roles: [commander, sre-lead], quorum: 2 }
          - id: report
            run: fleet.report
        """;

    [Fact]
    public async Task A_run_ends_done_with_one_JSON_document_and_nothing_else()
    {
        using var folder = new Folder();
        var file = folder.Write("short.yaml", Short);

        var finished = await Binary.RunAsync(folder.Path, "run", file, "--data", "data", "--json");

        Assert.Equal(0, finished.ExitCode);
        using var report = JsonDocument.Parse(finished.Output);
        var root = report.RootElement;
        Assert.Equal("short", root.GetProperty("runbook").GetString());
        Assert.Equal("done", root.GetProperty("outcome").GetString());
        Assert.True(root.GetProperty("simulated").GetBoolean());
        Assert.True(root.GetProperty("environmentSeconds").GetDouble() >= 60);
        Assert.Equal(4, root.GetProperty("steps").GetProperty("byStatus").GetProperty("done").GetInt32());
        Assert.True(root.GetProperty("invariants").GetProperty("checked").GetInt32() >= 1);
        Assert.Empty(root.GetProperty("invariants").GetProperty("violations").EnumerateArray());
        Assert.Equal(JsonValueKind.Object, root.GetProperty("report").ValueKind);
        Assert.Equal(JsonValueKind.Null, root.GetProperty("error").ValueKind);
    }

    /// <summary>The report is written before the undo, and what the undo did is in what is shown at the end all the same.</summary>
    [Fact]
    public async Task The_report_of_a_run_that_was_taken_back_has_what_its_undo_did()
    {
        using var folder = new Folder();
        var file = folder.Write("back.yaml", """
            runbook: back
            locks: ["cluster/*"]
            steps:
              - id: all
                try:
                  - id: look
                    run: fleet.survey
                  - id: lend
                    run: cluster.shift
                    with: { cluster: hz-batch-a, to: transitional, waves: [100%] }
                    retry: { attempts: 20, delay: 30s }
                    undo: { run: cluster.shift, with: { cluster: hz-batch-a, to: offline-only } }
                  - id: no
                    run: metrics.watch
                    with: { name: requests, most: 0, interval: 10s, duration: 1m }
                    onFailure: undo
                finally:
                  - id: report
                    run: fleet.report
            """);

        var finished = await Binary.RunAsync(folder.Path, "run", file, "--data", "data", "--json");

        using var report = JsonDocument.Parse(finished.Output);
        var root = report.RootElement;
        Assert.Equal("undone", root.GetProperty("outcome").GetString());
        var cluster = Assert.Single(root.GetProperty("report").GetProperty("report").GetProperty("clusters").EnumerateArray(), cluster => cluster.GetProperty("cluster").GetString() == "hz-batch-a");
        Assert.Equal("offline-only", cluster.GetProperty("state").GetString());
        Assert.Equal(2, cluster.GetProperty("states").EnumerateArray().Count(state => state.GetProperty("nodesMoved").GetInt32() == 24));
    }

    [Fact]
    public async Task Without_a_terminal_there_is_a_line_for_each_event_and_simulated_people_are_labelled()
    {
        using var folder = new Folder();
        var file = folder.Write("short.yaml", Short);

        var finished = await Binary.RunAsync(folder.Path, "run", file, "--data", "data");

        Assert.Equal(0, finished.ExitCode);
        Assert.Matches(@"\d\d:\d\d:\d\d  rest  waiting  until", finished.Output);
        Assert.Contains("approved  by alice as commander (simulated)", finished.Output, StringComparison.Ordinal);
        Assert.Contains("short done after", finished.Output, StringComparison.Ordinal);
        Assert.Contains("simulated cloud", finished.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_runbook_in_the_README_runs_as_it_stands_there()
    {
        using var folder = new Folder();
        var readme = await File.ReadAllTextAsync(Path.Combine(Binary.Repository, "README.md"));
        var file = folder.Write("my.yaml", readme.Split("```yaml\n")[1].Split("```")[0]);

        var finished = await Binary.RunAsync(folder.Path, "run", file, "--data", "data", "--json");

        Assert.Equal(0, finished.ExitCode);
        using var report = JsonDocument.Parse(finished.Output);
        Assert.Equal("done", report.RootElement.GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task The_same_id_goes_on_with_the_run_that_is_there()
    {
        using var folder = new Folder();
        var file = folder.Write("short.yaml", Short);
        const string id = "0192d0c4-2222-7000-8000-000000000022";

        var first = await Binary.RunAsync(folder.Path, "run", file, "--data", "data", "--id", id, "--json");
        var second = await Binary.RunAsync(folder.Path, "run", file, "--data", "data", "--id", id, "--json");

        Assert.Equal([0, 0], [first.ExitCode, second.ExitCode]);
        Assert.Equal(End(first), End(second));
        static string? End(Finished finished) => JsonElement.Parse(finished.Output).GetProperty("endedAt").GetString();
    }

    [Fact]
    public async Task Ctrl_C_leaves_the_run_open_and_says_how_to_go_on()
    {
        using var folder = new Folder();
        var file = folder.Write("long.yaml", "runbook: long\nsteps:\n  - id: look\n    run: fleet.survey\n  - id: rest\n    wait: { for: 2h }\n");
        // What is begun in the background ignores Ctrl-C, and so does all that it begins: these tests may be.
        await using var running = Binary.Start(["env", "--default-signal=INT", Binary.Path, "run", file, "--data", "data"], folder.Path, new Dictionary<string, string>());
        await running.WhenSaidAsync("rest  waiting");

        await running.InterruptAsync();
        var stopped = await running.WhenEndedAsync();
        Assert.True(stopped.ExitCode == 3, stopped.Output + stopped.Error);
        var id = stopped.Error[(stopped.Error.IndexOf("--id ", StringComparison.Ordinal) + 5)..].Split(' ')[0];
        var finished = await Binary.RunAsync(folder.Path, "run", file, "--data", "data", "--id", id);

        Assert.True(finished.ExitCode == 0, finished.Output + finished.Error);
        Assert.Contains("long done", finished.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rejected_run_ends_with_3_and_a_failed_one_with_1()
    {
        using var folder = new Folder();
        var rejected = folder.Write("rejected.yaml", "runbook: rejected\nsteps:\n  - id: go\n    approval: { title: Go, roles: [nobody], timeout: 1m, onTimeout: reject }\n");
        var failed = folder.Write("failed.yaml", "runbook: failed\nsteps:\n  - id: look\n    run: fleet.survey\n    with: { clusters: [nowhere] }\n");

        var three = await Binary.RunAsync(folder.Path, "run", rejected, "--data", "three", "--json");
        var one = await Binary.RunAsync(folder.Path, "run", failed, "--data", "one", "--json");

        Assert.True(three.ExitCode == 3, three.Output + three.Error);
        Assert.Equal("rejected", JsonElement.Parse(three.Output).GetProperty("outcome").GetString());
        Assert.Equal(1, one.ExitCode);
        Assert.Equal("incident", JsonElement.Parse(one.Output).GetProperty("outcome").GetString());
        Assert.Contains("--id", one.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_reached_ends_with_4_and_says_how_to_mend_it()
    {
        using var folder = new Folder();
        var file = folder.Write("short.yaml", Short);

        var noServer = await Binary.RunAsync(folder.Path, "runs", "list", "--server", "http://127.0.0.1:9");
        var noCloud = await Binary.RunAsync(folder.Path, "run", file, "--cloud", "http://127.0.0.1:9", "--data", "data");

        Assert.Equal([4, 4], [noServer.ExitCode, noCloud.ExitCode]);
        Assert.Contains("orchestrator serve", noServer.Error, StringComparison.Ordinal);
        Assert.Contains("orchestrator cloud", noCloud.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_data_folder_has_one_process()
    {
        using var folder = new Folder();
        await using var server = Binary.Start(folder.Path, "serve", "--data", "data", "--port", "0");
        await server.WhenReadyAsync();

        var second = await Binary.RunAsync(folder.Path, "serve", "--data", "data", "--port", "0");
        var list = await Binary.RunAsync(folder.Path, "runs", "list", "--data", "data", "--json");

        Assert.Equal(4, second.ExitCode);
        Assert.Contains("--data DIR", second.Error, StringComparison.Ordinal);
        Assert.Equal(0, list.ExitCode);
    }

    [Fact]
    public async Task An_imported_trace_is_a_valid_fleet_and_is_not_written_over()
    {
        using var folder = new Folder();
        folder.Write("nodes.csv", "sn,cpu_milli,memory_mib,gpu,model\nn1,32000,131072,0,\nn2,32000,131072,0,\n");
        folder.Write("pods.csv", "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time\np1,1000,1280,0,0,,LS,Running,0,3600,0\n");
        string[] import = ["fleet", "import", "--nodes", "nodes.csv", "--pods", "pods.csv", "--out", "fleet.yaml"];

        var first = await Binary.RunAsync(folder.Path, import);
        var again = await Binary.RunAsync(folder.Path, import);
        var forced = await Binary.RunAsync(folder.Path, [.. import, "--force"]);
        var valid = await Binary.RunAsync(folder.Path, "validate", "fleet.yaml");

        Assert.Equal([0, 2, 0, 0], [first.ExitCode, again.ExitCode, forced.ExitCode, valid.ExitCode]);
        Assert.Contains("--force", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_runbook_schema_that_ships_is_current()
    {
        using var folder = new Folder();

        var schema = await Binary.RunAsync(folder.Path, "schema", "--out", "-");

        var shipped = await File.ReadAllTextAsync(Path.Combine(Binary.Repository, "Runbooks", "runbook.schema.json"));
        Assert.True(schema.Output == shipped, "Runbooks/runbook.schema.json is not current; write it with: ./orchestrator schema");
    }

    [Fact]
    public async Task Every_runbook_that_ships_is_valid_and_can_be_planned()
    {
        using var folder = new Folder();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Binary.Repository, "Runbooks"), "*.yaml"))
        {
            var valid = await Binary.RunAsync(folder.Path, "validate", file);
            var plan = await Binary.RunAsync(folder.Path, "plan", file, "--json");

            Assert.True(valid.ExitCode == 0, valid.Error);
            Assert.True(plan.ExitCode == 0, plan.Error);
            Assert.NotEmpty(JsonElement.Parse(plan.Output).GetProperty("lines").EnumerateArray());
        }

        Assert.Empty(folder.List());
    }

    [Theory]
    [InlineData("", "run", "validate", "plan", "runs", "approvals", "fleet", "cloud", "serve", "Exit codes")]
    [InlineData("run", "--input", "--approve-as", "--ask", "--fleet", "--speed", "--start", "--cloud", "--id", "--json")]
    [InlineData("runs", "list", "show", "pause", "resume", "cancel", "retry", "skip", "signal", "undo")]
    [InlineData("fleet import", "--nodes", "--pods", "--out", "--force")]
    public async Task Help_names(string command, params string[] words)
    {
        using var folder = new Folder();

        var help = await Binary.RunAsync(folder.Path, [.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        Assert.Equal(0, help.ExitCode);
        Assert.All(words, word => Assert.Contains(word, help.Output, StringComparison.Ordinal));
    }
}
