using System.ComponentModel.DataAnnotations;

namespace Orchestrator.Infra.Settings;

/// <summary>What runs the stacks.</summary>
public enum StackEngineKind
{
    /// <summary>The <c>pulumi</c> executable where there is one that is recent enough and the clouds are real; else the embedded engine.</summary>
    Auto,

    /// <summary>The engine within this program.</summary>
    Embedded,

    /// <summary>The <c>pulumi</c> executable; where it is missing or too old, a step that needs it fails and says how to install it.</summary>
    Cli,
}

/// <summary>How the engine's events come from the executable.</summary>
public enum PulumiEventChannel
{
    /// <summary>Over gRPC to a port on the loopback address.</summary>
    Tcp,

    /// <summary>Through a file that is read as it grows.</summary>
    File,
}

/// <summary>Section <c>Infra:Pulumi</c>: what runs the stacks, and how the <c>pulumi</c> executable is used. See <c>docs/provisioning.md</c>.</summary>
public sealed class PulumiOptions
{
    /// <summary>Default <see cref="StackEngineKind.Auto"/>.</summary>
    public StackEngineKind Engine { get; set; }

    /// <summary>The executable: a path, or a name that is looked for on <c>PATH</c>. Default <c>pulumi</c>.</summary>
    [Required]
    public string Executable { get; set; } = "pulumi";

    /// <summary>
    /// Where the executable keeps states: <c>file://</c>, <c>s3://</c> (OSS too), <c>gs://</c>, <c>azblob://</c>, <c>postgres://</c>. Null: <c>PULUMI_BACKEND_URL</c>, else files in the
    /// data folder, which only the servers of one machine share.
    /// </summary>
    public string? Backend { get; set; }

    /// <summary>What encrypts secrets in states that are begun: <c>passphrase</c>, or a key as <c>awskms://…</c>. Default <c>passphrase</c>.</summary>
    [Required]
    public string SecretsProvider { get; set; } = "passphrase";

    /// <summary><c>PULUMI_HOME</c>, where plug-ins and credentials are. Null: what the environment says.</summary>
    public string? Home { get; set; }

    /// <summary>Whether plug-ins that are missing are downloaded. Default true; false where they are installed beforehand.</summary>
    public bool AcquirePlugins { get; set; } = true;

    /// <summary>Default <see cref="PulumiEventChannel.Tcp"/>.</summary>
    public PulumiEventChannel Events { get; set; }

    /// <summary>How long an operation that was asked to stop may take to end what it has begun, before it is stopped hard. Default 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan GracePeriod { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long an operation may say nothing before it counts as hanging and is stopped; a database alone takes 40 minutes. Default 1 h.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan QuietTimeout { get; set; } = TimeSpan.FromHours(1);

    /// <summary>What is wrong with them, each with its place; empty: nothing.</summary>
    internal IEnumerable<string> Check()
    {
        if (Backend is { } backend && !Backends.Any(scheme => backend.StartsWith(scheme + "://", StringComparison.Ordinal)))
        {
            yield return $"Pulumi.Backend: '{Http.Masking.Text(backend)}' is no backend; it begins with {string.Join(", ", Backends.Select(scheme => scheme + "://"))}";
        }
    }

    private static readonly string[] Backends = ["file", "s3", "gs", "azblob", "postgres"];
}
