using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.Providers;
using Orchestrator.Infra.Provisioning.Running;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Provisioning.State;
using Orchestrator.Text;

namespace Orchestrator.Infra.Provisioning;

/// <summary>
/// The embedded engine: plans, orders by dependency, applies in parallel, and writes Pulumi-shaped state before and after
/// each effect, so that a crash at any moment loses and doubles nothing. Safe for concurrent use; one call a stack at a time.
/// </summary>
public sealed class StackEngine : IStacks
{
    private readonly IStackStates _states;
    private readonly string _directory;
    private readonly int _parallel;
    private readonly Func<string, JsonObject, ResourceProvider> _providers;
    private readonly TimeProvider _environment;
    private readonly TimeProvider _systemClock;
    private readonly Func<StackProgram, IEnumerable<Diagnostic>> _check;

    /// <param name="states">Where the states of stacks are.</param>
    /// <param name="directory">Holds <c>.pulumi/passphrase</c>, unless the environment has one.</param>
    /// <param name="parallel">Resources of one stack worked on at once.</param>
    /// <param name="providers">The provider of a package (<c>alicloud</c>), given its provider resource's inputs.</param>
    /// <param name="check">What a program says that the providers would have to leave out; null: nothing.</param>
    internal StackEngine(
        IStackStates states, string directory, int parallel, Func<string, JsonObject, ResourceProvider> providers, TimeProvider environmentClock, TimeProvider systemClock, Func<StackProgram, IEnumerable<Diagnostic>>? check = null)
    {
        _states = states;
        _directory = directory;
        _parallel = parallel;
        _providers = providers;
        _environment = environmentClock;
        _systemClock = systemClock;
        _check = check ?? (_ => []);
    }

    /// <summary>Every problem of a program, as an up would tell it before anything is made; configuration without a default counts as not known yet. Empty: it can be run.</summary>
    public static ImmutableArray<Diagnostic> Check(string directory)
    {
        try
        {
            var program = ProgramReader.Read(directory);
            var config = program.Config.ToImmutableDictionary(declared => declared.Name, declared => declared.HasDefault ? declared.Default : JsonValue.Create(Secrets.Unknown), StringComparer.Ordinal);
            ProgramCheck.Run(program, config, new Urns(program.Name, "validate"));
            return [.. ProviderSet.Check(program)];
        }
        catch (StackProgramException wrong)
        {
            return wrong.Diagnostics;
        }
    }

    /// <summary>The project's name, by which its stacks are kept.</summary>
    /// <exception cref="StackProgramException">There is no program there, or it is no YAML program.</exception>
    public static string ProjectOf(string directory) => ProjectFile.Read(directory).Name;

    /// <summary>Names of the program's configuration that is secret.</summary>
    /// <exception cref="StackProgramException">There is no program there, or it is no YAML program.</exception>
    public static ImmutableHashSet<string> SecretConfigOf(string directory) => [.. ProjectFile.Read(directory).Config.Where(declared => declared.Secret).Select(declared => declared.Name)];

    public async Task<StackPreview> PreviewAsync(StackRequest request, CancellationToken cancellationToken)
    {
        var (program, config) = Read(request);
        var urns = new Urns(program.Name, request.Stack);
        var deployment = await FindAsync(program.Name, request.Stack, cancellationToken) ?? new Deployment();
        try
        {
            return Preview.Of(program, config, urns, deployment);
        }
        catch (EvaluationException e)
        {
            // What the state has of a resource is not what the program takes of it.
            throw new StackProgramException([new Diagnostic(program.File, e.Position, Severity.Error, "expression", e.Detail)]);
        }
    }

    public async Task<StackOutcome> UpAsync(StackRequest request, Action<StackEvent>? onEvent, CancellationToken cancellationToken)
    {
        var (program, config) = Read(request);
        await using var held = await _states.HoldAsync(program.Name, request.Stack, cancellationToken);
        using var session = Open(held, program, request, new Deployment(), onEvent)!;
        return await new UpRun(program, new ProgramValues(program, config, session.Urns, session.SecretTexts), new Planner(program, session.Urns, session.Find), session).RunAsync(cancellationToken);
    }

    public async Task<StackOutcome> DestroyAsync(StackRequest request, Action<StackEvent>? onEvent, CancellationToken cancellationToken)
    {
        var program = ProgramReader.Read(request.Program);
        await using var held = await _states.HoldAsync(program.Name, request.Stack, cancellationToken);
        using var session = Open(held, program, request, null, onEvent);
        if (session is null)
        {
            return Nothing;
        }

        var deletions = new DeletionRun(session, new ResourceWork(session));
        foreach (var urn in session.Pending().Select(pending => pending.Resource.Urn).Distinct())
        {
            await deletions.ResumeAsync(urn, cancellationToken);
        }

        await deletions.RunAsync(session.Resources(), cancellationToken);
        return session.Outcome(null);
    }

    public async Task<StackOutcome> RefreshAsync(StackRequest request, Action<StackEvent>? onEvent, CancellationToken cancellationToken)
    {
        var program = ProgramReader.Read(request.Program);
        await using var held = await _states.HoldAsync(program.Name, request.Stack, cancellationToken);
        using var session = Open(held, program, request, null, onEvent);
        return session is null ? Nothing : await new RefreshRun(session).RunAsync(cancellationToken);
    }

    public async Task<IReadOnlyDictionary<string, JsonNode?>?> OutputsAsync(string project, string stack, CancellationToken cancellationToken, bool showSecrets = false)
    {
        // Without the secrets nobody needs the passphrase.
        var root = (await FindAsync(project, stack, cancellationToken, opens: showSecrets))?.Resources.Find(resource => resource.Type == ResourceTypes.Stack);
        return root?.Outputs.ToImmutableDictionary(output => output.Key, output => showSecrets ? Secrets.Reveal(output.Value) : Secrets.Hide(output.Value), StringComparer.Ordinal);
    }

    public async Task<ImmutableArray<StackResource>?> ResourcesAsync(string project, string stack, CancellationToken cancellationToken)
    {
        if (await FindAsync(project, stack, cancellationToken, opens: false) is not { } deployment)
        {
            return null;
        }

        var pending = deployment.PendingOperations.ToLookup(operation => operation.Resource.Urn, operation => operation.Type, StringComparer.Ordinal);
        var begun = deployment.PendingOperations.Select(operation => operation.Resource).Where(resource => deployment.Resources.TrueForAll(known => known.Urn != resource.Urn));
        return
        [
            .. deployment.Resources.Concat(begun).Where(resource => resource.Custom).Select(resource => new StackResource(
                Urns.NameOf(resource.Urn), resource.Type, resource.Id, resource.Created, resource.Modified, pending[resource.Urn].FirstOrDefault(), [.. resource.Dependencies.Select(Urns.NameOf)])),
        ];
    }

    public async Task<JsonObject?> ExportAsync(string project, string stack, CancellationToken cancellationToken)
    {
        var content = await _states.FindAsync(project, stack, cancellationToken);
        return new Checkpoint(_directory, project, stack).Read(content, opens: false) is { Resources.Count: > 0 } ? DeploymentDocuments.Of(content!) : null;
    }

    public async Task ImportAsync(string project, string stack, JsonObject document, CancellationToken cancellationToken)
    {
        var checkpoint = new Checkpoint(_directory, project, stack);
        var imported = checkpoint.Read(DeploymentDocuments.ToCheckpoint(document, project, stack))!;
        await using var held = await _states.HoldAsync(project, stack, cancellationToken);
        // What was created before under this name keeps its client tokens for itself.
        imported.Metadata = new Checkpoint(_directory, project, stack).Read(held.Content, opens: false)?.Metadata ?? new DeploymentMetadata();
        imported.Resources = ResourceOrder.Sort(imported.Resources);
        await held.WriteAsync(checkpoint.Write(imported, _environment.GetUtcNow()));
    }

    public async Task<ImmutableArray<StackSummary>> ListAsync(CancellationToken cancellationToken)
    {
        var stacks = ImmutableArray.CreateBuilder<StackSummary>();
        foreach (var (project, stack) in (await _states.ListAsync(cancellationToken)).Order())
        {
            if (await FindAsync(project, stack, cancellationToken, opens: false) is { } deployment)
            {
                stacks.Add(new StackSummary(project, stack, deployment.Resources.Count(resource => resource.Custom), deployment.Manifest.Time));
            }
        }

        return stacks.ToImmutable();
    }

    private static StackOutcome Nothing { get; } =
        new(true, ImmutableDictionary<string, JsonNode?>.Empty, ImmutableDictionary<string, int>.Empty, [], TimeSpan.Zero);

    /// <summary>The program and its configuration, checked: what is wrong there is told before anything is made.</summary>
    private (StackProgram Program, ImmutableDictionary<string, JsonNode?> Config) Read(StackRequest request)
    {
        var program = ProgramReader.Read(request.Program);
        var config = ConfigValues.Resolve(program, request.Config);
        ProgramCheck.Run(program, config, new Urns(program.Name, request.Stack));
        return _check(program).ToImmutableArray() is { IsEmpty: false } diagnostics ? throw new StackProgramException(diagnostics) : (program, config);
    }

    private async Task<Deployment?> FindAsync(string project, string stack, CancellationToken cancellationToken, bool opens = true) =>
        new Checkpoint(_directory, project, stack).Read(await _states.FindAsync(project, stack, cancellationToken), opens);

    private StackSession? Open(IHeldState held, StackProgram program, StackRequest request, Deployment? otherwise, Action<StackEvent>? onEvent)
    {
        var checkpoint = new Checkpoint(_directory, program.Name, request.Stack);
        return (checkpoint.Read(held.Content) ?? otherwise) is { } deployment
            ? new StackSession(
                checkpoint,
                held,
                deployment,
                new Urns(program.Name, request.Stack),
                new ClientTokens(request.IdempotencyKey ?? $"{program.Name}/{request.Stack}"),
                _providers,
                _parallel,
                _environment,
                _systemClock,
                onEvent)
            : null;
    }
}
