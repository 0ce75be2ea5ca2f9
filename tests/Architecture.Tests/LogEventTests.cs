using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Logging;

namespace Orchestrator.Architecture.Tests;

/// <summary>Each event of the log has a number of its own, in the range of its assembly, and a row in docs/logs.md.</summary>
public sealed class LogEventTests
{
    private const int RangeLength = 1000;

    /// <summary>The first number of a range; an assembly that is not here has none yet.</summary>
    private static readonly Dictionary<string, int> ranges = new()
    {
        ["Workflows.Execution"] = 1000,
        ["Workflows.Storage"] = 2000,
        ["Workflows.Transport"] = 3000,
        ["Workflows.Scheduling"] = 4000,
        ["Workflows.Hosting"] = 5000,
        ["Infra"] = 6000,
        ["Activities"] = 7000,
        ["Simulator"] = 8000,
        ["Server"] = 9000,
    };

    private static readonly List<(string Project, string Method, LoggerMessageAttribute Event)> events =
    [
        .. from project in House.Projects.Select(row => row.Data)
           from type in House.Load(project).GetTypes()
           from method in type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
           let attribute = method.GetCustomAttribute<LoggerMessageAttribute>()
           where attribute is not null
           select (project, $"{type.FullName}.{method.Name}", attribute),
    ];

    [Fact]
    public void Each_event_has_a_number_of_its_own_in_the_range_of_its_assembly()
    {
        Assert.True(events.Count >= 78, $"only {events.Count} events are found");
        Assert.Empty(events.GroupBy(one => one.Event.EventId).Where(same => same.Count() > 1).Select(same => $"{same.Key}: {string.Join(", ", same.Select(one => one.Method))}"));
        Assert.Empty(events
            .Where(one => !ranges.TryGetValue(one.Project, out var first) || one.Event.EventId <= first || one.Event.EventId >= first + RangeLength)
            .Select(one => $"{one.Method}: {one.Event.EventId}"));
    }

    [Fact]
    public void The_documentation_lists_every_event_and_no_other()
    {
        var expected = events.OrderBy(one => one.Event.EventId).Select(one => $"| {one.Event.EventId.ToString(CultureInfo.InvariantCulture)} | {one.Event.Level} | {one.Event.Message} |");

        var listed = File.ReadLines(Path.Combine(House.Root(), "docs", "logs.md")).Where(line => line.Length > 2 && char.IsAsciiDigit(line[2]));

        Assert.Equal(expected, listed);
    }
}
