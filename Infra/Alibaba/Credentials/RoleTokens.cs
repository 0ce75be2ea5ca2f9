using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Alibaba.Calling;
using Orchestrator.Infra.Alibaba.Signing;

namespace Orchestrator.Infra.Alibaba.Credentials;

/// <summary>What a role is taken on for.</summary>
/// <param name="RoleArn">As <c>acs:ram::1234567890:role/night</c>.</param>
/// <param name="SessionName">Stands in the audit trail of the cloud.</param>
/// <param name="Seconds">How long the token holds; 900 and more.</param>
internal sealed record RoleSession(string RoleArn, string SessionName, int Seconds)
{
    public const string DefaultName = "orchestrator";
    public const int DefaultSeconds = 3600;
}

/// <summary>Takes on a RAM role with other credentials (<c>AssumeRole</c>).</summary>
internal sealed class AssumedRoleCredentials(OpenApiClient client, string region, RoleSession session, string? externalId, TimeProvider systemClock) : RefreshingCredentials(systemClock)
{
    private static readonly ApiOperation assume = ApiOperation.Rpc(ApiProduct.Sts, "AssumeRole");

    protected override Task<Credential> FetchAsync(CancellationToken cancellationToken) => StsAnswer.ReadAsync(
        client,
        new ApiRequest(assume, region, new JsonObject { ["RoleArn"] = session.RoleArn, ["RoleSessionName"] = session.SessionName, ["DurationSeconds"] = session.Seconds, ["ExternalId"] = externalId }),
        $"role {session.RoleArn}",
        cancellationToken);
}

/// <summary>
/// Takes on a RAM role with a token of an OIDC provider (<c>AssumeRoleWithOIDC</c>): RAM roles for service accounts, where Kubernetes
/// mounts the token as a file and replaces it before it ends. The file is read at each fetch.
/// </summary>
/// <param name="client">May be without credentials.</param>
internal sealed class OidcRoleCredentials(OpenApiClient client, string region, RoleSession session, string providerArn, string tokenFile, TimeProvider systemClock) : RefreshingCredentials(systemClock)
{
    private static readonly ApiOperation assume = ApiOperation.Rpc(ApiProduct.Sts, "AssumeRoleWithOIDC") with { Anonymous = true, InBody = ["OIDCToken"] };

    protected override async Task<Credential> FetchAsync(CancellationToken cancellationToken)
    {
        string token;
        try
        {
            token = (await File.ReadAllTextAsync(tokenFile, cancellationToken)).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CredentialException($"the OIDC token file {tokenFile} cannot be read: {e.Message}", e);
        }

        if (token.Length == 0)
        {
            throw new CredentialException($"the OIDC token file {tokenFile} is empty");
        }

        var parameters = new JsonObject
        {
            ["RoleArn"] = session.RoleArn,
            ["OIDCProviderArn"] = providerArn,
            ["RoleSessionName"] = session.SessionName,
            ["DurationSeconds"] = session.Seconds,
            ["OIDCToken"] = token,
        };
        return await StsAnswer.ReadAsync(client, new ApiRequest(assume, region, parameters), $"OIDC role {session.RoleArn}", cancellationToken);
    }
}

/// <summary>The credentials in an answer of STS.</summary>
internal static class StsAnswer
{
    public static async Task<Credential> ReadAsync(OpenApiClient client, ApiRequest request, string origin, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await client.CallAsync(request, cancellationToken);
            return Of(answer["Credentials"] as JsonObject, "AccessKeyId", "AccessKeySecret", origin);
        }
        catch (ApiException e)
        {
            throw new CredentialException($"{origin} cannot be taken on: {e.Message}", e);
        }
    }

    /// <exception cref="CredentialException">A part is missing.</exception>
    public static Credential Of(JsonObject? credentials, string idName, string secretName, string origin)
    {
        string Part(string name) => credentials?[name] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0
            ? text
            : throw new CredentialException($"{origin}: the answer has no {name}");

        return new Credential(Part(idName), Part(secretName), Part("SecurityToken"))
        {
            ExpiresAt = DateTimeOffset.TryParse(Part("Expiration"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var ends)
                ? ends
                : throw new CredentialException($"{origin}: the answer's Expiration is no time"),
            Origin = origin,
        };
    }
}
