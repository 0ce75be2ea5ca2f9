using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orchestrator.Infra.Alibaba;
using Orchestrator.Infra.Settings;
using Orchestrator.Infra.Tests.Simulator;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Infra.Tests.Alibaba;

public sealed class AlibabaCloudTests
{
    [Fact]
    public async Task The_host_gets_every_product_with_the_credentials_of_the_environment()
    {
        await using var cloud = await Clouds.StartAsync();
        await using var services = new ServiceCollection().AddInfra(options =>
        {
            options.Cloud = cloud.BaseAddress;
            options.Alibaba.Endpoints["*"] = cloud.BaseAddress;
        }).BuildServiceProvider();
        var alibaba = services.GetRequiredService<AlibabaCloud>();
        Environment.SetEnvironmentVariable("ALIBABA_CLOUD_ACCESS_KEY_ID", SimulatedAccessKey.Standard.Id);
        Environment.SetEnvironmentVariable("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SimulatedAccessKey.Standard.Secret);
        try
        {
            Assert.Equal("RAMUser", (await alibaba.Sts("cn-hangzhou").GetCallerIdentityAsync(TestContext.Current.CancellationToken)).IdentityType);
            Assert.Contains("cn-hangzhou-h", await alibaba.Ecs("cn-hangzhou").ListZonesAsync(TestContext.Current.CancellationToken));
        }
        finally
        {
            Environment.SetEnvironmentVariable("ALIBABA_CLOUD_ACCESS_KEY_ID", null);
            Environment.SetEnvironmentVariable("ALIBABA_CLOUD_ACCESS_KEY_SECRET", null);
        }
    }

    [Theory]
    [InlineData("ec2", "http://127.0.0.1:1", "there is no such product")]
    [InlineData("ecs/cn-hangzhou", "ftp://127.0.0.1", "no http or https address")]
    [InlineData("ecs", "http://127.0.0.1:1/path", "without a path")]
    public async Task A_wrong_endpoint_is_told_at_the_start(string place, string address, string diagnostic)
    {
        await using var services = new ServiceCollection().AddInfra(options =>
        {
            options.Cloud = new Uri("http://127.0.0.1:1");
            options.Alibaba.Endpoints[place] = new Uri(address);
        }).BuildServiceProvider();

        var wrong = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<InfraOptions>>().Value);

        Assert.Contains($"Alibaba.Endpoints.{place}", wrong.Message, StringComparison.Ordinal);
        Assert.Contains(diagnostic, wrong.Message, StringComparison.Ordinal);
    }
}
