using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.Providers;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Provisioning.State;

namespace Orchestrator.Infra.Provisioning.Running;

/// <summary>One call on one stack: its state, every change of which is durable before the call goes on, its events and its counts.</summary>
internal sealed class StackSession(
    Checkpoint checkpoint,
    IHeldState held,
    Deployment deployment,
    Urns urns,
    ClientTokens tokens,
    Func<string, JsonObject, ResourceProvider> providers,
    int parallel,
    TimeProvider environmentClock,
    TimeProvider systemClock,
    Action<StackEvent>? onEvent) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly ConcurrentDictionary<string, int> _changes = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<ResourceFailure> _failures = [];
    private readonly long _started = environmentClock.GetTimestamp();
    private int _sequence;

    public Urns Urns => urns;

    public ClientTokens Tokens => tokens;

    public TimeProvider EnvironmentClock => environmentClock;

    public TimeProvider SystemClock => systemClock;

    /// <summary>Every secret of the state and of the program so far: no message goes out with one of them.</summary>
    public SecretTexts SecretTexts { get; } = Known(deployment);

    /// <summary>Bounds the resources worked on at once.</summary>
    public SemaphoreSlim Slots { get; } = new(parallel);

    public bool Failed => !_failures.IsEmpty;

    public ImmutableArray<ResourceState> Resources()
    {
        lock (_gate)
        {
            return [.. deployment.Resources];
        }
    }

    public ImmutableArray<PendingOperation> Pending()
    {
        lock (_gate)
        {
            return [.. deployment.PendingOperations];
        }
    }

    public ResourceState? Find(string urn)
    {
        lock (_gate)
        {
            return deployment.Resources.Find(resource => resource.Urn == urn && !resource.Delete);
        }
    }

    public int Creations(string urn)
    {
        lock (_gate)
        {
            return deployment.Metadata.Creations.GetValueOrDefault(urn);
        }
    }

    /// <summary>
    /// Changes the state; it is durable when this returns. Throws <see cref="StackLockedException"/> when somebody else has taken the stack
    /// over: what was to be begun must not be.
    /// </summary>
    public async Task WriteAsync(Action<Deployment> change)
    {
        await _writing.WaitAsync();
        try
        {
            string content;
            lock (_gate)
            {
                change(deployment);
                deployment.Resources = ResourceOrder.Sort(deployment.Resources);
                content = checkpoint.Write(deployment, environmentClock.GetUtcNow());
            }

            await held.WriteAsync(content);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Puts a resource in place of the live one with its URN, or adds it.</summary>
    public static void Put(Deployment deployment, ResourceState resource)
    {
        var at = deployment.Resources.FindIndex(other => other.Urn == resource.Urn && !other.Delete);
        if (at >= 0)
        {
            deployment.Resources[at] = resource;
        }
        else
        {
            deployment.Resources.Add(resource);
        }
    }

    /// <summary>The provider of a resource, configured as the provider resource in the state says.</summary>
    public ResourceProvider ProviderOf(ResourceState resource)
    {
        var package = resource.Type[..resource.Type.IndexOf(':', StringComparison.Ordinal)];
        var reference = resource.Provider is { } named ? named[..named.LastIndexOf("::", StringComparison.Ordinal)] : null;
        var inputs = reference is null ? null : Find(reference)?.Inputs;
        return providers(package, Secrets.Reveal(inputs)?.AsObject() ?? []);
    }

    public void Emit(StackEvent happened)
    {
        if (onEvent is null)
        {
            return;
        }

        lock (_gate)
        {
            onEvent(Hidden(happened) with { Sequence = ++_sequence, Timestamp = environmentClock.GetUtcNow() });
        }
    }

    public void Count(string operation) => _changes.AddOrUpdate(operation, 1, (_, count) => count + 1);

    public void Fail(ResourceStep step, ProviderException reason)
    {
        var (code, message) = (SecretTexts.Hide(reason.Code), SecretTexts.Hide(reason.Message));
        _failures.Enqueue(new ResourceFailure(step.Urn, step.Op, code, message, reason.Retryable));
        Emit(new ResourceFailed(step, reason.Retryable ? 1 : 0, $"{code}: {message}"));
        Emit(new StackDiagnostic(step.Urn, "error", $"{step.Op} failed: {code}: {message}"));
    }

    public StackOutcome Outcome(JsonObject? outputs)
    {
        var changes = _changes.ToImmutableDictionary();
        var elapsed = environmentClock.GetElapsedTime(_started);
        Emit(new Summary(false, elapsed.TotalSeconds, changes, Failed ? "failed" : "succeeded"));
        return new StackOutcome(
            !Failed,
            Failed || outputs is null
                ? ImmutableDictionary<string, JsonNode?>.Empty
                : outputs.ToImmutableDictionary(output => output.Key, output => Secrets.Hide(output.Value), StringComparer.Ordinal),
            changes,
            [.. _failures.OrderBy(failure => failure.Urn, StringComparer.Ordinal)],
            elapsed);
    }

    private StackEvent Hidden(StackEvent happened) => happened switch
    {
        ResourcePre pre => pre with { Metadata = Hidden(pre.Metadata) },
        ResourceOutputs done => done with { Metadata = Hidden(done.Metadata) },
        ResourceFailed failed => failed with { Metadata = Hidden(failed.Metadata), Message = SecretTexts.Hide(failed.Message) },
        StackDiagnostic told => told with { Message = SecretTexts.Hide(told.Message) },
        _ => happened,
    };

    /// <summary>A provider may name a resource after a secret.</summary>
    private ResourceStep Hidden(ResourceStep step) => step with { Id = step.Id is { } id ? SecretTexts.Hide(id) : null, Diffs = [.. step.Diffs.Select(SecretTexts.Hide)] };

    private static SecretTexts Known(Deployment deployment)
    {
        var texts = new SecretTexts();
        foreach (var resource in deployment.Resources.Concat(deployment.PendingOperations.Select(pending => pending.Resource)))
        {
            texts.Learn(resource.Inputs);
            texts.Learn(resource.Outputs);
        }

        return texts;
    }

    public void Dispose()
    {
        Slots.Dispose();
        _writing.Dispose();
    }
}
