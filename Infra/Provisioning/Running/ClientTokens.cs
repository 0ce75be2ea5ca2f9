using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Infra.Provisioning.Running;

/// <summary>Client tokens: the same for the same intention, also after the state was lost; at most 64 characters, as clouds want them.</summary>
/// <param name="seed">The step's idempotency key, or the stack's address.</param>
internal sealed class ClientTokens(string seed)
{
    /// <param name="before">How often the URN was created before.</param>
    public string Create(string urn, int before) => Token("create", urn, before.ToString(CultureInfo.InvariantCulture));

    /// <param name="modified">When the state last changed: changing there and back again is two updates.</param>
    public string Update(string urn, string inputs, DateTimeOffset? modified) => Token("update", urn, inputs, modified?.UtcTicks.ToString(CultureInfo.InvariantCulture) ?? "");

    public string Delete(string urn, string id) => Token("delete", urn, id);

    private string Token(params ReadOnlySpan<string> parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', [seed, .. parts]))))[..48];
}
