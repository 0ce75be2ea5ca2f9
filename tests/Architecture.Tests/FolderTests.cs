using System.Text.RegularExpressions;

namespace Orchestrator.Architecture.Tests;

/// <summary>Inside of an assembly no two folders need each other; a folder is a namespace.</summary>
public sealed partial class FolderTests
{
    public static TheoryData<string> Projects => House.Projects;

    [Theory, MemberData(nameof(Projects))]
    public void No_two_folders_need_each_other(string project)
    {
        var cycles = Folders.Of(House.Load(project)).Cycles();

        Assert.True(cycles.Count == 0, string.Join(Environment.NewLine, cycles));
    }

    [Theory, MemberData(nameof(Projects))]
    public void A_namespace_is_a_folder(string project)
    {
        var folder = Path.Combine(House.Root(), project.Replace('.', Path.DirectorySeparatorChar));
        var lost =
            from file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            let expected = $"Orchestrator.{Path.GetRelativePath(House.Root(), Path.GetDirectoryName(file)!).Replace(Path.DirectorySeparatorChar, '.')}"
            let match = Namespace().Match(File.ReadAllText(file))
            where match.Success && match.Groups[1].Value != expected
            select $"{Path.GetRelativePath(House.Root(), file)}: namespace {match.Groups[1].Value}, expected {expected}";

        Assert.Empty(lost);
    }

    [Fact]
    public void A_cycle_is_found()
    {
        var folders = new Folders([new("A", "One", "B", "Two"), new("B", "Two", "C", "Three"), new("C", "Three", "A", "One"), new("C", "Three", "D", "Four")]);

        var cycle = Assert.Single(folders.Cycles());
        Assert.Contains("A -> B (One needs Two)", cycle, StringComparison.Ordinal);
        Assert.DoesNotContain("D", cycle, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^namespace ([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
