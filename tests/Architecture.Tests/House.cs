using System.Reflection;
using System.Runtime.CompilerServices;

namespace Orchestrator.Architecture.Tests;

/// <summary>The product's assemblies, and what each may reference of the others.</summary>
internal static class House
{
    private static readonly string[] engine = ["Text", "Workflows.Model", "Workflows.Language", "Workflows.Execution", "Workflows.Storage", "Workflows.Transport", "Workflows.Scheduling"];

    /// <summary>By the name of the project: the projects that it may reference. A project references only those above it in this list.</summary>
    public static IReadOnlyDictionary<string, string[]> Allowed { get; } = new Dictionary<string, string[]>
    {
        ["Text"] = [],
        ["Workflows.Model"] = ["Text"],
        ["Workflows.Language"] = ["Text", "Workflows.Model"],
        ["Workflows.Execution"] = ["Text", "Workflows.Model", "Workflows.Language"],
        ["Workflows.Storage"] = ["Text", "Workflows.Model"],
        ["Workflows.Transport"] = ["Text", "Workflows.Model"],
        ["Workflows.Scheduling"] = ["Text", "Workflows.Model", "Workflows.Language", "Workflows.Execution", "Workflows.Storage"],
        ["Workflows.Hosting"] = engine,
        ["Fleet"] = ["Text"],
        ["Infra"] = ["Text", "Fleet"],
        ["Simulator"] = ["Text", "Fleet"],
        ["Activities"] = ["Text", "Workflows.Model", "Fleet", "Infra"],
        ["Server"] = [.. engine, "Workflows.Hosting", "Fleet", "Infra", "Simulator", "Activities"],
    };

    /// <summary>Packages, by the start of their assemblies' names, that only these projects may use.</summary>
    public static IReadOnlyDictionary<string, string[]> Packages { get; } = new Dictionary<string, string[]>
    {
        ["Jint"] = ["Workflows.Language"],
        ["Acornima"] = ["Workflows.Language"],
        ["MassTransit"] = ["Workflows.Transport"],
        ["RabbitMQ"] = ["Workflows.Transport"],
        ["Dapper"] = ["Workflows.Storage", "Workflows.Scheduling"],
        ["Npgsql"] = ["Workflows.Storage", "Workflows.Scheduling"],
        ["Microsoft.Data.Sqlite"] = ["Workflows.Storage", "Workflows.Scheduling"],
        ["Quartz"] = ["Workflows.Scheduling"],
        ["KubernetesClient"] = ["Infra", "Simulator"],
        ["Grpc"] = ["Infra"],
        ["OpenTelemetry"] = ["Server"],
        ["Microsoft.AspNetCore"] = ["Infra", "Simulator", "Server"],
    };

    public static TheoryData<string> Projects => [.. Allowed.Keys];

    public static Assembly Load(string project) => Assembly.Load(project == "Server" ? "orchestrator" : $"Orchestrator.{project}");

    /// <summary>The project of one of our assemblies; null for any other.</summary>
    public static string? Project(AssemblyName name) => name.Name switch
    {
        "orchestrator" => "Server",
        { } text when text.StartsWith("Orchestrator.", StringComparison.Ordinal) => text["Orchestrator.".Length..],
        _ => null,
    };

    /// <summary>The folder of the sources.</summary>
    public static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(here, "..", "..", ".."));
}
