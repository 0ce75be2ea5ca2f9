using System.Reflection;
using ArchUnitNET.Loader;

namespace Orchestrator.Architecture.Tests;

/// <summary>That a type of one folder needs a type of another.</summary>
internal sealed record Need(string From, string Type, string To, string Needed);

/// <summary>Which folders of an assembly need which, as its compiled code says.</summary>
internal sealed class Folders(IReadOnlyList<Need> needs)
{
    public static Folders Of(Assembly assembly)
    {
        var architecture = new ArchLoader().LoadAssembly(assembly).Build();
        var own = architecture.Types.Where(type => type.Namespace.FullName.StartsWith("Orchestrator", StringComparison.Ordinal)).Select(type => type.FullName).ToHashSet();
        return new(
        [
            .. from type in architecture.Types
               where own.Contains(type.FullName)
               from dependency in type.Dependencies
               where own.Contains(dependency.Target.FullName) && dependency.Target.Namespace.FullName != type.Namespace.FullName
               select new Need(type.Namespace.FullName, type.Name, dependency.Target.Namespace.FullName, dependency.Target.Name),
        ]);
    }

    /// <summary>One text for each set of folders that need each other, with an example for each need.</summary>
    public List<string> Cycles()
    {
        var next = needs.ToLookup(need => need.From, need => need.To);
        var folders = needs.SelectMany(need => new[] { need.From, need.To }).Distinct().Order(StringComparer.Ordinal).ToList();
        var reach = folders.ToDictionary(folder => folder, folder => Reach(folder, next));
        var cycles = new List<string>();
        var told = new HashSet<string>();
        foreach (var folder in folders.Where(folder => reach[folder].Contains(folder) && !told.Contains(folder)))
        {
            var circle = reach[folder].Where(other => reach[other].Contains(folder)).ToHashSet();
            told.UnionWith(circle);
            var lines = needs.Where(need => circle.Contains(need.From) && circle.Contains(need.To))
                .GroupBy(need => (need.From, need.To))
                .Select(pair => $"  {pair.Key.From} -> {pair.Key.To} ({string.Join(", ", pair.Select(need => $"{need.Type} needs {need.Needed}").Distinct().Take(3))})");
            cycles.Add($"These folders need each other:{Environment.NewLine}{string.Join(Environment.NewLine, lines)}");
        }

        return cycles;
    }

    private static HashSet<string> Reach(string folder, ILookup<string, string> next)
    {
        var seen = new HashSet<string>();
        var open = new Stack<string>(next[folder]);
        while (open.TryPop(out var current))
        {
            if (!seen.Add(current)) continue;
            foreach (var further in next[current]) open.Push(further);
        }

        return seen;
    }
}
