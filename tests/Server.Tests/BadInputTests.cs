using System.Text.RegularExpressions;

namespace Orchestrator.Server.Tests;

/// <summary>Bad input is answered with a place, a reason and a fix, exit code 2, and nothing changed.</summary>
public sealed partial class BadInputTests
{
    private const string Head = "runbook: bad\ninputs:\n  share: { type: integer, default: 5, minimum: 0, maximum: 100 }\nsteps:\n";

    /// <summary>What is given, and what the answer must say: the place as line:column, and words of the reason and the fix.</summary>
    public static TheoryData<string, string, string, string[]> Runbooks => new()
    {
        { "a YAML syntax error", Head + "  - id: a\n    run: [fleet.survey\n", @":[67]:\d+", ["error RB005"] },
        { "tabs", Head + "\t- id: a\n", ":5:1", ["error RB006", "tab", "space"] },
        { "an unknown key", Head + "  - id: a\n    run: fleet.survey\n    retyr: { attempts: 2 }\n", ":7:5", ["error RB101", "retyr", "retry"] },
        { "a duplicate id", Head + "  - id: a\n    run: fleet.survey\n  - id: a\n    run: fleet.survey\n", ":7:", ["error RB106", "a"] },
        { "an unknown activity", Head + "  - id: a\n    run: fleet.survy\n", ":6:", ["error RB301", "fleet.survy", "fleet.survey"] },
        { "a wrong argument type", Head + "  - id: a\n    run: cluster.shift\n    irreversible: true\n    with: { cluster: hz-batch-a, to: transitional, waves: 7 }\n", ":8:", ["error RB30", "waves"] },
        { "a bad expression", Head + "  - id: a\n    when: ${ inputs.share >>> }\n    run: fleet.survey\n", ":6:", ["error RB202"] },
        { "an endless expression", Head + "  - id: a\n    when: ${ (() => { while (true) { } })() }\n    run: fleet.survey\n", ":6:", ["error RB2"] },
        {
            "an illegal co-location move",
            Head + "  - id: a\n    run: cluster.shift\n    irreversible: true\n    with: { cluster: hz-batch-a, to: peak-degrade, mode: lossless }\n",
            @":[5678]:\d+", ["error AC101", "offline-only", "peak-degrade"]
        },
        { "an empty file", "", ":1:1", ["error RB004", "holds nothing"] },
    };

    [Theory]
    [MemberData(nameof(Runbooks))]
    public async Task A_runbook_with(string what, string text, string place, string[] words)
    {
        using var folder = new Folder();
        var file = folder.Write("bad.yaml", text);

        await RefusesAsync(folder, what, file + place, words, "run", file, "--data", "data", "--json");
        await RefusesAsync(folder, what, file + place, words, "validate", file);
    }

    [Fact]
    public async Task A_damaged_note_of_the_night_is_told_and_not_passed_over()
    {
        using var folder = new Folder();
        folder.Write("data/environment.json", "{\"at\":\"2026-11-10T");

        var finished = await Binary.RunAsync(folder.Path, "run", "double-11", "--data", "data");

        Assert.Equal(4, finished.ExitCode);
        Assert.Contains("environment.json is damaged", finished.Error, StringComparison.Ordinal);
        Assert.Contains("--start TIME", finished.Error, StringComparison.Ordinal);
        Assert.Empty(finished.Output);
    }

    [Fact]
    public async Task A_cycle_of_child_runbooks()
    {
        using var folder = new Folder();
        folder.Write("one.yaml", "runbook: one\nsteps:\n  - id: a\n    runbook: two\n");
        folder.Write("two.yaml", "runbook: two\nsteps:\n  - id: a\n    runbook: one\n");

        await RefusesAsync(folder, "a cycle", "one.yaml:[34]:", ["error RB402", "one -> two -> one"], "run", "one.yaml", "--data", "data");
    }

    [Fact]
    public async Task A_binary_file()
    {
        using var folder = new Folder();
        var bytes = new byte[4096];
        new Random(7).NextBytes(bytes);
        var file = folder.Write("noise.yaml", bytes);

        await RefusesAsync(folder, "binary", "noise.yaml:1:1", ["error RB003", "text"], "run", file, "--data", "data");
        await RefusesAsync(folder, "binary fleet", @"noise.yaml:\d+:\d+", ["error FL001", "UTF-8"], "run", "double-11", "--fleet", file, "--data", "data");
    }

    [Fact]
    public async Task A_file_of_50_MB()
    {
        using var folder = new Folder();
        var bytes = new byte[50 * 1024 * 1024];
        Array.Fill(bytes, (byte)'#');
        var file = folder.Write("big.yaml", bytes);

        await RefusesAsync(folder, "large", "big.yaml:1:1", ["error RB002", "at most 1 MiB"], "run", file, "--data", "data");
        await RefusesAsync(folder, "large fleet", @"big.yaml:\d+:\d+", ["error FL003", "MiB"], "run", "double-11", "--fleet", file, "--data", "data");
    }

    [Theory]
    [InlineData("share=101", "to 100")]
    [InlineData("share=-1", "0 to 100")]
    [InlineData("share=lots", "whole number")]
    [InlineData("shre=5", "did you mean share")]
    [InlineData("share", "name=value")]
    public async Task An_input_out_of_range_or_of_another_type(string input, string fix)
    {
        using var folder = new Folder();
        var file = folder.Write("inputs.yaml", Head + "  - id: a\n    run: fleet.survey\n");

        await RefusesAsync(folder, input, @"inputs.yaml:\d+:\d+", ["error IN10", fix], "run", file, "--input", input, "--data", "data");
    }

    [Fact]
    public async Task A_fleet_file_with_a_negative_capacity()
    {
        using var folder = new Folder();
        var demo = await File.ReadAllTextAsync(Path.Combine(Binary.Repository, "Runbooks", "fleets", "demo.yaml"), TestContext.Current.CancellationToken);
        var file = folder.Write("fleet.yaml", CpuMilli().Replace(demo, "cpuMilli: -8000", 1));

        await RefusesAsync(folder, "negative", @"fleet.yaml:\d+:\d+", ["error FL", "-8000"], "run", "double-11", "--fleet", file, "--data", "data");
        await RefusesAsync(folder, "negative", @"fleet.yaml:\d+:\d+", ["error FL", "-8000"], "validate", file);
        await RefusesAsync(folder, "negative", @"fleet.yaml:\d+:\d+", ["error FL", "-8000"], "cloud", "--fleet", file, "--port", "0");
    }

    [Theory]
    [InlineData("sn,cpu_milli,gpu,model\nn1,1000,0,\n", "nodes.csv:1:", "memory_mib")]
    [InlineData("sn,cpu_milli,memory_mib,gpu,model\nn1,lots,1024,0,\n", "nodes.csv:2:", "cpu_milli")]
    [InlineData("", "nodes.csv:1:1", "empty")]
    public async Task A_CSV_with_a_missing_column_or_a_bad_number(string nodes, string place, string word)
    {
        using var folder = new Folder();
        folder.Write("nodes.csv", nodes);
        folder.Write("pods.csv", "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time\np1,100,128,0,0,,LS,Running,0,3600,0\n");

        await RefusesAsync(folder, word, place, ["error FL", word], "fleet", "import", "--nodes", "nodes.csv", "--pods", "pods.csv", "--out", "fleet.yaml");
    }

    [Theory]
    [InlineData("no such file, and no runbook", "run", "nowhere.yaml", "--data", "data")]
    [InlineData("no such fleet file", "run", "double-11", "--fleet", "nowhere.yaml", "--data", "data")]
    [InlineData("no such file of inputs", "run", "double-11", "--inputs", "nowhere.json", "--data", "data")]
    [InlineData("is not a time", "run", "double-11", "--start", "yesterday", "--data", "data")]
    [InlineData("USER:ROLE", "run", "double-11", "--approve-as", "alice", "--data", "data")]
    [InlineData("a number above 0", "run", "double-11", "--speed", "0", "--data", "data")]
    [InlineData("a number above 0", "serve", "--speed", "NaN", "--data", "data")]
    [InlineData("at most 100000", "cloud", "--speed", "1e12")]
    [InlineData("'fast' does not fit --speed: give a number", "run", "double-11", "--speed", "fast", "--data", "data")]
    [InlineData("0 to 65535", "serve", "--port", "99999", "--data", "data")]
    [InlineData("does not fit --id: give an id", "run", "double-11", "--id", "mine", "--data", "data")]
    [InlineData("does not fit show: give an id", "runs", "show", "mine")]
    [InlineData("--as zed: write it as USER:ROLE", "approvals", "approve", "01a1c4f2-23c8-71b8-9792-05d85208a3f7", "go", "--as", "zed", "--data", "data")]
    [InlineData("--help", "runs", "pause")]
    [InlineData("--help", "dance")]
    public async Task A_command_line_that_names_what_is_not_there(string word, params string[] arguments)
    {
        using var folder = new Folder();

        await RefusesAsync(folder, word, "", [word], arguments);
    }

    [Fact]
    public async Task Every_wrong_option_is_told_at_once()
    {
        using var folder = new Folder();
        var environment = new Dictionary<string, string>
        {
            ["ORCHESTRATOR_Server__Port"] = "notaport",
            ["ORCHESTRATOR_Simulation__Speed"] = "0",
            ["ORCHESTRATOR_Workflows__LeaseLenght"] = "00:00:10",
        };

        var finished = await Binary.RunAsync(folder.Path, environment, "serve", "--data", "data", "--port", "0");

        Assert.Equal(2, finished.ExitCode);
        Assert.Contains("Server:Port", finished.Error, StringComparison.Ordinal);
        Assert.Contains("Simulation:Speed", finished.Error, StringComparison.Ordinal);
        Assert.Contains("Workflows:LeaseLenght", finished.Error, StringComparison.Ordinal);
        Assert.Empty(folder.List());
    }

    private static async Task RefusesAsync(Folder folder, string what, string place, string[] words, params string[] arguments)
    {
        var before = folder.List();

        var finished = await Binary.RunAsync(folder.Path, arguments);

        Assert.True(finished.ExitCode == 2, $"{what}: {finished.ExitCode} {finished.Output} {finished.Error}");
        Assert.Matches(place, finished.Error);
        Assert.All(words, word => Assert.Contains(word, finished.Error, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("   at Orchestrator", finished.Error, StringComparison.Ordinal);
        Assert.Empty(finished.Output);
        Assert.Equal(before, folder.List());
    }

    [GeneratedRegex(@"cpuMilli: \d+")]
    private static partial Regex CpuMilli();
}
