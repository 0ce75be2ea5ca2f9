using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;

namespace Orchestrator.Architecture.Tests;

/// <summary>docs/glossary.md's words to avoid stand in no name and no log template of the product.</summary>
public sealed partial class GlossaryTests
{
    private const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Avoided[] avoided = [.. File.ReadLines(Path.Combine(House.Root(), "docs", "glossary.md")).SelectMany(Avoided.In)];

    public static TheoryData<string> Projects => House.Projects;

    [Fact]
    public void The_glossary_has_its_words()
    {
        Assert.Contains(avoided, word => word.Text == "deed" && word.Rooms.Length == 0);
        Assert.Contains(avoided, word => word.Text == "node" && word.Rooms.Contains("Workflows.Execution"));
        Assert.All(avoided.SelectMany(word => word.Rooms), room => Assert.Contains(room, House.Allowed.Keys));
    }

    [Theory]
    [InlineData("TaskStamp", "task stamp", true)]
    [InlineData("taskStamps", "task stamp", true)]
    [InlineData("Timestamp", "stamp", false)]
    [InlineData("_deed", "deed", true)]
    [InlineData("HTTPDeedReader", "deed", true)]
    [InlineData("Indeed", "deed", false)]
    public void A_word_is_found_where_it_is_a_word(string name, string word, bool found) => Assert.Equal(found, new Avoided(word, []).IsIn(name));

    [Theory, MemberData(nameof(Projects))]
    public void No_name_has_a_word_to_avoid(string project)
    {
        var words = avoided.Where(word => word.Holds(project)).ToList();

        var found =
            from type in House.Load(project).GetTypes()
            where !IsGenerated(type)
            from name in NamesOf(type)
            from word in words
            where word.IsIn(name)
            select $"{type.FullName}: {name} (avoid '{word.Text}')";

        AssertNone(found);
    }

    [Theory, MemberData(nameof(Projects))]
    public void No_log_template_has_a_word_to_avoid(string project)
    {
        var words = avoided.Where(word => word.Holds(project)).ToList();

        var found =
            from type in House.Load(project).GetTypes()
            from method in type.GetMethods(Own)
            let message = method.GetCustomAttribute<LoggerMessageAttribute>()?.Message
            where message is not null
            from word in words
            where word.IsIn(message)
            select $"{type.FullName}.{method.Name}: \"{message}\" (avoid '{word.Text}')";

        AssertNone(found);
    }

    private static void AssertNone(IEnumerable<string> found)
    {
        var names = found.Distinct().ToList();
        Assert.True(names.Count == 0, string.Join('\n', names));
    }

    private static IEnumerable<string> NamesOf(Type type)
    {
        yield return type.Name;
        foreach (var member in type.GetMembers(Own).Where(member => !IsGenerated(member) && !Overrides(member)))
        {
            yield return member.Name;
            if (member is MethodBase method)
            {
                foreach (var parameter in method.GetParameters()) yield return parameter.Name ?? "";
            }
        }
    }

    private static bool IsGenerated(MemberInfo member) =>
        member.Name.Contains('<', StringComparison.Ordinal) || member.IsDefined(typeof(CompilerGeneratedAttribute)) && member is Type or FieldInfo
        || member.IsDefined(typeof(System.CodeDom.Compiler.GeneratedCodeAttribute)) || (member.DeclaringType is { } outer && IsGenerated(outer));

    /// <summary>Its name is another assembly's choice.</summary>
    private static bool Overrides(MemberInfo member) =>
        member is MethodInfo { IsVirtual: true } method && method.GetBaseDefinition().Module.Assembly != member.Module.Assembly;

    /// <param name="Rooms">Where it is avoided; empty: everywhere.</param>
    private sealed partial record Avoided(string Text, string[] Rooms)
    {
        public static IEnumerable<Avoided> In(string line)
        {
            var cells = line.Split('|', StringSplitOptions.TrimEntries);
            if (cells.Length != 5 || cells[3] is "Avoid" or "" || cells[3].StartsWith('-')) return [];

            return
                from Match entry in Entry().Matches(cells[3])
                select new Avoided(entry.Groups["word"].Value.Trim(), entry.Groups["rooms"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        }

        public bool Holds(string project) => Rooms.Length == 0 || Rooms.Contains(project);

        public bool IsIn(string name)
        {
            var words = $" {string.Join(' ', Word().Matches(name).Select(word => word.Value.ToLowerInvariant()))} ";
            return words.Contains($" {Text} ", StringComparison.Ordinal) || words.Contains($" {Text}s ", StringComparison.Ordinal);
        }

        [GeneratedRegex(@"(?<word>[a-z][a-z ]*)(\((?<rooms>[^)]*)\))?")]
        private static partial Regex Entry();

        [GeneratedRegex("[A-Z]+(?![a-z])|[A-Z]?[a-z]+")]
        private static partial Regex Word();
    }
}
