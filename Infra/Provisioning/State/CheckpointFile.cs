using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Programs;

namespace Orchestrator.Infra.Provisioning.State;

/// <summary>A stack's state on disk, <c>.pulumi/stacks/project/stack.json</c>: whole and durable after every write, or as it was before.</summary>
internal sealed class CheckpointFile(string directory, string project, string stack)
{
    private const string Version = "orchestrator-embedded-1";

    private SecretsCipher? _cipher;

    public string Path { get; } = System.IO.Path.Combine(directory, ".pulumi", "stacks", project, $"{stack}.json");

    /// <summary>The deployment with its secrets in clear; null when the stack was never written.</summary>
    /// <exception cref="InvalidDataException">The file is not a checkpoint of version 3.</exception>
    /// <exception cref="CryptographicException">It holds secrets that the passphrase does not open.</exception>
    public Deployment? Load()
    {
        if (!File.Exists(Path))
        {
            return null;
        }

        CheckpointDocument? document;
        try
        {
            document = JsonSerializer.Deserialize(File.ReadAllBytes(Path), StateJson.Default.CheckpointDocument);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{Path} is no checkpoint: {e.Message}", e);
        }

        if (document is not { Version: 3 })
        {
            throw new InvalidDataException($"{Path} is a checkpoint of version {document?.Version}, not 3");
        }

        var deployment = document.Checkpoint.Latest;
        if (deployment.SecretsProvider?.State["salt"]?.GetValue<string>() is { } state)
        {
            _cipher = SecretsCipher.Open(Passphrase.For(directory), state);
            MapSecrets(deployment, _cipher.Unseal);
        }

        return deployment;
    }

    public void Save(Deployment deployment, DateTimeOffset now)
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
        WriteWhole(JsonSerializer.SerializeToUtf8Bytes(document, StateJson.Default.CheckpointDocument));
    }

    private void WriteWhole(byte[] content)
    {
        var folder = System.IO.Path.GetDirectoryName(Path)!;
        Directory.CreateDirectory(folder);
        var temporary = Path + ".new";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, Path, overwrite: true);
        DirectoryEntries.Flush(folder);
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
