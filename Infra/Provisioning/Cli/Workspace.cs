using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Text;

namespace Orchestrator.Infra.Provisioning.Cli;

/// <summary>
/// A folder for one operation on one stack: a copy of the program, and the stack's settings, which the executable reads and writes there. The program's own
/// folder is never written to, and two operations never share a file.
/// </summary>
internal sealed class Workspace : IDisposable
{
    private const long LargestProgram = 64 * 1024 * 1024;

    private int _eventFiles;

    private Workspace(string directory) => Directory = directory;

    public string Directory { get; }

    /// <summary>A file for the events of one process; what an earlier one wrote would be taken for its.</summary>
    public string NewEventFile() => Path.Combine(Directory, $".events-{++_eventFiles}.jsonl");

    /// <summary>Without a program: for what needs only the stack's name.</summary>
    public static Workspace Empty(string root) => new(Make(root));

    /// <exception cref="StackProgramException">The program is larger than any program.</exception>
    public static Workspace Of(string root, ProjectFile project)
    {
        var workspace = Empty(root);
        var budget = LargestProgram;
        try
        {
            Copy(new DirectoryInfo(project.Directory), workspace.Directory, ref budget, project);
            return workspace;
        }
        catch
        {
            workspace.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The stack's settings: plain configuration, and by what its secrets are encrypted. Values are JSON, which YAML contains. Secrets are not among them:
    /// the executable encrypts what it is given on standard input.
    /// </summary>
    /// <param name="encryption">As the stack's state has it, so that one stack keeps one salt; null: as <c>stack init</c> wrote it.</param>
    public async Task WriteSettingsAsync(string stack, string project, IEnumerable<KeyValuePair<string, JsonNode?>> plain, SecretsSettings? encryption, CancellationToken cancellationToken)
    {
        var file = Path.Combine(Directory, $"Pulumi.{stack}.yaml");
        var text = new StringBuilder();
        if (encryption is not null)
        {
            foreach (var (key, value) in encryption.Lines())
            {
                text.Append(key).Append(": ").Append(JsonValue.Create(value).ToJsonString()).Append('\n');
            }
        }
        else if (File.Exists(file))
        {
            foreach (var line in (await File.ReadAllLinesAsync(file, cancellationToken)).Where(line => SecretsSettings.Keys.Any(key => line.StartsWith(key + ":", StringComparison.Ordinal))))
            {
                text.Append(line).Append('\n');
            }
        }

        var values = plain.Where(pair => pair.Value is not null).ToList();
        text.Append(values.Count > 0 ? "config:\n" : "");
        foreach (var (name, value) in values)
        {
            text.Append("  ").Append(JsonValue.Create($"{project}:{name}").ToJsonString()).Append(": ").Append(value!.ToJsonString()).Append('\n');
        }

        await File.WriteAllTextAsync(file, text.ToString(), cancellationToken);
    }

    public void Dispose()
    {
        try
        {
            System.IO.Directory.Delete(Directory, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A process that outlived its operation still writes there.
        }
    }

    private static string Make(string root)
    {
        var folder = Path.Combine(Path.GetFullPath(root), ".pulumi", "work", Guid.NewGuid().ToString("N"));
        if (OperatingSystem.IsWindows())
        {
            System.IO.Directory.CreateDirectory(folder);
        }
        else
        {
            System.IO.Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return folder;
    }

    /// <summary>Settings of stacks are not taken along: configuration is the request's.</summary>
    private static void Copy(DirectoryInfo from, string to, ref long budget, ProjectFile project)
    {
        foreach (var file in from.EnumerateFiles().Where(file => !IsSettings(file.Name)))
        {
            budget -= file.Length;
            if (budget < 0)
            {
                throw new StackProgramException([new Diagnostic(project.File, new Position(1, 1), Severity.Error, "too-large", $"the program's folder holds more than {LargestProgram / 1024 / 1024} MiB; leave only the program in it")]);
            }

            file.CopyTo(Path.Combine(to, file.Name));
        }

        foreach (var folder in from.EnumerateDirectories().Where(folder => !folder.Name.StartsWith('.') && folder.LinkTarget is null))
        {
            var copy = Path.Combine(to, folder.Name);
            System.IO.Directory.CreateDirectory(copy);
            Copy(folder, copy, ref budget, project);
        }
    }

    private static bool IsSettings(string name) =>
        name.StartsWith("Pulumi.", StringComparison.Ordinal) && name != "Pulumi.yaml" && (name.EndsWith(".yaml", StringComparison.Ordinal) || name.EndsWith(".yml", StringComparison.Ordinal));
}

/// <summary>By what a stack's secrets are encrypted, as its state and its settings say.</summary>
internal sealed record SecretsSettings(ImmutableArray<KeyValuePair<string, string>> Values)
{
    public static ImmutableArray<string> Keys { get; } = ["encryptionsalt", "secretsprovider", "encryptedkey"];

    public IEnumerable<KeyValuePair<string, string>> Lines() => Values;

    /// <summary>Of a state's <c>secrets_providers</c>; null where it names none.</summary>
    public static SecretsSettings? Of(JsonNode? provider) => provider?["state"] switch
    {
        JsonObject state when state["salt"]?.GetValue<string>() is { } salt => new([KeyValuePair.Create("encryptionsalt", salt)]),
        JsonObject state when state["url"]?.GetValue<string>() is { } url && state["encryptedkey"]?.GetValue<string>() is { } key =>
            new([KeyValuePair.Create("secretsprovider", url), KeyValuePair.Create("encryptedkey", key)]),
        _ => null,
    };
}
