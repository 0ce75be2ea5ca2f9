namespace Orchestrator.Infra.Alibaba.Signing;

/// <summary>What signs a request: an access key, with a token when it is temporary. Its text shows no secret.</summary>
/// <param name="SecurityToken">Of temporary credentials; null for an access key of a user.</param>
public sealed record Credential(string AccessKeyId, string AccessKeySecret, string? SecurityToken = null)
{
    /// <summary>When the server stops accepting it; null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Where it comes from, such as <c>environment</c> or <c>profile 'night'</c>, for messages.</summary>
    public string Origin { get; init; } = "";

    public override string ToString() =>
        $"{(AccessKeyId.Length > 8 ? AccessKeyId[..8] : "")}… from {(Origin.Length > 0 ? Origin : "code")}{(SecurityToken is null ? "" : ", temporary")}";
}

/// <summary>Gives credentials whenever a request is signed. Safe to call from many threads.</summary>
public abstract class CredentialSource
{
    /// <exception cref="CredentialException">There are none, or what gives them refused.</exception>
    public abstract ValueTask<Credential> GetAsync(CancellationToken cancellationToken);

    /// <summary>The server refused this credential as expired or unknown: the next <see cref="GetAsync"/> fetches anew where it can.</summary>
    public virtual void Refused(Credential credential)
    {
    }
}

/// <summary>Credentials that never change.</summary>
public sealed class StaticCredentials(Credential credential) : CredentialSource
{
    public override ValueTask<Credential> GetAsync(CancellationToken cancellationToken) => ValueTask.FromResult(credential);
}

/// <summary>No credentials can be had; the message says what was looked for and how to fix it.</summary>
public sealed class CredentialException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Nothing is configured anywhere, as opposed to something that is there and wrong.</summary>
    public bool NoneFound { get; init; }
}
