using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Tests.Npm;

namespace Orchestrator.Infra.Tests.Alibaba.Sdk;

/// <summary>The vendor's Node SDKs, and the Kubernetes project's client.</summary>
internal static class NodeSdk
{
    private static readonly NodePackages packages = new(FolderOf());

    public static string Folder => packages.Folder;

    /// <summary>Skips the test where there is no Node.js, or npm cannot install.</summary>
    public static Task RequireAsync() => packages.RequireAsync();

    /// <summary>What each step was answered.</summary>
    /// <param name="steps">A file of steps; null: <c>life.json</c>.</param>
    public static async Task<JsonArray> DriveAsync(Uri endpoint, string accessKeyId, string accessKeySecret, string? steps = null) =>
        JsonNode.Parse(await packages.RunAsync(Path.Combine(Folder, "drive.cjs"), [endpoint.Authority, accessKeyId, accessKeySecret, .. steps is null ? Array.Empty<string>() : [steps]]))!.AsArray();

    /// <summary>What the Kubernetes project's client saw of the route <c>trading</c>, after it did <paramref name="what"/> (<c>read</c> or <c>split</c>).</summary>
    public static async Task<JsonObject> RouteAsync(Uri cluster, string what) =>
        JsonNode.Parse(await packages.RunAsync(Path.Combine(Folder, "httproute.cjs"), cluster.ToString().TrimEnd('/'), what))!.AsObject();

    /// <summary>What the Kubernetes project's client saw of everything that it does with a cluster.</summary>
    public static async Task<JsonObject> ConformAsync(Uri cluster) =>
        JsonNode.Parse(await packages.RunAsync(Path.Combine(Folder, "conformance.cjs"), cluster.ToString().TrimEnd('/')))!.AsObject();

    private static string FolderOf([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
}
