using System.Text;
using Orchestrator.Fleet.Files;
using Orchestrator.Server.Failures;
using Orchestrator.Workflows.Model.Files;

namespace Orchestrator.Server.Environments;

/// <summary>Reads the files that people name on the command line, with sentences for what cannot be read.</summary>
internal static class FleetFiles
{
    /// <summary>Throws <see cref="CommandException"/> with every problem.</summary>
    public static FleetDefinition Read(string file)
    {
        var result = Check(file);
        return result.Value ?? throw CommandException.Diagnostics(result.Diagnostics);
    }

    /// <summary>Everything that is found in a fleet file.</summary>
    public static ReadResult<FleetDefinition> Check(string file)
    {
        using var content = Open(file, "fleet file");
        return FleetFileReader.Read(file, content);
    }

    /// <summary>True when the file's first lines have a <c>fleet:</c> key and so can be no runbook.</summary>
    public static bool IsLikelyOne(string file)
    {
        using var content = Open(file, "file");
        var head = new byte[4096];
        var text = Encoding.UTF8.GetString(head, 0, content.ReadAtLeast(head, head.Length, throwOnEndOfStream: false));
        return text.Split('\n').Any(line => line.StartsWith("fleet:", StringComparison.Ordinal));
    }

    /// <summary>A regular file. Throws <see cref="CommandException"/> for anything else: a pipe would block for ever, a device never ends.</summary>
    public static FileStream Open(string file, string what)
    {
        try
        {
            return RegularFile.Open(file);
        }
        catch (IrregularFileException exception)
        {
            throw CommandException.BadInput(exception.Kind == FileKind.Missing ? $"{file}: there is no such {what}; check the path" : $"{file}: {exception.Message}; give a {what}");
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw CommandException.BadInput($"{file}: the {what} cannot be read: {exception.Message}");
        }
    }
}
