using Microsoft.Extensions.Logging;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Alibaba.Credentials;
using Orchestrator.Infra.Alibaba.Products;
using Orchestrator.Infra.Alibaba.Signing;

namespace Orchestrator.Infra.Alibaba;

/// <summary>
/// Alibaba Cloud by its products. One client is behind them all, so that what is throttled for one caller waits for every other; credentials are looked for at the first call.
/// </summary>
public sealed class AlibabaCloud : IDisposable
{
    private readonly CredentialChain? _credentials;

    /// <param name="environmentClock">The environment clock.</param>
    /// <param name="systemClock">The system clock.</param>
    public AlibabaCloud(CredentialOptions credentials, OpenApiOptions calling, TimeProvider environmentClock, TimeProvider systemClock, ILogger? logger = null)
    {
        _credentials = new CredentialChain(credentials, calling, systemClock);
        Client = new OpenApiClient(_credentials, calling, environmentClock, systemClock, logger);
    }

    /// <param name="credentials">Not disposed of.</param>
    /// <param name="environmentClock">The environment clock.</param>
    /// <param name="systemClock">The system clock.</param>
    public AlibabaCloud(CredentialSource credentials, OpenApiOptions calling, TimeProvider environmentClock, TimeProvider systemClock, ILogger? logger = null) =>
        Client = new OpenApiClient(credentials, calling, environmentClock, systemClock, logger);

    /// <summary>For actions that no product below has.</summary>
    public OpenApiClient Client { get; }

    public EcsClient Ecs(string region) => new(Client, region);

    public VpcClient Vpc(string region) => new(Client, region);

    public EssClient Ess(string region) => new(Client, region);

    public AlbClient Alb(string region) => new(Client, region);

    public RdsClient Rds(string region) => new(Client, region);

    public RedisClient Redis(string region) => new(Client, region);

    public AckClient Ack(string region) => new(Client, region);

    public EmrClient Emr(string region) => new(Client, region);

    public QuotasClient Quotas(string region) => new(Client, region);

    public StsClient Sts(string region) => new(Client, region);

    public void Dispose()
    {
        Client.Dispose();
        _credentials?.Dispose();
    }
}
