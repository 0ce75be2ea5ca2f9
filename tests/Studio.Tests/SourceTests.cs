using System.Diagnostics;
using System.Text.Json;
using Orchestrator.Server.Tests;

namespace Orchestrator.Studio.Tests;

/// <summary>The console's own checks, and that it is written against the API that the server has.</summary>
public sealed class SourceTests(SharedEnvironment harness)
{
    private static string Studio => Path.Combine(Binary.Repository, "Studio");

    [Theory]
    [InlineData("types")]
    [InlineData("lint")]
    [InlineData("test")]
    public async Task Its_checks_pass(string script)
    {
        Assert.SkipWhen(Chromium.Missing is not null, Chromium.Missing ?? "");
        var start = new ProcessStartInfo("npm", ["run", "--silent", script]) { WorkingDirectory = Studio, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["NO_COLOR"] = "1";
        using var npm = Process.Start(start)!;
        var said = npm.StandardOutput.ReadToEndAsync();
        var complained = npm.StandardError.ReadToEndAsync();
        await npm.WaitForExitAsync();

        Assert.True(npm.ExitCode == 0, await said + await complained);
    }

    [Fact]
    public async Task Its_types_are_of_the_API_that_the_server_describes()
    {
        Assert.SkipWhen(Chromium.Missing is not null, Chromium.Missing ?? "");
        using var committed = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Studio, "src", "api", "openapi.json")));
        using var served = JsonDocument.Parse(await harness.Client.GetStringAsync("/openapi/v1.json"));

        foreach (var part in new[] { "paths", "components" })
        {
            Assert.True(
                JsonElement.DeepEquals(committed.RootElement.GetProperty(part), served.RootElement.GetProperty(part)),
                $"{part} of Studio/src/api/openapi.json are not what the server describes; run `npm run api` in Studio");
        }
    }
}
