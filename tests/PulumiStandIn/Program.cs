using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Orchestrator.Fleet.Clock;
using Orchestrator.Infra.Provisioning;
using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.Providers;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Provisioning.State;

namespace Orchestrator.PulumiStandIn;

/// <summary>
/// Stands in for the <c>pulumi</c> executable in tests: the commands that the driver uses, with the documented arguments, exit codes, texts, events, locks and files of
/// a <c>file://</c> backend. What a program says is worked out by the embedded engine; resources are files in a folder, or are made at a simulated cloud.
/// </summary>
internal static class Program
{
    private static readonly CancellationTokenSource graceful = new();

    public static async Task<int> Main(string[] given)
    {
        var script = Script.Load();
        var arguments = new Arguments(given);
        var input = arguments.ReadsInput ? await Console.In.ReadToEndAsync() : null;
        Log(script, given, input);
        if (script.Answers.TryGetValue(arguments.Command, out var answer))
        {
            Console.Out.Write(answer.Output);
            Console.Error.Write(answer.Errors);
            return answer.ExitCode;
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            if (script.IgnoresSignals)
            {
                return;
            }

            if (graceful.IsCancellationRequested)
            {
                Environment.Exit(8);
            }

            graceful.Cancel();
            // The test sees that the signal has come: what is sent is not yet what is received.
            if (script.Held is { } held) File.WriteAllText($"{held}.stopping", "");
        });
        try
        {
            return await RunAsync(arguments, input, script);
        }
        catch (Refusal refusal)
        {
            Console.Error.WriteLine(refusal.Message);
            return refusal.ExitCode;
        }
    }

    private static async Task<int> RunAsync(Arguments arguments, string? input, Script script)
    {
        if (arguments.Command == "version")
        {
            Console.Out.WriteLine(script.Version);
            return 0;
        }

        var backend = new Backend();
        if (arguments.Command == "stack ls")
        {
            Console.Out.WriteLine(new JsonArray([.. backend.All().Select(stack => new JsonObject { ["name"] = $"organization/{stack.Project}/{stack.Stack}", ["current"] = false, ["updateInProgress"] = false })]).ToJsonString());
            return 0;
        }

        var (project, stack) = backend.Name(arguments.Stack);
        var settings = new StackSettings(stack);
        switch (arguments.Command)
        {
            case "stack init":
                _ = StackSettings.Passphrase;
                CheckProject(project);
                backend.Begin(project, stack);
                Console.Out.WriteLine($"Created stack '{stack}'");
                return 0;
            case "stack export":
                var deployment = backend.Deployment(project, stack);
                Console.Out.WriteLine(new JsonObject { ["version"] = 3, ["deployment"] = arguments.Has("--show-secrets") ? Shown(deployment) : deployment }.ToJsonString());
                return 0;
            case "stack import":
                backend.Require(project, stack);
                var document = JsonNode.Parse(input ?? "")!;
                backend.Write(project, stack, document["deployment"]!.DeepClone().AsObject());
                Console.Out.WriteLine("Import complete.");
                return 0;
            case "config set":
                CheckProject(project);
                backend.Require(project, stack);
                settings.Add(arguments.Positional[2], new JsonObject
                {
                    ["secure"] = settings.Cipher().Seal(new JsonObject { ["plaintext"] = JsonValue.Create(input!.TrimEnd('\n')).ToJsonString() })["ciphertext"]!.DeepClone(),
                });
                return 0;
            case "cancel":
                backend.Unlock(project, stack);
                Console.Out.WriteLine($"The currently running update for '{stack}' has been canceled!");
                return 0;
            case "preview":
                CheckProject(project);
                return await PreviewAsync(arguments, script, backend, settings, project, stack);
            case "up" or "refresh" or "destroy":
                CheckProject(project);
                return await OperateAsync(arguments, script, backend, settings, project, stack);
            default:
                throw new Refusal(2, $"error: unknown command \"{arguments.Command}\" for \"pulumi\"");
        }
    }

    private static async Task<int> PreviewAsync(Arguments arguments, Script script, Backend backend, StackSettings settings, string project, string stack)
    {
        backend.Require(project, stack);
        try
        {
            var plan = await Engine(script, backend).PreviewAsync(Request(settings, project, stack), CancellationToken.None);
            var steps = plan.Steps.SelectMany(step => step.Operation == "replace" ? new[] { "create-replacement", "replace", "delete-replaced" }.Select(op => (op, step)) : [(step.Operation, step)])
                .Select(pair => new JsonObject
                {
                    ["op"] = pair.Item1,
                    ["urn"] = pair.step.Urn,
                    ["newState"] = new JsonObject { ["type"] = pair.step.Type },
                    ["detailedDiff"] = new JsonObject(pair.step.Differences.Select(path => KeyValuePair.Create(path, (JsonNode?)new JsonObject { ["kind"] = "update", ["inputDiff"] = true }))),
                });
            Console.Out.WriteLine(new JsonObject { ["config"] = new JsonObject(), ["steps"] = new JsonArray([.. steps]), ["duration"] = 1, ["changeSummary"] = new JsonObject() }.ToJsonString());
            return 0;
        }
        catch (StackProgramException wrong)
        {
            Console.Out.WriteLine(new JsonObject
            {
                ["steps"] = new JsonArray(),
                ["diagnostics"] = new JsonArray([.. wrong.Diagnostics.Select(diagnostic => new JsonObject { ["message"] = Told(diagnostic), ["severity"] = "error" })]),
            }.ToJsonString());
            Console.Error.WriteLine("error: preview failed");
            return 1;
        }
    }

    private static async Task<int> OperateAsync(Arguments arguments, Script script, Backend backend, StackSettings settings, string project, string stack)
    {
        if (arguments.Value("--event-log") is not null && Environment.GetEnvironmentVariable("PULUMI_DEBUG_COMMANDS") != "true")
        {
            throw new Refusal(2, "error: unknown flag: --event-log");
        }

        if (!arguments.Has("--yes"))
        {
            throw new Refusal(2, "error: --yes or --skip-preview must be passed in to proceed when running in non-interactive mode");
        }

        backend.Require(project, stack);
        using var held = backend.Lock(project, stack);
        var log = new EventLog(arguments.Value("--event-log"), script);
        log.Write("preludeEvent", new JsonObject { ["config"] = new JsonObject() });
        Pending(arguments, backend, log, project, stack);
        var exit = 0;
        StackOutcome? outcome = null;
        try
        {
            var (engine, request) = (Engine(script, backend), Request(settings, project, stack));
            Root(log, "resourcePreEvent", project, stack);
            outcome = arguments.Command switch
            {
                "up" => await engine.UpAsync(request, log.Take, graceful.Token),
                "refresh" => await engine.RefreshAsync(request, log.Take, graceful.Token),
                _ => await engine.DestroyAsync(request, log.Take, graceful.Token),
            };
            Root(log, "resOutputsEvent", project, stack);
            exit = outcome.Succeeded ? 0 : 1;
            if (exit != 0)
            {
                log.Diagnostic(null, "error", "update failed");
                Console.Error.WriteLine("error: update failed");
            }
        }
        catch (StackProgramException wrong)
        {
            foreach (var diagnostic in wrong.Diagnostics)
            {
                log.Diagnostic(null, "error", Told(diagnostic));
            }

            Console.Error.WriteLine("error: update failed");
            exit = 1;
        }
        catch (StackStateException wrong)
        {
            Console.Error.WriteLine($"error: {wrong.Message}");
            exit = 1;
        }
        catch (OperationCanceledException)
        {
            log.Diagnostic(null, "error", "update canceled");
            Console.Error.WriteLine("error: update canceled");
            exit = 1;
        }

        log.Write("summaryEvent", new JsonObject
        {
            ["maybeCorrupt"] = false, ["durationSeconds"] = 1, ["isPreview"] = false, ["result"] = graceful.IsCancellationRequested ? "canceled" : exit == 0 ? "succeeded" : "failed",
            ["resourceChanges"] = new JsonObject(outcome?.Changes.Select(change => KeyValuePair.Create(change.Key, (JsonNode?)change.Value)) ?? []),
        });
        log.Write("cancelEvent", []);
        if (script.StaysAfterEnd)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, CancellationToken.None);
        }

        await log.DisposeAsync();
        return exit;
    }

    /// <summary>What was interrupted: an update only warns of it, a refresh ends it, creations only where it is told to.</summary>
    private static void Pending(Arguments arguments, Backend backend, EventLog log, string project, string stack)
    {
        var deployment = backend.Deployment(project, stack);
        if (deployment["pending_operations"] is not JsonArray { Count: > 0 } pending)
        {
            return;
        }

        if (arguments.Command != "refresh")
        {
            log.Diagnostic(null, "warning", $"Attempting to deploy or update resources with {pending.Count} pending operations from previous deployment.\n{string.Join('\n', pending.Select(operation => $"  * {operation!["resource"]!["urn"]}, interrupted while {operation["type"]}"))}");
        }

        var left = pending.Where(operation => operation!["type"]!.GetValue<string>() == "creating" && arguments.Command == "refresh" && !arguments.Has("--clear-pending-creates")).Select(operation => operation!.DeepClone()).ToArray();
        deployment["pending_operations"] = new JsonArray(left);
        backend.Write(project, stack, deployment);
    }

    private static void Root(EventLog log, string kind, string project, string stack) =>
        log.Write(kind, EventLog.Step(new ResourceStep("same", $"urn:pulumi:{stack}::{project}::{ResourceTypes.Stack}::{project}-{stack}", ResourceTypes.Stack, null, []), "same"));

    private static StackEngine Engine(Script script, Backend backend)
    {
        if (script.Cloud.StartsWith("http", StringComparison.Ordinal))
        {
            return SimulatedWorld.Open(script, backend);
        }

        var cloud = new FolderCloud(script);
        Func<string, JsonObject, ResourceProvider> providers = (_, _) => cloud;
        return new StackEngine(new FolderStates(backend.Root, TimeProvider.System), backend.Root, 8, providers, EnvironmentClock.StartingNow(), TimeProvider.System);
    }

    private static StackRequest Request(StackSettings settings, string project, string stack) =>
        new(Directory.GetCurrentDirectory(), stack, settings.Values(project).ToImmutableDictionary(StringComparer.Ordinal)) { IdempotencyKey = Guid.NewGuid().ToString() };

    private static void CheckProject(string project)
    {
        var file = Path.Combine(Directory.GetCurrentDirectory(), "Pulumi.yaml");
        if (!File.Exists(file) || !File.ReadLines(file).Contains($"name: {project}"))
        {
            throw new Refusal(1, $"error: no Pulumi.yaml project file found for {project}");
        }
    }

    private static string Told(Orchestrator.Text.Diagnostic diagnostic) => $"Pulumi.yaml:{diagnostic.Position.Line},{diagnostic.Position.Column}-{diagnostic.Position.Column + 1}: {diagnostic.Message}";

    private static JsonObject Shown(JsonObject deployment)
    {
        if (deployment["secrets_providers"]?["state"]?["salt"]?.GetValue<string>() is not { } salt)
        {
            return deployment;
        }

        var cipher = SecretsCipher.Open(StackSettings.Passphrase, salt);
        return Secrets.Map(deployment, secret => cipher.Unseal(secret))!.AsObject();
    }

    private static void Log(Script script, string[] given, string? input)
    {
        if (script.Log is null)
        {
            return;
        }

        var line = new JsonObject
        {
            ["arguments"] = new JsonArray([.. given.Select(argument => (JsonNode)argument)]),
            ["input"] = input,
            ["directory"] = Directory.GetCurrentDirectory(),
            ["backend"] = Environment.GetEnvironmentVariable("PULUMI_BACKEND_URL"),
            ["settings"] = string.Concat(Directory.GetFiles(".", "Pulumi.*.yaml").Select(File.ReadAllText)),
        };
        lock (graceful)
        {
            File.AppendAllText(script.Log, line.ToJsonString() + "\n");
        }
    }
}

/// <summary>A command line: words, then flags, of which some have a value.</summary>
internal sealed class Arguments
{
    private static readonly string[] WithValue = ["--stack", "--event-log", "--parallel", "--message", "--color", "--secrets-provider"];

    private readonly Dictionary<string, string> _flags = new(StringComparer.Ordinal);

    public Arguments(string[] given)
    {
        for (var i = 0; i < given.Length; i++)
        {
            if (WithValue.Contains(given[i])) _flags[given[i]] = given[++i];
            else if (given[i].StartsWith("--", StringComparison.Ordinal)) _flags[given[i]] = "";
            else Positional.Add(given[i]);
        }
    }

    public List<string> Positional { get; } = [];

    public string Command => Positional is ["stack" or "config", var second, ..] ? $"{Positional[0]} {second}" : Positional.FirstOrDefault() ?? "";

    /// <summary>The stack by its flag, or as the last word.</summary>
    public string? Stack => _flags.GetValueOrDefault("--stack") ?? Positional.LastOrDefault();

    public bool ReadsInput => Command is "config set" or "stack import";

    public bool Has(string flag) => _flags.ContainsKey(flag);

    public string? Value(string flag) => _flags.GetValueOrDefault(flag);
}
