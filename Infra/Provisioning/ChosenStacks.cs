using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Orchestrator.Infra.Provisioning.Cli;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Settings;

namespace Orchestrator.Infra.Provisioning;

/// <summary>What runs the stacks here, and why.</summary>
/// <param name="Engine">embedded or cli.</param>
public sealed record StackEngineChoice(string Engine, string Reason);

/// <summary>
/// The engine that the settings ask for. <see cref="StackEngineKind.Auto"/> takes the executable where there is one that is recent enough and the clouds are the public
/// ones: its providers know nothing of other endpoints. What is chosen holds while the process lives.
/// </summary>
public sealed partial class ChosenStacks : IStacks, IDisposable
{
    private readonly InfraOptions _options;
    private readonly StackEngine _embedded;
    private readonly PulumiStacks _executable;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _choosing = new(1, 1);
    private (StackEngineChoice Choice, IStacks Stacks)? _chosen;

    internal ChosenStacks(InfraOptions options, StackEngine embedded, PulumiStacks executable, ILogger<ChosenStacks> logger) =>
        (_options, _embedded, _executable, _logger) = (options, embedded, executable, logger);

    /// <summary>Chooses, where that was not done yet.</summary>
    /// <exception cref="StackEngineException">The settings ask for the executable, and it is missing or too old.</exception>
    public async Task<StackEngineChoice> ChoiceAsync(CancellationToken cancellationToken) => (await ChooseAsync(cancellationToken)).Choice;

    public async Task<StackPreview> PreviewAsync(StackRequest request, CancellationToken cancellationToken) =>
        await (await StacksAsync(cancellationToken)).PreviewAsync(request, cancellationToken);

    public async Task<StackOutcome> UpAsync(StackRequest request, Action<StackEvent>? onEvent, CancellationToken cancellationToken) =>
        await (await StacksAsync(cancellationToken)).UpAsync(request, onEvent, cancellationToken);

    public async Task<StackOutcome> DestroyAsync(StackRequest request, Action<StackEvent>? onEvent, CancellationToken cancellationToken) =>
        await (await StacksAsync(cancellationToken)).DestroyAsync(request, onEvent, cancellationToken);

    public async Task<StackOutcome> RefreshAsync(StackRequest request, Action<StackEvent>? onEvent, CancellationToken cancellationToken) =>
        await (await StacksAsync(cancellationToken)).RefreshAsync(request, onEvent, cancellationToken);

    public async Task<ImmutableArray<StackResource>?> ResourcesAsync(string project, string stack, CancellationToken cancellationToken) =>
        await (await StacksAsync(cancellationToken)).ResourcesAsync(project, stack, cancellationToken);

    public async Task<IReadOnlyDictionary<string, JsonNode?>?> OutputsAsync(string project, string stack, CancellationToken cancellationToken, bool showSecrets = false) =>
        await (await StacksAsync(cancellationToken)).OutputsAsync(project, stack, cancellationToken, showSecrets);

    public async Task<JsonObject?> ExportAsync(string project, string stack, CancellationToken cancellationToken) =>
        await (await StacksAsync(cancellationToken)).ExportAsync(project, stack, cancellationToken);

    public async Task ImportAsync(string project, string stack, JsonObject document, CancellationToken cancellationToken) =>
        await (await StacksAsync(cancellationToken)).ImportAsync(project, stack, document, cancellationToken);

    public async Task<ImmutableArray<StackSummary>> ListAsync(CancellationToken cancellationToken) =>
        await (await StacksAsync(cancellationToken)).ListAsync(cancellationToken);

    public void Dispose() => _choosing.Dispose();

    private async Task<IStacks> StacksAsync(CancellationToken cancellationToken) => (await ChooseAsync(cancellationToken)).Stacks;

    private async Task<(StackEngineChoice Choice, IStacks Stacks)> ChooseAsync(CancellationToken cancellationToken)
    {
        if (_chosen is { } known)
        {
            return known;
        }

        await _choosing.WaitAsync(cancellationToken);
        try
        {
            var chosen = _chosen ?? await DecideAsync(cancellationToken);
            if (_chosen is null)
            {
                Log.Chosen(_logger, chosen.Choice.Engine, chosen.Choice.Reason);
            }

            _chosen = chosen;
            return chosen;
        }
        finally
        {
            _choosing.Release();
        }
    }

    private async Task<(StackEngineChoice Choice, IStacks Stacks)> DecideAsync(CancellationToken cancellationToken)
    {
        switch (_options.Pulumi.Engine)
        {
            case StackEngineKind.Embedded:
                return Embedded("Infra:Pulumi:Engine says so");
            case StackEngineKind.Cli:
                return Executable(await _executable.FindAsync(cancellationToken), "Infra:Pulumi:Engine asks for it");
            case StackEngineKind.Auto when _options.Cloud is not null || _options.Alibaba.Endpoints.Count > 0:
                return Embedded("the clouds have endpoints of their own, which a provider of pulumi does not know; Infra:Pulumi:Engine=Cli uses it all the same");
            default:
                try
                {
                    return Executable(await _executable.FindAsync(cancellationToken), "it is there");
                }
                catch (StackEngineException missing)
                {
                    return Embedded(missing.Message);
                }
        }
    }

    private (StackEngineChoice, IStacks) Embedded(string reason) => (new StackEngineChoice("embedded", reason), _embedded);

    private (StackEngineChoice, IStacks) Executable((string File, Version Version) found, string reason) => (new StackEngineChoice("cli", $"{found.File} {found.Version}: {reason}"), _executable);

    private static partial class Log
    {
        [LoggerMessage(EventId = 6021, Level = LogLevel.Information, Message = "Stacks are run by the {Engine} engine: {Reason}")]
        public static partial void Chosen(ILogger logger, string engine, string reason);
    }
}
