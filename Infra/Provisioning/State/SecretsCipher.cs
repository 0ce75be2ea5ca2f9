using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Programs;

namespace Orchestrator.Infra.Provisioning.State;

/// <summary>
/// Keeps secrets out of the state's clear text the way Pulumi's passphrase provider does: AES-256-GCM, the key from PBKDF2
/// (SHA-256, 1,000,000 rounds) over the passphrase and a salt in the state, so that the real CLI can read it.
/// </summary>
internal sealed class SecretsCipher
{
    private const int Rounds = 1_000_000;
    private static readonly ConcurrentDictionary<(string Passphrase, string Salt), byte[]> Keys = new();

    private readonly byte[] _key;

    private SecretsCipher(byte[] key, string state)
    {
        _key = key;
        State = state;
    }

    /// <summary><c>v1:salt:v1:nonce:ciphertext</c>; the ciphertext of "pulumi" tells a wrong passphrase.</summary>
    public string State { get; }

    public static SecretsCipher New(string passphrase)
    {
        var salt = Convert.ToBase64String(RandomNumberGenerator.GetBytes(8));
        var key = Key(passphrase, salt);
        return new SecretsCipher(key, $"v1:{salt}:{Encrypt(key, "pulumi")}");
    }

    /// <exception cref="CryptographicException">The passphrase is not the one the state was written with.</exception>
    public static SecretsCipher Open(string passphrase, string state)
    {
        var parts = state.Split(':', 3);
        var key = parts is ["v1", var salt, _] ? Key(passphrase, salt) : throw new CryptographicException("the state's secrets provider is not 'v1'");
        return Decrypt(key, parts[2]) == "pulumi" ? new SecretsCipher(key, state) : throw new CryptographicException("incorrect passphrase");
    }

    public JsonNode Seal(JsonObject secret) => new JsonObject
    {
        [Secrets.SignatureKey] = Secrets.SecretSignature,
        ["ciphertext"] = Encrypt(_key, secret["plaintext"]!.GetValue<string>()),
    };

    public JsonNode Unseal(JsonObject secret) => new JsonObject
    {
        [Secrets.SignatureKey] = Secrets.SecretSignature,
        ["plaintext"] = Decrypt(_key, secret["ciphertext"]!.GetValue<string>()),
    };

    private static byte[] Key(string passphrase, string salt) => Keys.GetOrAdd(
        (passphrase, salt),
        pair => Rfc2898DeriveBytes.Pbkdf2(pair.Passphrase, Convert.FromBase64String(pair.Salt), Rounds, HashAlgorithmName.SHA256, 32));

    private static string Encrypt(byte[] key, string text)
    {
        var nonce = RandomNumberGenerator.GetBytes(12);
        var plain = Encoding.UTF8.GetBytes(text);
        var sealedBytes = new byte[plain.Length + 16];
        using var aes = new AesGcm(key, 16);
        aes.Encrypt(nonce, plain, sealedBytes.AsSpan(0, plain.Length), sealedBytes.AsSpan(plain.Length));
        return $"v1:{Convert.ToBase64String(nonce)}:{Convert.ToBase64String(sealedBytes)}";
    }

    private static string Decrypt(byte[] key, string text)
    {
        if (text.Split(':') is not ["v1", var nonce, var body])
        {
            throw new CryptographicException("a secret in the state is not 'v1:nonce:ciphertext'");
        }

        var sealedBytes = Convert.FromBase64String(body);
        var plain = new byte[sealedBytes.Length - 16];
        using var aes = new AesGcm(key, 16);
        try
        {
            aes.Decrypt(Convert.FromBase64String(nonce), sealedBytes.AsSpan(0, plain.Length), sealedBytes.AsSpan(plain.Length), plain);
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new CryptographicException("incorrect passphrase", e);
        }

        return Encoding.UTF8.GetString(plain);
    }
}
