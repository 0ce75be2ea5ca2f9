using System.Collections.Concurrent;
using System.Security.Cryptography;
using Orchestrator.Simulator.Serving;

namespace Orchestrator.Simulator.OpenApi.Gateway;

/// <summary>Who signs with a key.</summary>
/// <param name="Denied">Actions that its policy lacks, with <c>*</c> at the end for several: <c>ecs:RunInstances</c>, <c>rds:*</c>.</param>
/// <param name="Token">Of temporary keys.</param>
/// <param name="ExpiresAt">Of temporary keys, on the system clock.</param>
internal sealed record AccessKey(string Id, string Secret, string Arn, string IdentityType, IReadOnlyList<string> Denied, string? Token = null, DateTimeOffset? ExpiresAt = null)
{
    public string DisplayName => Arn[(Arn.LastIndexOf('/') + 1)..];

    public bool May(string permission) =>
        !Denied.Any(denied => denied == permission || (denied.EndsWith('*') && permission.StartsWith(denied[..^1], StringComparison.Ordinal)));
}

/// <summary>The keys that the cloud knows: those it was set up with, and those that its STS has handed out.</summary>
internal sealed class AccessKeys(SimulatedCloudOptions options)
{
    public const string Account = "1000000000000001";

    private readonly ConcurrentDictionary<string, AccessKey> _keys = new(options.AccessKeys.ToDictionary(
        key => key.Id,
        key => new AccessKey(key.Id, key.Secret, $"acs:ram::{Account}:user/{key.User}", "RAMUser", key.Denied)));

    public AccessKey? Find(string id) => _keys.GetValueOrDefault(id);

    /// <summary>A temporary key for a role.</summary>
    /// <param name="from">Who takes the role on: what its policy lacks, the role lacks too; null: an OIDC token.</param>
    public AccessKey Issue(string role, string session, TimeSpan holds, AccessKey? from)
    {
        var key = new AccessKey(
            "STS.SIM" + Text(12),
            Text(20),
            $"{role.Replace(":role/", ":assumed-role/", StringComparison.Ordinal)}/{session}",
            "AssumedRoleUser",
            from?.Denied ?? [],
            "SIM" + Text(60),
            options.SystemClock.GetUtcNow() + holds);
        _keys[key.Id] = key;
        return key;
    }

    private static string Text(int bytes) => Convert.ToHexString(RandomNumberGenerator.GetBytes(bytes));
}
