using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Alibaba.Signing;

namespace Orchestrator.Infra.Alibaba.Credentials;

/// <summary>Where <see cref="CredentialChain"/> looks.</summary>
public sealed record CredentialOptions
{
    /// <summary>A profile of the command line by name; null: <c>ALIBABA_CLOUD_PROFILE</c>, else the file's current one.</summary>
    public string? Profile { get; init; }

    /// <summary>The command line's file. Default <c>~/.aliyun/config.json</c>.</summary>
    public string ProfileFile { get; init; } = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".aliyun", "config.json");

    /// <summary>The region of STS. Default <c>cn-hangzhou</c>.</summary>
    public string Region { get; init; } = "cn-hangzhou";

    /// <summary>The metadata service of an ECS instance. Default <c>http://100.100.100.200</c>.</summary>
    public Uri MetadataService { get; init; } = InstanceRoleCredentials.MetadataService;

    /// <summary>Environment variables by name. Default: the process's.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;
}

/// <summary>
/// Looks for credentials where the vendor's own SDKs look, in their order: access key in the environment, RAM role for service accounts
/// (OIDC), profile of the command line, role of the ECS instance. A profile that is named comes first. What is found first is kept. Something that is there and wrong is an error, not a
/// reason to look further: a run must not go on under another name.
/// </summary>
public sealed class CredentialChain : CredentialSource, IDisposable
{
    private readonly CredentialOptions _options;
    private readonly OpenApiOptions _calling;
    private readonly TimeProvider _systemClock;
    private readonly HttpMessageHandler? _handler;
    private readonly OpenApiClient _anonymous;
    private readonly HttpClient _metadata;
    private readonly List<OpenApiClient> _clients = [];
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile CredentialSource? _found;

    /// <param name="calling">Endpoints, for STS.</param>
    /// <param name="systemClock">The system clock.</param>
    /// <param name="handler">For tests; default: one of its own.</param>
    public CredentialChain(CredentialOptions options, OpenApiOptions calling, TimeProvider systemClock, HttpMessageHandler? handler = null)
    {
        _options = options;
        _calling = calling;
        _systemClock = systemClock;
        _handler = handler;
        _anonymous = new OpenApiClient(null, calling, systemClock, systemClock, handler: handler);
        _metadata = new HttpClient(handler ?? new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(1), UseProxy = false, AllowAutoRedirect = false }, disposeHandler: handler is null) { Timeout = TimeSpan.FromSeconds(3) };
    }

    public override async ValueTask<Credential> GetAsync(CancellationToken cancellationToken)
    {
        if (_found is null)
        {
            await _gate.WaitAsync(cancellationToken);
            try
            {
                _found ??= await FindAsync(cancellationToken);
            }
            finally
            {
                _gate.Release();
            }
        }

        return await _found.GetAsync(cancellationToken);
    }

    public override void Refused(Credential credential) => _found?.Refused(credential);

    public void Dispose()
    {
        _anonymous.Dispose();
        _metadata.Dispose();
        foreach (var client in _clients)
        {
            client.Dispose();
        }

        _gate.Dispose();
    }

    private async Task<CredentialSource> FindAsync(CancellationToken cancellationToken)
    {
        var variable = _options.Variable;
        if (_options.Profile is null)
        {
            if ((EnvironmentCredentials.Find(variable) ?? Oidc(variable)) is { } found)
            {
                return found;
            }
        }

        var disabled = IsTrue(variable("ALIBABA_CLOUD_CLI_PROFILE_DISABLED"));
        if (!disabled && CliProfiles.Find(_options.ProfileFile, _options.Profile ?? NullIfEmpty(variable("ALIBABA_CLOUD_PROFILE"))) is { } profile)
        {
            return OfProfile(profile.Profile, profile.File, []);
        }

        var instance = Instance(NullIfEmpty(variable("ALIBABA_CLOUD_ECS_METADATA")));
        return !IsTrue(variable("ALIBABA_CLOUD_ECS_METADATA_DISABLED")) && await instance.IsThereAsync(cancellationToken) ? instance
            : throw new CredentialException(
                $"there are no credentials for Alibaba Cloud. Looked for: {EnvironmentCredentials.Id} and {EnvironmentCredentials.Secret}; ALIBABA_CLOUD_ROLE_ARN, ALIBABA_CLOUD_OIDC_PROVIDER_ARN and ALIBABA_CLOUD_OIDC_TOKEN_FILE; {_options.ProfileFile}{(disabled ? " (disabled)" : "")}; the role of an ECS instance at {_options.MetadataService.Authority}. Fix: `aliyun configure`, or set the variables") { NoneFound = true };
    }

    private OidcRoleCredentials? Oidc(Func<string, string?> variable)
    {
        var role = NullIfEmpty(variable("ALIBABA_CLOUD_ROLE_ARN"));
        var provider = NullIfEmpty(variable("ALIBABA_CLOUD_OIDC_PROVIDER_ARN"));
        var file = NullIfEmpty(variable("ALIBABA_CLOUD_OIDC_TOKEN_FILE"));
        if (provider is null && file is null)
        {
            return null;
        }

        return role is null || provider is null || file is null
            ? throw new CredentialException("a RAM role for service accounts needs ALIBABA_CLOUD_ROLE_ARN, ALIBABA_CLOUD_OIDC_PROVIDER_ARN and ALIBABA_CLOUD_OIDC_TOKEN_FILE, all three")
            : new OidcRoleCredentials(_anonymous, _options.Region, new RoleSession(role, NullIfEmpty(variable("ALIBABA_CLOUD_ROLE_SESSION_NAME")) ?? RoleSession.DefaultName, RoleSession.DefaultSeconds), provider, file, _systemClock);
    }

    private CredentialSource OfProfile(CliProfile profile, CliProfileFile file, HashSet<string> seen)
    {
        string Need(string? value, string name) => NullIfEmpty(value) ?? throw new CredentialException($"{profile} in {_options.ProfileFile} has no {name}; `aliyun configure --profile {profile.Name}` fixes it");

        if (!seen.Add(profile.Name))
        {
            throw new CredentialException($"{profile} in {_options.ProfileFile} leads back to itself by source_profile");
        }

        StaticCredentials Key(string? token) =>
            new(new Credential(Need(profile.AccessKeyId, "access_key_id"), Need(profile.AccessKeySecret, "access_key_secret"), token) { Origin = profile.ToString() });

        return profile.Mode switch
        {
            "AK" => Key(null),
            "StsToken" => Key(Need(profile.StsToken, "sts_token")),
            "RamRoleArn" => Assumed(profile, Key(NullIfEmpty(profile.StsToken)), Need(profile.RamRoleArn, "ram_role_arn")),
            "ChainableRamRoleArn" => Assumed(
                profile, OfProfile(CliProfiles.Named(file, _options.ProfileFile, Need(profile.SourceProfile, "source_profile")), file, seen), Need(profile.RamRoleArn, "ram_role_arn")),
            "EcsRamRole" => Instance(NullIfEmpty(profile.RamRoleName)),
            "OIDC" => new OidcRoleCredentials(
                _anonymous, RegionOf(profile), SessionOf(profile, Need(profile.RamRoleArn, "ram_role_arn")), Need(profile.OidcProviderArn, "oidc_provider_arn"), Need(profile.OidcTokenFile, "oidc_token_file"), _systemClock),
            _ => throw new CredentialException(
                $"{profile} in {_options.ProfileFile}: this mode is not read here; read are AK, StsToken, RamRoleArn, ChainableRamRoleArn, EcsRamRole and OIDC"),
        };
    }

    private AssumedRoleCredentials Assumed(CliProfile profile, CredentialSource source, string role)
    {
        var client = new OpenApiClient(source, _calling, _systemClock, _systemClock, handler: _handler);
        _clients.Add(client);
        return new AssumedRoleCredentials(client, RegionOf(profile), SessionOf(profile, role), NullIfEmpty(profile.ExternalId), _systemClock);
    }

    private InstanceRoleCredentials Instance(string? role) =>
        new(_metadata, _options.MetadataService, role, IsTrue(_options.Variable("ALIBABA_CLOUD_IMDSV1_DISABLED")), _systemClock);

    private static RoleSession SessionOf(CliProfile profile, string role) =>
        new(role, NullIfEmpty(profile.RamSessionName) ?? RoleSession.DefaultName, profile.ExpiredSeconds is > 0 and var seconds ? seconds : RoleSession.DefaultSeconds);

    private string RegionOf(CliProfile profile) => NullIfEmpty(profile.StsRegion) ?? NullIfEmpty(profile.RegionId) ?? _options.Region;

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static bool IsTrue(string? text) => string.Equals(text, "true", StringComparison.OrdinalIgnoreCase);
}
