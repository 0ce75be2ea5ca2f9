using System.Text;
using Orchestrator.Fleet.Files;
using Orchestrator.Fleet.Imports;
using Orchestrator.Server.Failures;
using Orchestrator.Server.Files;

namespace Orchestrator.Server.Environments;

/// <summary>A fleet file out of a published cluster trace.</summary>
internal static class TraceFiles
{
    /// <summary>Throws <see cref="CommandException"/> with every problem of both files.</summary>
    public static ImportedFleet Read(string name, string nodesFile, string podsFile)
    {
        using var nodes = FleetFiles.Open(nodesFile, "file of nodes");
        using var pods = FleetFiles.Open(podsFile, "file of pods");
        var result = TraceImport.Read(nodesFile, nodes, podsFile, pods, new TraceImportOptions { Name = name });
        return result.Value ?? throw CommandException.Diagnostics(result.Diagnostics);
    }

    /// <summary>Writes the fleet file whole or not at all.</summary>
    public static void Write(ImportedFleet imported, string file)
    {
        var summary = imported.Summary;
        var comment = $"Imported from a trace of {summary.Nodes} nodes and {summary.Pods} pods: {summary.OnlinePods} online, {summary.BatchPods} batch.";
        AtomicFile.Write(file, Encoding.UTF8.GetBytes(FleetFileWriter.Write(imported.Fleet, comment)));
    }
}
