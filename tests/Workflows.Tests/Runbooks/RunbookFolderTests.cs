using System.Diagnostics;
using System.Text;
using Orchestrator.Workflows.Language.Reading;
using Orchestrator.Workflows.Model.Files;

namespace Orchestrator.Workflows.Tests.Runbooks;

/// <summary>A folder of runbooks as people's tools leave it: what cannot be read takes nothing else away.</summary>
public sealed class RunbookFolderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("runbooks-").FullName;

    public static TheoryData<string, string> Irregular => new()
    {
        { "a dangling link", "nowhere" },
        { "a link to itself", "itself" },
        { "a folder", "folder" },
        { "a named pipe", "pipe" },
        { "a device", "device" },
        { "a binary file", "UTF-8" },
        { "a large file", "1 MiB" },
    };

    [Theory]
    [MemberData(nameof(Irregular))]
    public void A_file_that_cannot_be_read_is_one_diagnostic_and_the_others_are_read(string what, string word)
    {
        Write("good.yaml", "good");
        var bad = Make(what);

        var library = RunbookLibrary.FromFolder(folder);

        Assert.Equal(["good"], library.Names);
        var diagnostic = Assert.Single(library.Diagnostics);
        Assert.Equal(bad, diagnostic.File);
        Assert.Contains(word, diagnostic.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Irregular))]
    public void The_text_that_was_read_last_stays_in_use(string what, string word)
    {
        Write("bad.yaml", "bad");
        var before = RunbookLibrary.FromFolder(folder);
        File.Delete(Path.Combine(folder, "bad.yaml"));
        Make(what);

        var library = RunbookLibrary.FromFolder(folder, before);

        Assert.Equal(before.Find("bad"), library.Find("bad"));
        Assert.Contains(word, Assert.Single(library.Diagnostics).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_lock_of_an_editor_and_other_hidden_files_are_passed_over()
    {
        Write("good.yaml", "good");
        Write(".good.yaml", "swapped");
        File.CreateSymbolicLink(Path.Combine(folder, ".#good.yaml"), "me@host.1:2");

        var library = RunbookLibrary.FromFolder(folder);

        Assert.Equal(["good"], library.Names);
        Assert.Empty(library.Diagnostics);
    }

    [Fact]
    public void A_file_that_was_removed_is_gone_and_a_folder_that_went_away_keeps_what_it_held()
    {
        Write("one.yaml", "one");
        Write("two.yaml", "two");
        var both = RunbookLibrary.FromFolder(folder);
        File.Delete(Path.Combine(folder, "two.yaml"));
        var one = RunbookLibrary.FromFolder(folder, both);
        Directory.Delete(folder, recursive: true);

        var none = RunbookLibrary.FromFolder(folder, one);

        Assert.Equal(["one"], one.Names);
        Assert.Empty(one.Diagnostics);
        Assert.Equal(["one"], none.Names);
        Assert.Contains("no such folder", Assert.Single(none.Diagnostics).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_copy_beside_a_runbook_does_not_take_its_place()
    {
        Write("handle.yaml", "handle");
        Write("handle (copy).yaml", "handle");
        Write("a.yaml", "handle");

        Assert.Equal("handle.yaml", Path.GetFileName(RunbookLibrary.FromFolder(folder).Find("handle")!.File));
    }

    [Fact]
    public async Task Files_that_come_and_go_while_the_folder_is_read_are_never_more_than_absent()
    {
        Write("good.yaml", "good");
        using var stop = new CancellationTokenSource();
        var churn = Task.Run(() =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i = (i + 1) % 50)
            {
                var path = Path.Combine(folder, $"churn-{i}.yaml");
                File.WriteAllText(path, $"runbook: churn-{i}\n");
                File.Delete(path);
            }
        });

        for (var i = 0; i < 300; i++)
        {
            var library = RunbookLibrary.FromFolder(folder);
            Assert.Contains("good", library.Names);
            Assert.Empty(library.Diagnostics);
        }

        await stop.CancelAsync();
        await churn;
    }

    [Fact]
    public void The_stamp_of_a_folder_tells_every_change_and_reads_nothing_that_blocks()
    {
        var fingerprints = new List<string> { RunbookLibrary.Fingerprint(folder) };
        Write("good.yaml", "good");
        fingerprints.Add(RunbookLibrary.Fingerprint(folder));
        Write("good.yaml", "goose");
        fingerprints.Add(RunbookLibrary.Fingerprint(folder));
        Make("a named pipe");
        fingerprints.Add(RunbookLibrary.Fingerprint(folder));
        File.Delete(Path.Combine(folder, "bad.yaml"));
        Make("a dangling link");
        fingerprints.Add(RunbookLibrary.Fingerprint(folder));

        Assert.Equal(fingerprints.Count, fingerprints.Distinct().Count());
        Assert.Equal(fingerprints[^1], RunbookLibrary.Fingerprint(folder));
    }

    [Fact]
    public void Bytes_are_counted_where_a_file_claims_to_have_none()
    {
        Assert.Equal(0, new FileInfo("/proc/self/status").Length);

        Assert.True(RegularFile.Read("/proc/self/status", 16).TooLarge);
        Assert.NotEmpty(RegularFile.Read("/proc/self/status", 1024 * 1024).Bytes!);
    }

    public void Dispose()
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    private void Write(string file, string name) => File.WriteAllText(Path.Combine(folder, file), $"runbook: {name}\nsteps: []\n");

    private string Make(string what)
    {
        var path = Path.Combine(folder, "bad.yaml");
        switch (what)
        {
            case "a dangling link":
                File.CreateSymbolicLink(path, "nowhere");
                break;
            case "a link to itself":
                File.CreateSymbolicLink(path, path);
                break;
            case "a folder":
                Directory.CreateDirectory(path);
                break;
            case "a named pipe":
                using (var made = Process.Start("mkfifo", [path])) made.WaitForExit();
                break;
            case "a device":
                File.CreateSymbolicLink(path, "/dev/zero");
                break;
            case "a binary file":
                File.WriteAllBytes(path, [.. Encoding.UTF8.GetBytes("runbook: bad\n"), 0xff, 0xfe, 0x80]);
                break;
            case "a large file":
                File.WriteAllText(path, $"runbook: bad\n# {new string('x', 1024 * 1024)}");
                break;
        }

        return path;
    }
}
