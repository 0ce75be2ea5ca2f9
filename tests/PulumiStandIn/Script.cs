using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.PulumiStandIn;

/// <summary>What a test has the stand-in do that a sound executable on a sound machine would not; from the file that <c>PULUMI_STANDIN</c> names.</summary>
internal sealed record Script
{
    /// <summary>What <c>version</c> prints.</summary>
    public string Version { get; set; } = "v3.259.0";

    /// <summary>A folder that is the cloud: one file a resource. Or the address of a simulated cloud.</summary>
    public string Cloud { get; set; } = "";

    /// <summary>Of a simulated cloud: the access key that opens it.</summary>
    public string AccessKey { get; set; } = "";

    public string AccessSecret { get; set; } = "";

    /// <summary>Of a simulated cloud: how many times faster than the system clock its own runs.</summary>
    public double Speed { get; set; } = 1;

    /// <summary>Each call is appended here: arguments, standard input, and what of the environment matters.</summary>
    public string? Log { get; set; }

    /// <summary>Answers instead of the command's own, by the command's words (<c>up</c>, <c>stack export</c>).</summary>
    public Dictionary<string, Answer> Answers { get; set; } = [];

    /// <summary>The resource whose creation the process dies in (SIGKILL): made at the cloud, not yet in the state.</summary>
    public string? DieCreating { get; set; }

    /// <summary>The resource whose creation waits until the file <see cref="Release"/> is there.</summary>
    public string? HoldCreating { get; set; }

    /// <summary>Made when a creation waits.</summary>
    public string? Held { get; set; }

    public string? Release { get; set; }

    /// <summary>What the cloud says of a creation, by resource.</summary>
    public Dictionary<string, string> Fail { get; set; } = [];

    /// <summary>SIGINT does nothing.</summary>
    public bool IgnoresSignals { get; set; }

    /// <summary>It does not exit after its last event.</summary>
    public bool StaysAfterEnd { get; set; }

    /// <summary>It is killed while it writes its last event into the event log's file.</summary>
    public bool TearsLog { get; set; }

    public static Script Load() => Environment.GetEnvironmentVariable("PULUMI_STANDIN") is { Length: > 0 } file
        ? JsonSerializer.Deserialize(File.ReadAllText(file), ScriptJson.Default.Script)!
        : new Script();
}

internal sealed record Answer(int ExitCode, string Output = "", string Errors = "");

[JsonSerializable(typeof(Script))]
internal sealed partial class ScriptJson : JsonSerializerContext;
