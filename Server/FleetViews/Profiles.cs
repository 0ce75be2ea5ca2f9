using Orchestrator.Fleet.Colocation;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Environments;
using Orchestrator.Text;

namespace Orchestrator.Server.FleetViews;

/// <summary>The profiles that lie beside the runbooks, one a state.</summary>
internal static class Profiles
{
    /// <summary>Throws <see cref="CommandException"/> with every problem of every file.</summary>
    public static ProfileSet Load(string runbooks)
    {
        var folder = Path.Combine(runbooks, "profiles");
        if (!Directory.Exists(folder))
        {
            throw CommandException.BadInput($"{folder}: there is no such folder; it must hold a profile for each co-location state");
        }

        var diagnostics = new List<Diagnostic>();
        var profiles = new List<Profile>();
        foreach (var file in Directory.EnumerateFiles(folder, "*.yaml").Where(file => !Path.GetFileName(file.AsSpan()).StartsWith('.')).Order(StringComparer.Ordinal))
        {
            using var content = FleetFiles.Open(file, "profile");
            var result = ProfileReader.Read(file, content);
            diagnostics.AddRange(result.Diagnostics);
            profiles.AddRange(result.Value is { } profile ? [profile] : []);
        }

        if (diagnostics.Count > 0)
        {
            throw CommandException.Diagnostics(diagnostics);
        }

        try
        {
            return new ProfileSet(profiles);
        }
        catch (ArgumentException exception)
        {
            throw CommandException.BadInput($"{folder}: {exception.Message}");
        }
    }
}
