using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.Stacks;

namespace Orchestrator.Infra.Provisioning.State;

/// <summary>A stack's state as Pulumi's checkpoint of version 3, with its secrets sealed.</summary>
/// <param name="directory">Where the passphrase is, unless the environment has one.</param>
internal sealed class Checkpoint(string directory, string project, string stack)
{
    private const string Version = "orchestrator-embedded-1";

    private SecretsCipher? _cipher;

    private string Shown => $"the state of stack {project}/{stack}";

    /// <summary>The deployment with its secrets in clear, or as they stand there; null when the stack was never written.</summary>
    /// <param name="opens">False: for whoever asks for no secret, and need not have the passphrase.</param>
    /// <exception cref="StackStateException">It is no checkpoint of version 3, or holds secrets that the passphrase does not open.</exception>
    public Deployment? Read(string? content, bool opens = true)
    {
        if (content is null)
        {
            return null;
        }

        CheckpointDocument? document;
        try
        {
            document = JsonSerializer.Deserialize(content, StateJson.Default.CheckpointDocument);
        }
        catch (JsonException e)
        {
            throw new StackStateException($"{Shown} is no checkpoint ({e.Message}); restore it from a backup", e);
        }

        if (document is not { Version: 3 })
        {
            throw new StackStateException($"{Shown} is a checkpoint of version {document?.Version}, not 3; restore it from a backup");
        }

        var deployment = document.Checkpoint.Latest;
        if (opens && deployment.SecretsProvider?.State["salt"]?.GetValue<string>() is { } state)
        {
            try
            {
                _cipher = SecretsCipher.Open(Passphrase.For(directory), state);
                MapSecrets(deployment, _cipher.Unseal);
            }
            catch (CryptographicException e)
            {
                throw new StackStateException(
                    $"{Shown} has secrets that this node's passphrase does not open ({e.Message}); give every node the same PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE", e);
            }
        }

        return deployment;
    }

    public string Write(Deployment deployment, DateTimeOffset now)
    {
        var written = new Deployment
        {
            Manifest = new Manifest { Time = now, Version = Version, Magic = Magic(now) },
            Resources = [.. deployment.Resources],
            PendingOperations = [.. deployment.PendingOperations],
            Metadata = deployment.Metadata,
        };
        if (_cipher is not null || written.Resources.Exists(Secret) || written.PendingOperations.Exists(pending => Secret(pending.Resource)))
        {
            _cipher ??= SecretsCipher.New(Passphrase.For(directory));
            written.SecretsProvider = new SecretsProvider { State = new JsonObject { ["salt"] = _cipher.State } };
            MapSecrets(written, _cipher.Seal);
        }

        var document = new CheckpointDocument { Checkpoint = new CheckpointBody { Stack = $"organization/{project}/{stack}", Latest = written } };
        return JsonSerializer.Serialize(document, StateJson.Default.CheckpointDocument);
    }

    private static bool Secret(ResourceState resource) => Secrets.Within(resource.Inputs) || Secrets.Within(resource.Outputs);

    private static void MapSecrets(Deployment deployment, Func<JsonObject, JsonNode> map)
    {
        deployment.Resources = deployment.Resources.ConvertAll(Mapped);
        deployment.PendingOperations = deployment.PendingOperations.ConvertAll(pending => pending with { Resource = Mapped(pending.Resource) });

        ResourceState Mapped(ResourceState resource) => resource with
        {
            Inputs = Secrets.Map(resource.Inputs, map)!.AsObject(),
            Outputs = Secrets.Map(resource.Outputs, map)!.AsObject(),
        };
    }

    /// <summary>Pulumi's own check value: SHA-256 over its version.</summary>
    private static string Magic(DateTimeOffset now) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(now.ToString("O", CultureInfo.InvariantCulture) + Version)));
}
