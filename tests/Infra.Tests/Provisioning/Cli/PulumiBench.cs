using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Fleet.Clock;
using Orchestrator.Infra.Provisioning.Cli;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Provisioning.State;
using Orchestrator.Infra.Settings;

namespace Orchestrator.Infra.Tests.Provisioning.Cli;

/// <summary>The driver with the stand-in as its executable, and a program that tests write.</summary>
internal sealed class PulumiBench : IDisposable
{
    private readonly string _directory = Drivers.NewDirectory();
    private JsonObject _script = [];
    private string? _cloud;

    public PulumiBench()
    {
        Executable = Path.Combine(_directory, "pulumi");
        File.WriteAllText(Executable, $"#!/bin/sh\nexport PULUMI_STANDIN='{ScriptFile}'\nexec '{StandIn}' \"$@\"\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Executable, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        Say(_ => { });
    }

    public string Directory => _directory;

    public string Executable { get; }

    public string ProgramFolder => System.IO.Directory.CreateDirectory(Path.Combine(_directory, "program")).FullName;

    public string CloudFolder => System.IO.Directory.CreateDirectory(Path.Combine(_directory, "cloud")).FullName;

    public string HeldFile => Path.Combine(_directory, "held");

    public string ReleaseFile => Path.Combine(_directory, "release");

    private string ScriptFile => Path.Combine(_directory, "script.json");

    private string LogFile => Path.Combine(_directory, "calls.jsonl");

    /// <summary>Names of what is at the cloud, sorted.</summary>
    public IReadOnlyList<string> Live => [.. new DirectoryInfo(CloudFolder).GetFiles().Select(file => JsonNode.Parse(File.ReadAllText(file.FullName))!["name"]!.GetValue<string>()).Order(StringComparer.Ordinal)];

    /// <summary>The calls so far: their words before the first flag.</summary>
    public IReadOnlyList<string> Calls => [.. Log.Select(call => string.Join(' ', Arguments(call).TakeWhile(word => !word.StartsWith("--", StringComparison.Ordinal))))];

    public IReadOnlyList<JsonObject> Log => File.Exists(LogFile) ? [.. File.ReadAllLines(LogFile).Select(line => JsonNode.Parse(line)!.AsObject())] : [];

    public string LogText => File.ReadAllText(LogFile);

    public static string StandIn
    {
        get
        {
            var own = new DirectoryInfo(AppContext.BaseDirectory);
            return Path.Combine(own.Parent!.Parent!.FullName, "PulumiStandIn", own.Name, "Orchestrator.PulumiStandIn");
        }
    }

    public static IEnumerable<string> Arguments(JsonObject call) => call["arguments"]!.AsArray().Select(word => word!.GetValue<string>());

    /// <summary>Has the executable do something from its next call on.</summary>
    public void Say(Action<JsonObject> change)
    {
        change(_script);
        _script["Cloud"] = _cloud ?? CloudFolder;
        _script[nameof(Log)] = LogFile;
        File.WriteAllText(ScriptFile, _script.ToJsonString());
    }

    /// <summary>Has it make its resources at a simulated cloud.</summary>
    public void UseCloud(Uri address)
    {
        _cloud = address.ToString();
        Say(_ => { });
    }

    /// <summary>Has it be sound again.</summary>
    public void SayNothing()
    {
        _script = [];
        Say(_ => { });
    }

    public InfraOptions Options(Action<PulumiOptions>? configure = null)
    {
        var options = new InfraOptions { StateDirectory = Path.Combine(_directory, "data"), StackParallel = 4 };
        options.Pulumi.Executable = Executable;
        options.Pulumi.GracePeriod = TimeSpan.FromSeconds(30);
        configure?.Invoke(options.Pulumi);
        return options;
    }

    public PulumiStacks Stacks(Action<PulumiOptions>? configure = null, IStackStates? embedded = null) => new(
        Options(configure),
        embedded ?? new FolderStates(Path.Combine(_directory, "data"), TimeProvider.System),
        EnvironmentClock.StartingNow(),
        TimeProvider.System,
        NullLogger<PulumiStacks>.Instance);

    public StackRequest Write(string resources, string outputs = "", string config = "", string stack = "unit-1")
    {
        File.WriteAllText(
            Path.Combine(ProgramFolder, "Pulumi.yaml"),
            $"name: test\nruntime: yaml\n{config}resources:\n{resources}{(outputs.Length == 0 ? "" : "outputs:\n" + outputs)}");
        return new StackRequest(ProgramFolder, stack, ImmutableDictionary<string, JsonNode?>.Empty);
    }

    public JsonObject Deployment(string stack = "unit-1") =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(_directory, "data", "pulumi", ".pulumi", "stacks", "test", stack + ".json")))!["checkpoint"]!["latest"]!.AsObject();

    public string LockFolder(string stack = "unit-1") => Path.Combine(_directory, "data", "pulumi", ".pulumi", "locks", "organization", "test", stack);

    /// <summary>A lock as another process would have made it.</summary>
    public void Lock(int processId, string host, DateTimeOffset at)
    {
        System.IO.Directory.CreateDirectory(LockFolder());
        File.WriteAllText(
            Path.Combine(LockFolder(), "other.json"),
            JsonSerializer.Serialize(new Dictionary<string, object> { ["pid"] = processId, ["username"] = "wang", ["hostname"] = host, ["timestamp"] = at.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture) }));
    }

    /// <summary>The number of a process that has ended.</summary>
    public static int GoneProcess()
    {
        using var process = Process.Start("/bin/true");
        process.WaitForExit();
        return process.Id;
    }

    public static async Task WhenAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        }
    }

    public void Dispose() => System.IO.Directory.Delete(_directory, recursive: true);
}
