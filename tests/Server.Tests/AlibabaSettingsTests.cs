namespace Orchestrator.Server.Tests;

/// <summary>Where Alibaba Cloud is and who calls it are settings that reach the engine that builds stacks.</summary>
public sealed class AlibabaSettingsTests
{
    private const string Build = """
        runbook: build-one
        onFailure: undo
        steps:
          - id: build
            run: unit.provision
            with: { unit: cloud-9, kind: cloud, hosts: 2 }
            retry: { attempts: 1 }
            undo:
              run: unit.release
              with: { unit: cloud-9 }
        """;

    [Fact]
    public async Task A_profile_that_is_named_is_asked_for_and_nothing_is_built_without_it()
    {
        var finished = await RunAsync(new() { ["ORCHESTRATOR_Infra__Alibaba__Profile"] = "nobody-has-this" });

        Assert.NotEqual(0, finished.ExitCode);
        Assert.Contains("profile 'nobody-has-this' is asked for", finished.Output + finished.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_night_on_a_simulated_cloud_signs_with_that_clouds_key_and_not_with_one_of_the_environment()
    {
        var finished = await RunAsync(new() { ["ALIBABA_CLOUD_ACCESS_KEY_ID"] = "LTAIREALKEY", ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = "a-real-secret" });

        Assert.True(finished.ExitCode == 0, finished.Output + finished.Error);
    }

    [Fact]
    public async Task An_endpoint_that_is_none_is_refused_by_name()
    {
        var finished = await RunAsync(new() { ["ORCHESTRATOR_Infra__Alibaba__Endpoints__ecs"] = "ftp://x" });

        Assert.Equal(2, finished.ExitCode);
        Assert.Contains("Alibaba.Endpoints.ecs: 'ftp://x/' is no http or https address", finished.Error, StringComparison.Ordinal);
    }

    private static async Task<Finished> RunAsync(Dictionary<string, string> environment)
    {
        using var folder = new Folder();
        environment["ORCHESTRATOR_Simulation__Delays"] = "0";
        return await Binary.RunAsync(folder.Path, environment, "run", folder.Write("build-one.yaml", Build), "--data", "data", "--speed", "600");
    }
}
