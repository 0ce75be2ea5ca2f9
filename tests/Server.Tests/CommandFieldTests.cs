using System.Text.Json;
using System.Text.RegularExpressions;

namespace Orchestrator.Server.Tests;

/// <summary>What commands read of the API's answers is there: a field that is misspelt reads as if nothing were wrong.</summary>
public sealed partial class CommandFieldTests
{
    [Fact]
    public void Every_field_that_a_command_reads_is_one_of_the_API_or_made_by_a_command()
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        using (var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Binary.Repository, "Studio", "src", "api", "openapi.json")))) Collect(document.RootElement, known);
        Assert.Contains("waitsFor", known);
        var sources = ((string[])["Commands", "Terminal"])
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Binary.Repository, "Server", folder), "*.cs")).ToDictionary(file => Path.GetFileName(file)!, File.ReadAllText);
        foreach (var source in sources.Values) known.UnionWith(Made().Matches(source).Select(match => match.Groups[1].Value));

        var read = (from source in sources
                    from name in Read().Matches(source.Value).Select(match => match.Groups[1].Value)
                        .Concat(Tables().Matches(source.Value).SelectMany(table => Quoted().Matches(table.Value)).Select(match => match.Groups[1].Value))
                    select (File: source.Key, Field: name)).ToList();

        Assert.True(read.Count > 50, $"only {read.Count} fields are found");
        Assert.Empty(read.Where(one => !known.Contains(one.Field)).Distinct());
    }

    private static void Collect(JsonElement element, HashSet<string> names)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray()) Collect(item, names);
        }

        if (element.ValueKind != JsonValueKind.Object) return;
        if (element.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object) names.UnionWith(properties.EnumerateObject().Select(property => property.Name));
        foreach (var member in element.EnumerateObject()) Collect(member.Value, names);
    }

    [GeneratedRegex("""\["(\w+)"\]\s*=[^=>]""")]
    private static partial Regex Made();

    [GeneratedRegex("""\["(\w+)"\](?!\s*=[^=>])""")]
    private static partial Regex Read();

    [GeneratedRegex("""Printer\.Table\([^;]*\);""")]
    private static partial Regex Tables();

    [GeneratedRegex("\"(\\w+)\"")]
    private static partial Regex Quoted();
}
