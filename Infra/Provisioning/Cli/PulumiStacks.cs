using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Provisioning.State;
using Orchestrator.Infra.Settings;

namespace Orchestrator.Infra.Provisioning.Cli;

/// <summary>
/// Stacks by the <c>pulumi</c> executable, one process an operation. Safe for concurrent use; one operation a stack at a time. What a killed operation left (locks
/// of processes that are gone, pending operations) is cleared away by the next one.
/// </summary>
internal sealed partial class PulumiStacks(InfraOptions options, IStackStates embedded, TimeProvider environmentClock, TimeProvider systemClock, ILogger<PulumiStacks> logger) : IStacks, IDisposable
{
    private static readonly TimeSpan LockWait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<StackName, SemaphoreSlim> _turns = [];
    private readonly SemaphoreSlim _finding = new(1, 1);
    private (string File, Version Version)? _found;

    /// <summary>The executable and its version, looked for once.</summary>
    /// <exception cref="StackEngineException">There is none, or it is too old; the message says how to install it.</exception>
    public async Task<(string File, Version Version)> FindAsync(CancellationToken cancellationToken)
    {
        await _finding.WaitAsync(cancellationToken);
        try
        {
            if (_found is { } known)
            {
                return known;
            }

            var wanted = options.Pulumi.Executable;
            var file = PulumiExecutable.Find(wanted, Environment.GetEnvironmentVariable("PATH"))
                ?? throw new StackEngineException("pulumi-missing", $"there is no executable '{wanted}'{(wanted.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) ? "" : " on PATH")}. {PulumiExecutable.HowToInstall}", retryable: false);
            var result = await new PulumiProcess(file, options.Pulumi.GracePeriod, systemClock, logger).RunAsync(
                new PulumiCommand(["version"], Path.GetTempPath()) { Environment = new Dictionary<string, string?> { ["PULUMI_SKIP_UPDATE_CHECK"] = "true" } }, cancellationToken);
            var version = PulumiExecutable.VersionIn(result.Output);
            if (result.ExitCode != 0 || version is null)
            {
                throw new StackEngineException("pulumi-version", $"{file} version exited with {result.ExitCode} and names no version. {PulumiExecutable.HowToInstall}", retryable: false);
            }

            if (version < PulumiExecutable.Oldest)
            {
                throw new StackEngineException("pulumi-version", $"{file} is version {version}; {PulumiExecutable.Oldest} or newer is needed, 3.256 or newer is best. {PulumiExecutable.HowToInstall}", retryable: false);
            }

            _found = (file, version);
            return _found.Value;
        }
        finally
        {
            _finding.Release();
        }
    }

    public async Task<StackPreview> PreviewAsync(StackRequest request, CancellationToken cancellationToken)
    {
        await using var call = await BeginAsync(request, null, cancellationToken);
        var state = await ExportAsync(call, cancellationToken);
        if (state is null)
        {
            // A preview begins no stack: one that is not there is previewed in a backend of its own.
            var scratch = Directory.CreateDirectory(Path.Combine(call.Workspace.Directory, ".backend"));
            call.Environment["PULUMI_BACKEND_URL"] = "file://" + scratch.FullName;
            await InitialiseAsync(call, cancellationToken);
        }

        await ConfigureAsync(call, state, cancellationToken);
        // It prints nothing before its end, and may have plug-ins to download.
        var result = await new PulumiProcess(call.File, options.Pulumi.GracePeriod, systemClock, logger).RunAsync(
            CommandOf(call, ["preview", "--json", "--parallel", Parallel]) with { QuietTimeout = options.Pulumi.QuietTimeout }, cancellationToken);
        PreviewDigest? digest = null;
        try
        {
            digest = JsonSerializer.Deserialize(result.Output, CliJson.Default.PreviewDigest);
        }
        catch (JsonException) when (result.ExitCode != 0)
        {
            // What it printed is the error, in words.
        }

        if (result.ExitCode != 0 || digest is null)
        {
            throw CommandErrors.Of(
                $"preview of {call.Name}", call.Name.ToString(), result,
                digest?.Diagnostics?.Where(diagnostic => diagnostic.Severity == "error").Select(diagnostic => call.Secrets.Hide(diagnostic.Message ?? "")) ?? [], options.Pulumi.QuietTimeout);
        }

        return Digests.PreviewOf(digest, state?.Pending ?? []);
    }

    public async Task<StackOutcome> UpAsync(StackRequest request, Action<StackEvent>? onEvent, CancellationToken cancellationToken)
    {
        await using var call = await BeginAsync(request, onEvent, cancellationToken);
        var state = await OpenAsync(call, cancellationToken);
        await ConfigureAsync(call, state, cancellationToken);
        await RecoverAsync(call, state, cancellationToken);
        await OperateAsync(call, ["up", "--yes", "--skip-preview", "--parallel", Parallel, "--message", Message(request)], call.Events, cancellationToken);
        return call.Outcome(call.Events.Failures.IsEmpty ? (await ExportAsync(call, cancellationToken))?.Outputs : null);
    }

    public async Task<StackOutcome> DestroyAsync(StackRequest request, Action<StackEvent>? onEvent, CancellationToken cancellationToken)
    {
        await using var call = await BeginAsync(request, onEvent, cancellationToken, needsConfig: false);
        if (await OpenKnownAsync(call, cancellationToken) is not { } state)
        {
            return call.Outcome(null);
        }

        await ConfigureAsync(call, state, cancellationToken);
        await RecoverAsync(call, state, cancellationToken);
        await OperateAsync(call, ["destroy", "--yes", "--skip-preview", "--parallel", Parallel, "--message", Message(request)], call.Events, cancellationToken);
        return call.Outcome(null);
    }

    public async Task<StackOutcome> RefreshAsync(StackRequest request, Action<StackEvent>? onEvent, CancellationToken cancellationToken)
    {
        await using var call = await BeginAsync(request, onEvent, cancellationToken, needsConfig: false);
        if (await OpenKnownAsync(call, cancellationToken) is not { } state)
        {
            return call.Outcome(null);
        }

        await ConfigureAsync(call, state, cancellationToken);
        TellPending(call, state);
        await OperateAsync(call, ["refresh", "--yes", "--skip-preview", "--clear-pending-creates", "--parallel", Parallel, "--message", Message(request)], call.Events, cancellationToken);
        return call.Outcome(call.Events.Failures.IsEmpty ? (await ExportAsync(call, cancellationToken))?.Outputs : null);
    }

    public async Task<IReadOnlyDictionary<string, JsonNode?>?> OutputsAsync(string project, string stack, CancellationToken cancellationToken, bool showSecrets = false)
    {
        await using var call = await OpenReadingAsync(project, stack, cancellationToken);
        var state = await ExportAsync(call, cancellationToken, showSecrets);
        return state?.Outputs?.ToImmutableDictionary(
            output => output.Key, output => showSecrets ? Secrets.Reveal(output.Value) : Secrets.Hide(output.Value), StringComparer.Ordinal);
    }

    public async Task<ImmutableArray<StackResource>?> ResourcesAsync(string project, string stack, CancellationToken cancellationToken)
    {
        await using var call = await OpenReadingAsync(project, stack, cancellationToken);
        return (await ExportAsync(call, cancellationToken))?.Resources();
    }

    public async Task<JsonObject?> ExportAsync(string project, string stack, CancellationToken cancellationToken)
    {
        await using var call = await OpenReadingAsync(project, stack, cancellationToken);
        return (await ExportAsync(call, cancellationToken))?.Document;
    }

    public async Task ImportAsync(string project, string stack, JsonObject document, CancellationToken cancellationToken)
    {
        DeploymentDocuments.Check(document, project, stack);
        await using var call = await OpenReadingAsync(project, stack, cancellationToken);
        if (await ExportAsync(call, cancellationToken) is null)
        {
            await File.WriteAllTextAsync(Path.Combine(call.Workspace.Directory, "Pulumi.yaml"), $"name: {project}\nruntime: yaml\n", cancellationToken);
            await InitialiseAsync(call, cancellationToken);
        }

        await ImportAsync(call, document, cancellationToken);
    }

    public async Task<ImmutableArray<StackSummary>> ListAsync(CancellationToken cancellationToken)
    {
        await using var call = await OpenReadingAsync("", "", cancellationToken);
        var result = await RunAsync(call, ["stack", "ls", "--all", "--json"], cancellationToken, names: false);
        if (result.ExitCode != 0)
        {
            throw Failure(call, "list of stacks", result, null);
        }

        return
        [
            .. (JsonSerializer.Deserialize(result.Output, CliJson.Default.ListStackLine) ?? [])
                .Select(line => (Parts: line.Name?.Split('/') ?? [], line))
                .Where(line => line.Parts.Length >= 2)
                .Select(line => new StackSummary(line.Parts[^2], line.Parts[^1], line.line.ResourceCount, line.line.LastUpdate))
                .OrderBy(stack => stack.Project, StringComparer.Ordinal).ThenBy(stack => stack.Stack, StringComparer.Ordinal),
        ];
    }

    public void Dispose()
    {
        _finding.Dispose();
        foreach (var turn in _turns.Values)
        {
            turn.Dispose();
        }
    }

    private string Parallel => options.StackParallel.ToString(CultureInfo.InvariantCulture);

    /// <summary>Stands in the stack's history, so that whoever reads it finds the run.</summary>
    private static string Message(StackRequest request) => request.IdempotencyKey is { } key ? $"orchestrator {key}" : "orchestrator";

    private async Task<StackCall> BeginAsync(StackRequest request, Action<StackEvent>? onEvent, CancellationToken cancellationToken, bool needsConfig = true)
    {
        var project = ProjectFile.Read(request.Program);
        var config = CheckedConfig.Of(project, request.Config, needsConfig);
        var (file, _) = await FindAsync(cancellationToken);
        return await EnterAsync(new StackName(project.Name, request.Stack), file, project, config, onEvent, cancellationToken);
    }

    private async Task<StackCall> OpenReadingAsync(string project, string stack, CancellationToken cancellationToken)
    {
        var (file, _) = await FindAsync(cancellationToken);
        var name = new StackName(project, stack);
        return new StackCall(name, file, null, CheckedConfig.None, Workspace.Empty(options.StateDirectory), EnvironmentOf(null), environmentClock, null, null);
    }

    private async Task<StackCall> EnterAsync(StackName name, string file, ProjectFile project, CheckedConfig config, Action<StackEvent>? onEvent, CancellationToken cancellationToken)
    {
        var turn = _turns.GetOrAdd(name, _ => new SemaphoreSlim(1, 1));
        if (!await turn.WaitAsync(LockWait, cancellationToken))
        {
            throw new StackLockedException(name.ToString(), "another operation of this server works on it");
        }

        try
        {
            var workspace = Workspace.Of(options.StateDirectory, project);
            return new StackCall(name, file, project, config, workspace, EnvironmentOf(workspace), environmentClock, onEvent, turn);
        }
        catch
        {
            turn.Release();
            throw;
        }
    }

    private Dictionary<string, string?> EnvironmentOf(Workspace? workspace)
    {
        var pulumi = options.Pulumi;
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["PULUMI_BACKEND_URL"] = pulumi.Backend ?? Environment.GetEnvironmentVariable("PULUMI_BACKEND_URL") ?? DefaultBackend(),
            ["PULUMI_SKIP_UPDATE_CHECK"] = "true",
            // Without it there is no --event-log.
            ["PULUMI_DEBUG_COMMANDS"] = "true",
            ["PULUMI_AUTOMATION_API"] = "true",
            ["NO_COLOR"] = "1",
            ["PULUMI_CONFIG_PASSPHRASE"] = Passphrase.For(options.StateDirectory),
            // Older CLIs: OSS does not know the checksums that newer S3 clients send.
            ["AWS_REQUEST_CHECKSUM_CALCULATION"] = "when_required",
        };
        if (pulumi.Home is { } home)
        {
            environment["PULUMI_HOME"] = Path.GetFullPath(home);
        }

        if (!pulumi.AcquirePlugins)
        {
            environment["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] = "true";
        }

        if (options.Alibaba.Profile is { } profile)
        {
            environment["ALICLOUD_PROFILE"] = profile;
        }

        if (workspace is not null && KubeconfigFile.Write(workspace.Directory, options) is { } kubeconfig)
        {
            // The fleet's clusters first; contexts of the caller's own stay known beside them.
            environment["KUBECONFIG"] = string.Join(Path.PathSeparator, [kubeconfig, .. OwnKubeconfigs()]);
        }

        return environment;
    }

    private static IEnumerable<string> OwnKubeconfigs() => Environment.GetEnvironmentVariable("KUBECONFIG") is { Length: > 0 } given
        ? given.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        : new[] { Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".kube", "config") }.Where(File.Exists);

    private string DefaultBackend() => "file://" + Directory.CreateDirectory(Path.Combine(Path.GetFullPath(options.StateDirectory), "pulumi")).FullName;

    /// <summary>The stack's state; the stack is begun where there is none, with the state that the embedded engine has of it.</summary>
    private async Task<StackExport> OpenAsync(StackCall call, CancellationToken cancellationToken)
    {
        if (await OpenKnownAsync(call, cancellationToken) is { } known)
        {
            return known;
        }

        await InitialiseAsync(call, cancellationToken);
        return await ExportAsync(call, cancellationToken) ?? throw new StackEngineException("backend", $"pulumi began stack {call.Name}, and the backend has none; check Infra:Pulumi:Backend", retryable: true);
    }

    private async Task<StackExport?> OpenKnownAsync(StackCall call, CancellationToken cancellationToken)
    {
        if (await ExportAsync(call, cancellationToken) is { } known)
        {
            return known;
        }

        var checkpoint = new Checkpoint(options.StateDirectory, call.Name.Project, call.Name.Stack);
        if (checkpoint.Read(await embedded.FindAsync(call.Name.Project, call.Name.Stack, cancellationToken), opens: false) is not { Resources.Count: > 0 })
        {
            return null;
        }

        // Held, so that no embedded engine works on it, and left empty, so that none takes it up again.
        await using var held = await embedded.HoldAsync(call.Name.Project, call.Name.Stack, cancellationToken);
        await InitialiseAsync(call, cancellationToken);
        await ImportAsync(call, DeploymentDocuments.Of(held.Content!), cancellationToken);
        await held.WriteAsync(checkpoint.Write(new Deployment(), environmentClock.GetUtcNow()));
        Log.TakenOver(logger, call.Name);
        call.Events.Emit(new StackDiagnostic(null, "info", "the state that the embedded engine had was imported"));
        return await ExportAsync(call, cancellationToken);
    }

    private async Task InitialiseAsync(StackCall call, CancellationToken cancellationToken)
    {
        var result = await RunAsync(call, ["stack", "init", call.Name.Full, "--secrets-provider", options.Pulumi.SecretsProvider, "--no-select"], cancellationToken, names: false);
        if (result.ExitCode != 0 && !CommandErrors.IsThere(result))
        {
            throw Failure(call, "stack init", result, null);
        }
    }

    private async Task ImportAsync(StackCall call, JsonObject document, CancellationToken cancellationToken)
    {
        var result = await RunAsync(call, ["stack", "import"], cancellationToken, document.ToJsonString());
        if (result.ExitCode != 0)
        {
            throw Failure(call, "stack import", result, null);
        }
    }

    private async Task<StackExport?> ExportAsync(StackCall call, CancellationToken cancellationToken, bool showSecrets = false)
    {
        ImmutableArray<string> arguments = ["stack", "export"];
        var result = await RunAsync(call, showSecrets ? arguments.Add("--show-secrets") : arguments, cancellationToken);
        return result.ExitCode == 0 ? StackExport.Read(result.Output, call.Name.ToString())
            : CommandErrors.IsMissing(result) ? null
            : throw Failure(call, "stack export", result, null);
    }

    /// <summary>Plain values by the settings file, secrets one by one on standard input.</summary>
    private async Task ConfigureAsync(StackCall call, StackExport? state, CancellationToken cancellationToken)
    {
        await call.Workspace.WriteSettingsAsync(call.Name.Stack, call.Name.Project, call.Config.Plain, state?.Encryption, cancellationToken);
        foreach (var (name, value) in call.Config.Secret)
        {
            var result = await RunAsync(call, ["config", "set", "--secret", $"{call.Name.Project}:{name}"], cancellationToken, value);
            if (result.ExitCode != 0)
            {
                throw Failure(call, $"config set {name}", result, null);
            }
        }
    }

    /// <summary>Ends what an interrupted operation left open: a refresh asks the providers what became of it.</summary>
    private async Task RecoverAsync(StackCall call, StackExport state, CancellationToken cancellationToken)
    {
        if (state.Pending.IsEmpty)
        {
            return;
        }

        TellPending(call, state);
        var events = new EngineEvents(environmentClock, null, call.Secrets.Hide);
        await OperateAsync(call, ["refresh", "--yes", "--skip-preview", "--clear-pending-creates", "--parallel", Parallel, "--message", "orchestrator: after an interruption"], events, cancellationToken);
        if (!events.Failures.IsEmpty)
        {
            throw new StackEngineException("recovery", $"what an interrupted operation left of stack {call.Name} cannot be cleared: {string.Join("; ", events.Failures.Select(failure => $"{StackResource.NameOf(failure.Urn)}: {failure.Message}"))}", retryable: true);
        }
    }

    private void TellPending(StackCall call, StackExport state)
    {
        foreach (var (urn, type) in state.Pending)
        {
            Log.Pending(logger, call.Name, urn, type);
            call.Events.Emit(new StackDiagnostic(urn, "warning", type == "creating"
                ? "was interrupted while creating: whether the provider made it is not known, and it is made anew. Look for a second one there; import it or delete it"
                : $"was interrupted while {type}: its state is read back from the provider"));
        }
    }

    /// <summary>Runs a command that works on resources, with its events. Locks of processes that are gone are taken off; others are waited for, 10 s.</summary>
    private async Task OperateAsync(StackCall call, ImmutableArray<string> arguments, EngineEvents events, CancellationToken cancellationToken)
    {
        var started = systemClock.GetTimestamp();
        var cleared = false;
        while (true)
        {
            var result = await WithEventsAsync(call, arguments, events, cancellationToken);
            events.Close(arguments[0]);
            var holders = CommandErrors.HoldersIn(result.Errors);
            if (!holders.IsEmpty)
            {
                if (!cleared && holders.All(holder => holder.IsGone()))
                {
                    Log.Unlocking(logger, call.Name, holders[0].Text);
                    cleared = true;
                    await UnlockAsync(call, cancellationToken);
                    continue;
                }

                if (systemClock.GetElapsedTime(started) < LockWait)
                {
                    await Task.Delay(LockPause, systemClock, cancellationToken);
                    continue;
                }
            }

            if (result.StoppedAfterEnd)
            {
                Log.StoppedAfterEnd(logger, call.Name);
            }

            var done = result.ExitCode == 0 || (result.StoppedAfterEnd && events.Result == "succeeded");
            if (done && events.Failures.IsEmpty)
            {
                if (events.Result is null)
                {
                    Log.NoEvents(logger, call.Name);
                }

                return;
            }

            // Failures of resources are an outcome; all else is an error, and so is a process that did not come to its end.
            if (result.Hung || result.ExitCode is > 128 and < 128 + 65 && !result.StoppedAfterEnd || events.Failures.IsEmpty)
            {
                throw Failure(call, arguments[0], result, events);
            }

            return;
        }
    }

    private async Task<CommandResult> WithEventsAsync(StackCall call, ImmutableArray<string> arguments, EngineEvents events, CancellationToken cancellationToken)
    {
        var process = new PulumiProcess(call.File, options.Pulumi.GracePeriod, systemClock, logger);
        Action<string> onLine = line =>
        {
            process.Heard();
            if (logger.IsEnabled(LogLevel.Debug))
            {
                var shown = call.Secrets.Hide(line.TrimEnd());
                Log.Event(logger, call.Name, shown);
            }

            events.Take(line);
        };
        await using var channel = options.Pulumi.Events == PulumiEventChannel.Tcp
            ? (IEventChannel)await EventServer.StartAsync(onLine, cancellationToken)
            : new EventFile(call.Workspace.NewEventFile(), onLine, systemClock);
        try
        {
            return await process.RunAsync(
                CommandOf(call, [.. arguments, "--event-log", channel.Address]) with { QuietTimeout = options.Pulumi.QuietTimeout, IsDone = () => events.Ended },
                cancellationToken);
        }
        finally
        {
            await channel.DrainAsync();
            if (channel is EventFile { Torn: > 0 } torn)
            {
                Log.Torn(logger, call.Name, torn.Torn);
            }
        }
    }

    private async Task UnlockAsync(StackCall call, CancellationToken cancellationToken)
    {
        var result = await RunAsync(call, ["cancel", call.Name.Full, "--yes"], cancellationToken, names: false);
        if (result.ExitCode != 0)
        {
            throw Failure(call, "cancel", result, null);
        }
    }

    private static StackEngineException Wrapped(StackEngineException error, StackCall call) => new(error.Code, call.Secrets.Hide(error.Message), error.Retryable, error);

    private Exception Failure(StackCall call, string what, CommandResult result, EngineEvents? events)
    {
        var error = CommandErrors.Of(call.Name.Project.Length == 0 ? what : $"{what} of {call.Name}", call.Name.ToString(), result, events?.Errors ?? [], options.Pulumi.QuietTimeout);
        return error is StackEngineException engine ? Wrapped(engine, call) : error;
    }

    private Task<CommandResult> RunAsync(StackCall call, ImmutableArray<string> arguments, CancellationToken cancellationToken, string? input = null, bool names = true) =>
        new PulumiProcess(call.File, options.Pulumi.GracePeriod, systemClock, logger).RunAsync(CommandOf(call, arguments, names) with { Input = input }, cancellationToken);

    private static PulumiCommand CommandOf(StackCall call, ImmutableArray<string> arguments, bool names = true)
    {
        ImmutableArray<string> common = ["--non-interactive", "--color", "never"];
        return new PulumiCommand([.. arguments, .. common, .. names ? ["--stack", call.Name.Full] : Array.Empty<string>()], call.Workspace.Directory) { Environment = call.Environment };
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 6014, Level = LogLevel.Debug, Message = "pulumi event of stack {Stack}: {Event}")]
        public static partial void Event(ILogger logger, StackName stack, string @event);

        [LoggerMessage(EventId = 6015, Level = LogLevel.Warning, Message = "Stack {Stack}: {Urn} was interrupted while {Operation}")]
        public static partial void Pending(ILogger logger, StackName stack, string urn, string operation);

        [LoggerMessage(EventId = 6016, Level = LogLevel.Warning, Message = "Stack {Stack} was locked by a process that is gone ({Owner}); the lock is removed")]
        public static partial void Unlocking(ILogger logger, StackName stack, string owner);

        [LoggerMessage(EventId = 6017, Level = LogLevel.Warning, Message = "Stack {Stack}: pulumi had told its end and did not exit; it was stopped")]
        public static partial void StoppedAfterEnd(ILogger logger, StackName stack);

        [LoggerMessage(EventId = 6018, Level = LogLevel.Warning, Message = "Stack {Stack}: pulumi succeeded and sent no events; set Infra:Pulumi:Events=File if this goes on")]
        public static partial void NoEvents(ILogger logger, StackName stack);

        [LoggerMessage(EventId = 6019, Level = LogLevel.Warning, Message = "Stack {Stack}: the event log ends within a line ({Bytes} bytes)")]
        public static partial void Torn(ILogger logger, StackName stack, int bytes);

        [LoggerMessage(EventId = 6020, Level = LogLevel.Information, Message = "Stack {Stack}: the embedded engine's state was imported into pulumi's backend")]
        public static partial void TakenOver(ILogger logger, StackName stack);
    }
}

/// <summary>A stack's address.</summary>
internal sealed record StackName(string Project, string Stack)
{
    /// <summary>As the executable takes it; a self-managed backend has one organization.</summary>
    public string Full => $"organization/{Project}/{Stack}";

    public override string ToString() => $"{Project}/{Stack}";
}
