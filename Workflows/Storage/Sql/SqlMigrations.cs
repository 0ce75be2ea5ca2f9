using System.Collections.Immutable;
using System.Reflection;
using Orchestrator.Workflows.Model.Store;

namespace Orchestrator.Workflows.Storage.Sql;

/// <summary>The scripts that bring a schema from one version to the next, numbered from 1; each stands beside the code of its dialect.</summary>
internal static class SqlMigrations
{
    /// <param name="dialect">Folder of the scripts: <c>sqlite</c> or <c>postgres</c>.</param>
    public static ImmutableArray<string> Of(string dialect)
    {
        var assembly = Assembly.GetExecutingAssembly();
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith($"journal.{dialect}.", StringComparison.OrdinalIgnoreCase))
            .Order(StringComparer.Ordinal)
            .Select(name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                return reader.ReadToEnd();
            })];
    }

    /// <summary>Throws <see cref="JournalUnavailableException"/> for a schema that a newer program made, and that this one cannot use.</summary>
    /// <param name="oldest">The oldest version that a program may know to use the schema.</param>
    /// <param name="journal">What it is, and where: <c>the journal 'x'</c>.</param>
    /// <param name="other">What else could be used, as in <c>another data folder</c>.</param>
    public static void RefuseNewer(int version, int known, int oldest, string journal, string other)
    {
        if (version > known && oldest > known)
        {
            throw new JournalUnavailableException(
                $"{journal} has schema version {version}, but this orchestrator knows only {known}; run the newer orchestrator that wrote it, or use {other}");
        }
    }
}
