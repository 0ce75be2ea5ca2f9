using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.State;

namespace Orchestrator.PulumiStandIn;

/// <summary>A command ends with this exit code and these words on standard error.</summary>
internal sealed class Refusal(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}

/// <summary>A <c>file://</c> backend: states and locks where Pulumi's own has them.</summary>
internal sealed class Backend
{
    private readonly string _root;

    public Backend()
    {
        var url = Environment.GetEnvironmentVariable("PULUMI_BACKEND_URL") ?? throw new Refusal(3, "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions");
        if (!url.StartsWith("file://", StringComparison.Ordinal))
        {
            throw new Refusal(1, $"error: could not open bucket {url}: dial tcp: connection refused");
        }

        _root = url["file://".Length..];
    }

    public string Root => _root;

    public (string Project, string Stack) Name(string? full) => full?.Split('/') switch
    {
        ["organization", var project, var stack] => (project, stack),
        _ => throw new Refusal(1, "error: if you're using the --stack flag, pass the fully qualified name (organization/project/stack)"),
    };

    public string StateFile(string project, string stack) => Path.Combine(_root, ".pulumi", "stacks", project, stack + ".json");

    private string LockFolder(string project, string stack) => Path.Combine(_root, ".pulumi", "locks", "organization", project, stack);

    public string Require(string project, string stack) => File.Exists(StateFile(project, stack)) ? File.ReadAllText(StateFile(project, stack)) : throw new Refusal(6, $"error: no stack named '{stack}' found");

    public void Begin(string project, string stack)
    {
        if (File.Exists(StateFile(project, stack)))
        {
            throw new Refusal(1, $"error: stack 'organization/{project}/{stack}' already exists");
        }

        Write(project, stack, new JsonObject { ["resources"] = new JsonArray() });
    }

    public void Write(string project, string stack, JsonObject deployment)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(StateFile(project, stack))!);
        File.WriteAllText(StateFile(project, stack), new JsonObject { ["version"] = 3, ["checkpoint"] = new JsonObject { ["stack"] = $"organization/{project}/{stack}", ["latest"] = deployment } }.ToJsonString());
    }

    public JsonObject Deployment(string project, string stack) => JsonNode.Parse(Require(project, stack))!["checkpoint"]!["latest"]!.DeepClone().AsObject();

    public IEnumerable<(string Project, string Stack)> All()
    {
        var root = new DirectoryInfo(Path.Combine(_root, ".pulumi", "stacks"));
        return root.Exists ? root.EnumerateDirectories().SelectMany(project => project.EnumerateFiles("*.json").Select(file => (project.Name, Path.GetFileNameWithoutExtension(file.Name)))) : [];
    }

    /// <summary>Locks the stack until disposed; a process that is killed leaves its lock for ever.</summary>
    public IDisposable Lock(string project, string stack)
    {
        var folder = LockFolder(project, stack);
        Directory.CreateDirectory(folder);
        Check(folder, null);
        var own = Path.Combine(folder, Guid.NewGuid() + ".json");
        var content = new JsonObject
        {
            ["pid"] = Environment.ProcessId, ["username"] = Environment.UserName, ["hostname"] = Environment.MachineName,
            ["timestamp"] = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
        };
        File.WriteAllText(own, content.ToJsonString());
        try
        {
            Check(folder, own);
        }
        catch
        {
            File.Delete(own);
            throw;
        }

        return new Held(own);
    }

    public void Unlock(string project, string stack)
    {
        if (Directory.Exists(LockFolder(project, stack)))
        {
            Directory.Delete(LockFolder(project, stack), recursive: true);
        }
    }

    private static void Check(string folder, string? own)
    {
        var others = Directory.GetFiles(folder, "*.json").Where(file => file != own).ToArray();
        if (others.Length == 0)
        {
            return;
        }

        var text = $"error: the stack is currently locked by {others.Length} lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.";
        foreach (var file in others)
        {
            var owner = JsonDocument.Parse(File.ReadAllText(file)).RootElement;
            text += $"\n  file://{file}: created by {owner.GetProperty("username")}@{owner.GetProperty("hostname")} (pid {owner.GetProperty("pid")}) at {owner.GetProperty("timestamp").GetString()}";
        }

        throw new Refusal(1, text);
    }

    private sealed class Held(string file) : IDisposable
    {
        public void Dispose() => File.Delete(file);
    }
}

/// <summary>A stack's settings file beside the program.</summary>
internal sealed class StackSettings(string stack)
{
    private readonly string _file = $"Pulumi.{stack}.yaml";

    public string? Salt => Lines().FirstOrDefault(line => line.StartsWith("encryptionsalt:", StringComparison.Ordinal)) is { } line ? line["encryptionsalt:".Length..].Trim().Trim('"') : null;

    public static string Passphrase => Environment.GetEnvironmentVariable("PULUMI_CONFIG_PASSPHRASE")
        ?? throw new Refusal(1, "error: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables");

    public SecretsCipher Cipher()
    {
        if (Salt is null)
        {
            File.WriteAllText(_file, $"encryptionsalt: {SecretsCipher.New(Passphrase).State}\n{string.Join('\n', Lines())}");
        }

        try
        {
            return SecretsCipher.Open(Passphrase, Salt!);
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            throw new Refusal(1, "error: incorrect passphrase");
        }
    }

    public void Add(string key, JsonNode value) =>
        File.WriteAllText(_file, string.Join('\n', Lines().Where(line => line != "config:" || true).ToArray()).TrimEnd('\n') + (Lines().Contains("config:") ? "" : "\nconfig:") + $"\n  {JsonValue.Create(key).ToJsonString()}: {value.ToJsonString()}\n");

    /// <summary>Values by key without the project's prefix, secrets in clear.</summary>
    public Dictionary<string, JsonNode?> Values(string project)
    {
        var values = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var line in Lines().Where(line => line.StartsWith("  \"", StringComparison.Ordinal)))
        {
            var pair = JsonNode.Parse("{" + line + "}")!.AsObject().Single();
            values[pair.Key[(project.Length + 1)..]] = pair.Value is JsonObject { Count: 1 } map && map["secure"] is { } sealedText
                ? JsonNode.Parse(Cipher().Unseal(new JsonObject { ["ciphertext"] = sealedText.DeepClone() })["plaintext"]!.GetValue<string>())
                : pair.Value?.DeepClone();
        }

        return values;
    }

    private string[] Lines() => File.Exists(_file) ? File.ReadAllLines(_file) : [];
}
