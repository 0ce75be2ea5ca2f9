using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Infra.Alibaba.Signing;

namespace Orchestrator.Infra.Alibaba.Credentials;

/// <summary>One profile of the vendor's command line, in its <c>~/.aliyun/config.json</c>.</summary>
internal sealed record CliProfile
{
    public string Name { get; init; } = "";

    /// <summary><c>AK</c>, <c>StsToken</c>, <c>RamRoleArn</c>, <c>EcsRamRole</c>, <c>OIDC</c>, <c>ChainableRamRoleArn</c>; others are not read.</summary>
    public string Mode { get; init; } = "";

    public string? AccessKeyId { get; init; }

    public string? AccessKeySecret { get; init; }

    public string? StsToken { get; init; }

    public string? RegionId { get; init; }

    public string? RamRoleArn { get; init; }

    public string? RamSessionName { get; init; }

    public int? ExpiredSeconds { get; init; }

    public string? ExternalId { get; init; }

    public string? StsRegion { get; init; }

    public string? SourceProfile { get; init; }

    public string? RamRoleName { get; init; }

    public string? OidcTokenFile { get; init; }

    public string? OidcProviderArn { get; init; }

    public override string ToString() => $"profile '{Name}' ({Mode})";
}

internal sealed record CliProfileFile
{
    public string? Current { get; init; }

    public ImmutableArray<CliProfile> Profiles { get; init; } = [];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(CliProfileFile))]
internal sealed partial class CliProfileJson : JsonSerializerContext;

/// <summary>Reads the profiles of the vendor's command line.</summary>
internal static class CliProfiles
{
    /// <summary>Null when there is no file.</summary>
    /// <param name="name">Null: the file's current one.</param>
    /// <exception cref="CredentialException">The file cannot be read, or has no such profile.</exception>
    public static (CliProfile Profile, CliProfileFile File)? Find(string path, string? name)
    {
        if (!File.Exists(path))
        {
            return name is null ? null : throw new CredentialException($"profile '{name}' is asked for and there is no file {path}");
        }

        var file = Read(path);
        var wanted = name ?? file.Current ?? "default";
        return (Named(file, path, wanted), file);
    }

    public static CliProfile Named(CliProfileFile file, string path, string name) =>
        file.Profiles.FirstOrDefault(profile => profile.Name == name)
        ?? throw new CredentialException($"{path} has no profile '{name}'; it has {(file.Profiles.IsEmpty ? "none" : string.Join(", ", file.Profiles.Select(profile => profile.Name)))}");

    private static CliProfileFile Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            var file = JsonSerializer.Deserialize(stream, CliProfileJson.Default.CliProfileFile) ?? new CliProfileFile();
            return file.Profiles.IsDefault ? file with { Profiles = [] } : file;
        }
        catch (JsonException e)
        {
            // Its message may quote the file, and the file holds secrets.
            throw new CredentialException($"{path}: line {e.LineNumber + 1} is no JSON of the command line's form; `aliyun configure` writes it anew");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CredentialException($"{path} cannot be read: {e.Message}", e);
        }
    }
}
