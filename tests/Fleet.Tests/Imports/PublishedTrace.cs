namespace Orchestrator.Fleet.Tests.Imports;

/// <summary>A test on the published trace beside the repository; skipped by name where it is not there.</summary>
internal static class PublishedTrace
{
    private static readonly string? Folder = new[] { "../shared", "../../shared" }
        .Select(shared => Repository.Path(shared, "data", "alibaba-trace"))
        .FirstOrDefault(Directory.Exists);

    public static Stream Open(string file)
    {
        Assert.SkipWhen(Folder is null, "the published trace (../shared/data/alibaba-trace) is not here");
        return File.OpenRead(Path.Combine(Folder!, file));
    }
}
