using Orchestrator.Infra.Alibaba.Signing;

namespace Orchestrator.Infra.Alibaba.Credentials;

/// <summary>An access key in <c>ALIBABA_CLOUD_ACCESS_KEY_ID</c> and <c>…_SECRET</c>, with <c>ALIBABA_CLOUD_SECURITY_TOKEN</c> when it is temporary.</summary>
internal static class EnvironmentCredentials
{
    public const string Id = "ALIBABA_CLOUD_ACCESS_KEY_ID";
    public const string Secret = "ALIBABA_CLOUD_ACCESS_KEY_SECRET";
    public const string Token = "ALIBABA_CLOUD_SECURITY_TOKEN";

    /// <summary>Null when neither is set.</summary>
    /// <exception cref="CredentialException">One of the two is set and the other is not.</exception>
    public static CredentialSource? Find(Func<string, string?> variable)
    {
        var (id, secret, token) = (variable(Id), variable(Secret), variable(Token));
        return (string.IsNullOrEmpty(id), string.IsNullOrEmpty(secret)) switch
        {
            (true, true) => null,
            (true, false) => throw new CredentialException($"{Secret} is set and {Id} is not: set both, or neither"),
            (false, true) => throw new CredentialException($"{Id} is set and {Secret} is not: set both, or neither"),
            _ => new StaticCredentials(new Credential(id!, secret!, string.IsNullOrEmpty(token) ? null : token) { Origin = "environment" }),
        };
    }
}
