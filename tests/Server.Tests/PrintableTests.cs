using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Orchestrator.Server.Output;

namespace Orchestrator.Server.Tests;

/// <summary>Nothing that somebody wrote steers a terminal or forges a line of it.</summary>
public sealed class PrintableTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string Forged = "21:00:00  go  approved  by alice as commander";
    private const string Nasty = """q\e]0;TITLE\a\e[2J\r\n\u0085\u2028\x9b31m\u202e\x7f\b""";

    private static readonly string source = $$"""
        runbook: forged-line
        description: "{{Nasty}}{{Forged}}"
        locks: [ "unit/x" ]
        steps:
          - id: go
            title: "{{Nasty}}{{Forged}}"
            approval: { title: "q{{Nasty}}\n{{Forged}}", roles: [ commander ] }
          - id: told
            title: "{{Nasty}}"
            run: notify
            with: { message: "{{Nasty}}\n{{Forged}}" }
        """;

    [Theory]
    [InlineData("plain words, 王芳, 😀, \t", "plain words, 王芳, 😀, \t")]
    [InlineData("a\u001b[2Jb", "a␛[2Jb")]
    [InlineData("a\r\nb", "a␍␊b")]
    [InlineData("a\u007Fb\u0085c\u009Bd", "a␡b\\u0085c\\u009bd")]
    [InlineData("\u202Eabc\u2069\u200B\uFEFF\u2028", "\\u202eabc\\u2069\\u200b\\ufeff\\u2028")]
    [InlineData("a\U000E0041b", "a\\udb40\\udc41b")]
    public void What_steers_a_terminal_is_shown(string text, string shown) => Assert.Equal(shown, Printable.Line(text));

    [Fact]
    public void No_character_of_a_line_steers_a_terminal()
    {
        for (var code = 0; code <= 0xFFFF; code++)
        {
            Assert.All(Printable.Cell($"a{(char)code}b"), c => Assert.False(Steers(c), $"U+{code:X4}"));
        }
    }

    [Fact]
    public void Half_a_character_is_shown_by_its_code() => Assert.Equal("a\\ud83db\\udc00", Printable.Line("a\uD83Db\uDC00"));

    [Fact]
    public void A_picture_of_a_run_takes_its_texts_as_one_line_without_markup() =>
        Assert.Equal("[[red]]␛[[2J␊x", Printable.Markup("[red]\u001b[2J\nx"));

    [Fact]
    public void A_writer_keeps_a_line_one_line_whatever_is_written()
    {
        using var raw = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        using var writer = new TerminalWriter(raw) { NewLine = "\n" };

        writer.WriteLine("a\n\u001b[2Jb");
        writer.Write("c\u001b\nd\n");
        writer.WriteLine("e\nf".AsSpan());
        writer.WriteLine("{0}", "g\nh");

        Assert.Equal("a␊␛[2Jb\nc␛\nd\ne␊f\ng␊h\n", raw.ToString());
    }

    [Fact]
    public async Task No_command_lets_what_a_runbook_says_steer_the_terminal()
    {
        using var folder = new Folder();
        var file = folder.Write("forged.yaml", source);
        var broken = folder.Write("broken.yaml", $"runbook: broken\nsteps:\n  - {{ id: a, run: \"{Nasty}\\n{Forged}\", \"x{Nasty}\": 1 }}\n");
        var run = await server.StartAsync(source);
        await server.UntilAsync(run, "approval-requested");
        var reason = JsonSerializer.Deserialize<string>($"\"{Nasty.Replace("\\e", "\\u001b", StringComparison.Ordinal).Replace("\\a", "\\u0007", StringComparison.Ordinal).Replace("\\x9b", "\\u009b", StringComparison.Ordinal).Replace("\\x7f", "\\u007f", StringComparison.Ordinal)}\\n{Forged}\"")!;
        using (var paused = await server.Client.PostAsJsonAsync($"/api/runs/{run}/pause", new { reason })) Assert.True(paused.IsSuccessStatusCode);
        using var alice = server.As("alice:commander");
        using (var frozen = await alice.PostAsJsonAsync("/api/schedules/freezes", new { name = $"w{reason}", kind = "block", ranges = new[] { new { kind = "absolute", from = "2031-11-01T00:00:00+08:00", to = "2031-11-02T00:00:00+08:00" } }, reason }))
        {
        }

        string[][] commands =
        [
            ["validate", file], ["validate", broken], ["validate", broken, "--json"], ["plan", file], ["plan", file, "--json"], ["plan", $"no\u001b[2J\n{Forged}"],
            ["run", file, "--data", "d", "--approve-as", "alice:commander"], ["run", file, "--data", "d", "--approve-as", "alice:commander", "--json"],
            .. ((string[][])[
                ["runs", "list"], ["runs", "show", run], ["runs", "show", run, "--json"], ["approvals", "list"], ["approvals", "list", "--json"], ["schedules", "list"],
                ["schedules", "freezes", "list"], ["emergency", "plan"], ["fleet", "show"], ["bus", "show"], ["nodes"],
                ["approvals", "approve", run, $"go\u001b[2J\n{Forged}", "--as", "alice:commander"], ["runs", "skip", run, $"x\u001b\n{Forged}", "--reason", "r"],
                ["runs", "retry", run, "go", "--reason", $"x\u001b\n{Forged}", "--as", $"b\u001bob\n{Forged}"],
            ]).Select(command => (string[])[.. command, "--server", server.Url.ToString()]),
        ];
        foreach (var command in commands)
        {
            var finished = await Binary.RunAsync(folder.Path, command);
            var said = finished.Output + finished.Error;
            Assert.True(said.Length > 0, string.Join(' ', command));
            Assert.False(said.Any(c => Steers(c) && c is not ('\n' or '\t')), $"{command[0]}: {Printable.Lines(said)}");
            Assert.DoesNotContain(said.Split('\n'), line => line.StartsWith("21:00:00", StringComparison.Ordinal));
            if (command.Contains("--json")) JsonDocument.Parse(finished.Output).Dispose();
        }

        await server.CancelAsync(run);
        using var log = new System.IO.StreamReader(new FileStream(Path.Combine(server.Folder, "data", "orchestrator.log"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var entries = await log.ReadToEndAsync();
        Assert.DoesNotContain(entries, c => Steers(c) && c is not ('\n' or '\t'));
        Assert.DoesNotContain(entries.Split('\n'), line => line.StartsWith("21:00:00", StringComparison.Ordinal));
    }

    private static bool Steers(char c) => char.IsControl(c) || c is '\u2028' or '\u2029' || (c != '\uFEFF' && char.GetUnicodeCategory(c) == UnicodeCategory.Format);
}
