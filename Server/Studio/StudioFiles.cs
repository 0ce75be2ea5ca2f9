using System.Collections.Frozen;
using Microsoft.Net.Http.Headers;

namespace Orchestrator.Server.Studio;

/// <summary>The files of the web console, as the build laid them beside the binary. What is not among them is not served: no path is ever made from a request.</summary>
internal sealed class StudioFiles(string folder)
{
    private static readonly FrozenDictionary<string, string> Types = new Dictionary<string, string>
    {
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".png"] = "image/png",
        [".woff2"] = "font/woff2",
        [".json"] = "application/json",
        [".webmanifest"] = "application/manifest+json",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    // At the first request, not at the start: most starts of this process serve no page.
    private readonly Lazy<FrozenDictionary<string, StudioFile>> _files = new(() => Find(folder));
    private readonly Lazy<string?> _page = new(() => Path.Combine(folder, "index.html") is var file && File.Exists(file) ? File.ReadAllText(file) : null);

    /// <summary>The page that every address of the console answers with; null: this binary was built without one.</summary>
    public string? Page => _page.Value;

    /// <summary>The file at an address such as <c>/assets/index-1a2b3c.js</c>, or null.</summary>
    public StudioFile? FindFile(string address) => _files.Value.GetValueOrDefault(address);

    private static FrozenDictionary<string, StudioFile> Find(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return FrozenDictionary<string, StudioFile>.Empty;
        }

        var all = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToHashSet(StringComparer.Ordinal);
        return all.Where(file => Types.ContainsKey(Path.GetExtension(file))).ToFrozenDictionary(
            file => $"/{Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/')}",
            file => new StudioFile(file, Types[Path.GetExtension(file)], all.Contains($"{file}.br"), all.Contains($"{file}.gz")),
            StringComparer.Ordinal);
    }
}

/// <param name="Brotli">A compressed copy lies beside it with <c>.br</c> added.</param>
/// <param name="Gzip">The same with <c>.gz</c>.</param>
internal sealed record StudioFile(string Path, string ContentType, bool Brotli, bool Gzip)
{
    /// <summary>The smallest copy that the caller takes, and what to call its encoding; null: as it is.</summary>
    public (string Path, string? Encoding) Choose(IList<StringWithQualityHeaderValue> accepted) =>
        Brotli && Accepts(accepted, "br") ? ($"{Path}.br", "br")
        : Gzip && Accepts(accepted, "gzip") ? ($"{Path}.gz", "gzip")
        : (Path, null);

    private static bool Accepts(IList<StringWithQualityHeaderValue> accepted, string encoding) =>
        accepted.Any(value => value.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase) && value.Quality is not 0);
}
