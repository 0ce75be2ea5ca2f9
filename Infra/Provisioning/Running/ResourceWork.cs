using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Orchestrator.Infra.Http;
using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.Providers;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Provisioning.State;

namespace Orchestrator.Infra.Provisioning.Running;

/// <summary>
/// Effects on single resources. Each is written to the state as pending, with its client token, before it is begun, and is taken
/// off together with its result. Whatever interrupts it in between leaves the pending entry, and <see cref="ResumeAsync"/> goes on
/// under the same token.
/// </summary>
internal sealed class ResourceWork(StackSession session)
{
    private const string Gone = "gone";

    /// <summary>How long an obstacle may stand: long enough for the cloud to try once more by itself.</summary>
    private static readonly TimeSpan ObstacleTimeout = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan FirstPoll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShortestSystemPoll = TimeSpan.FromMilliseconds(10);

    /// <summary>Makes a new resource, in place of <paramref name="replaced"/> where there is one, and waits until it is ready.</summary>
    public async Task<ResourceState> CreateAsync(ResourceState wanted, ResourceState? replaced, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var pending = new PendingOperation(wanted, "creating", session.Tokens.Create(wanted.Urn, session.Creations(wanted.Urn)));
        await session.WriteAsync(deployment =>
        {
            if (replaced is not null && deployment.Resources.IndexOf(replaced) is >= 0 and var at)
            {
                deployment.Resources[at] = replaced with { Delete = true };
            }

            deployment.PendingOperations.Add(pending);
        });
        return await FinishCreateAsync(pending, timeout, wait: true, resumed: false, cancellationToken);
    }

    public async Task<ResourceState> UpdateAsync(ResourceState old, ResourceState wanted, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var pending = new PendingOperation(wanted, "updating", session.Tokens.Update(wanted.Urn, wanted.Inputs.ToJsonString(), old.Modified));
        await session.WriteAsync(deployment => deployment.PendingOperations.Add(pending));
        return await FinishUpdateAsync(pending, timeout, cancellationToken);
    }

    public async Task DeleteAsync(ResourceState resource, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (resource.RetainOnDelete || resource.Id is null || !IsReal(resource))
        {
            await session.WriteAsync(deployment => Forget(deployment, resource));
            return;
        }

        var pending = new PendingOperation(resource, "deleting", session.Tokens.Delete(resource.Urn, resource.Id));
        await session.WriteAsync(deployment =>
        {
            deployment.PendingOperations.RemoveAll(other => IsDeletionOf(other, resource));
            deployment.PendingOperations.Add(pending);
        });
        var provider = session.ProviderOf(resource);
        try
        {
            await PersistAsync(
                async () =>
                {
                    await provider.DeleteAsync(resource.Type, resource.Id, Clear(resource), pending.ClientToken, cancellationToken);
                    return true;
                },
                timeout,
                cancellationToken);
            await WaitAsync(
                async () => await provider.ReadAsync(resource.Type, resource.Id, cancellationToken) is null ? resource : null,
                $"{resource.Type} {resource.Id} was still there",
                timeout,
                cancellationToken);
        }
        catch (ProviderException e) when (!e.Retryable)
        {
            await session.WriteAsync(deployment => deployment.PendingOperations.Remove(pending));
            throw;
        }

        await session.WriteAsync(deployment => Forget(deployment, resource));
    }

    /// <summary>Brings what was begun on a URN to its end.</summary>
    /// <param name="wait">False when the resource is to be deleted: its id is enough.</param>
    public async Task ResumeAsync(string urn, TimeSpan timeout, bool wait, CancellationToken cancellationToken)
    {
        foreach (var pending in session.Pending().Where(pending => pending.Resource.Urn == urn))
        {
            try
            {
                switch (pending.Type)
                {
                    case "creating": await FinishCreateAsync(pending, timeout, wait, resumed: true, cancellationToken); break;
                    case "updating" when wait: await FinishUpdateAsync(pending, timeout, cancellationToken); break;
                    case "deleting": await DeleteAsync(pending.Resource, timeout, cancellationToken); break;
                    default: await session.WriteAsync(deployment => deployment.PendingOperations.Remove(pending)); break;
                }

                session.Emit(new StackDiagnostic(urn, "warning", $"interrupted while {pending.Type}; went on with it"));
            }
            catch (ProviderException e) when (e is { Retryable: false, Unauthorized: false })
            {
                // The provider refuses what was begun: it made nothing, so the program's own inputs get their turn.
                session.Emit(new StackDiagnostic(urn, "warning", $"interrupted while {pending.Type}, and refused since: {e.Code}: {e.Message}"));
            }
        }
    }

    private async Task<ResourceState> FinishCreateAsync(PendingOperation pending, TimeSpan timeout, bool wait, bool resumed, CancellationToken cancellationToken)
    {
        var wanted = pending.Resource;
        ProviderResource made;
        if (IsReal(wanted))
        {
            var provider = session.ProviderOf(wanted);
            try
            {
                made = await PersistAsync(() => BeginAsync(provider, pending, resumed, cancellationToken), timeout, cancellationToken);
            }
            catch (ProviderException e) when (!e.Retryable && !(resumed && e.Unauthorized))
            {
                await session.WriteAsync(deployment => deployment.PendingOperations.Remove(pending));
                throw;
            }

            pending = await NoteIdAsync(pending, made);
            try
            {
                made = wait ? await ReadyAsync(provider, wanted, made, timeout, cancellationToken) : made;
                made = wait && made.Ready ? await CompleteAsync(provider, wanted, made, timeout, cancellationToken) : made;
            }
            catch (ProviderException e) when (e.Code == Gone)
            {
                // The token stands for a resource that is no more: the next try needs another one.
                await session.WriteAsync(deployment =>
                {
                    deployment.PendingOperations.Remove(pending);
                    CountCreation(deployment, wanted.Urn);
                });
                throw;
            }
        }
        else
        {
            made = new ProviderResource(pending.ClientToken, Ready: true, wanted.Inputs.DeepClone().AsObject());
        }

        var now = session.EnvironmentClock.GetUtcNow();
        var created = Known(wanted, made) with { Created = now, Modified = now };
        await session.WriteAsync(deployment =>
        {
            deployment.PendingOperations.Remove(pending);
            CountCreation(deployment, wanted.Urn);
            StackSession.Put(deployment, created);
        });
        return made.Failure is null ? created : throw new ProviderException("failed", made.Failure, retryable: true);
    }

    /// <summary>
    /// The creation itself, or what an interrupted one has made: by its id where the state has it, else by what the provider finds, and at last by its token, for
    /// which the provider gives the same resource again.
    /// </summary>
    private static async Task<ProviderResource> BeginAsync(ResourceProvider provider, PendingOperation pending, bool resumed, CancellationToken cancellationToken)
    {
        var wanted = pending.Resource;
        if (wanted.Id is { } id)
        {
            return await provider.ReadAsync(wanted.Type, id, cancellationToken) ?? new ProviderResource(id, Ready: false, []);
        }

        var name = Urns.NameOf(wanted.Urn);
        return (resumed ? await provider.AdoptAsync(wanted.Type, name, Clear(wanted), pending.ClientToken, cancellationToken) : null)
            ?? await provider.CreateAsync(wanted.Type, name, Clear(wanted), pending.ClientToken, cancellationToken);
    }

    /// <summary>What is there and yet not as it should be stays in the state, and says so.</summary>
    private async Task<ProviderResource> CompleteAsync(ResourceProvider provider, ResourceState wanted, ProviderResource made, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            return await PersistAsync(
                async () =>
                {
                    await provider.CompleteAsync(wanted.Type, made.Id, Clear(wanted), cancellationToken);
                    return made;
                },
                timeout,
                cancellationToken);
        }
        catch (ProviderException e) when (e is { Retryable: false, Unauthorized: false })
        {
            return made with { Failure = $"{e.Code}: {e.Message}" };
        }
    }

    /// <summary>Writes the id of what takes its time into the state: from then on it is found by that, however long the interruption lasts.</summary>
    private async Task<PendingOperation> NoteIdAsync(PendingOperation pending, ProviderResource made)
    {
        if (made.Ready || pending.Resource.Id == made.Id)
        {
            return pending;
        }

        var noted = pending with { Resource = pending.Resource with { Id = made.Id } };
        await session.WriteAsync(deployment => deployment.PendingOperations[deployment.PendingOperations.IndexOf(pending)] = noted);
        return noted;
    }

    private async Task<ResourceState> FinishUpdateAsync(PendingOperation pending, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var wanted = pending.Resource;
        ProviderResource made;
        if (IsReal(wanted))
        {
            var provider = session.ProviderOf(wanted);
            var before = session.Find(wanted.Urn) is { } old ? Clear(old) : [];
            try
            {
                made = await PersistAsync(() => provider.UpdateAsync(wanted.Type, wanted.Id!, before, Clear(wanted), pending.ClientToken, cancellationToken), timeout, cancellationToken);
            }
            catch (ProviderException e) when (!e.Retryable)
            {
                await session.WriteAsync(deployment => deployment.PendingOperations.Remove(pending));
                throw;
            }

            made = await ReadyAsync(provider, wanted, made, timeout, cancellationToken);
        }
        else
        {
            made = new ProviderResource(wanted.Id!, Ready: true, wanted.Inputs.DeepClone().AsObject());
        }

        var updated = Known(wanted, made) with { Modified = session.EnvironmentClock.GetUtcNow() };
        await session.WriteAsync(deployment =>
        {
            deployment.PendingOperations.Remove(pending);
            StackSession.Put(deployment, updated);
        });
        return made.Failure is null ? updated : throw new ProviderException("failed", made.Failure, retryable: true);
    }

    private Task<ProviderResource> ReadyAsync(ResourceProvider provider, ResourceState wanted, ProviderResource first, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var seen = first;
        var polled = false;
        long? hindered = null;
        return WaitAsync(
            async () =>
            {
                if (polled)
                {
                    seen = await provider.ReadAsync(wanted.Type, first.Id, cancellationToken)
                        ?? throw new ProviderException(Gone, $"{wanted.Type} {first.Id} was deleted by someone else before it was ready", retryable: true);
                }

                polled = true;
                if (seen.Obstacle is not { } obstacle)
                {
                    hindered = null;
                }
                else if (hindered is null)
                {
                    hindered = session.EnvironmentClock.GetTimestamp();
                    session.Emit(new StackDiagnostic(wanted.Urn, "warning", $"{obstacle.Code}: {obstacle.Message}"));
                }
                else if (session.EnvironmentClock.GetElapsedTime(hindered.Value) >= ObstacleTimeout)
                {
                    throw new ProviderException(obstacle.Code, obstacle.Message, retryable: true);
                }

                return seen.Ready || seen.Failure is not null ? seen : null;
            },
            $"{wanted.Type} {first.Id} was not ready",
            timeout,
            cancellationToken);
    }

    private async Task<T> WaitAsync<T>(Func<Task<T?>> read, string late, TimeSpan timeout, CancellationToken cancellationToken)
        where T : class
    {
        var started = session.EnvironmentClock.GetTimestamp();
        var poll = FirstPoll;
        while (true)
        {
            if (await read() is { } seen)
            {
                return seen;
            }

            if (session.EnvironmentClock.GetElapsedTime(started) >= timeout)
            {
                throw new ProviderException("timeout", $"{late} after {timeout.TotalMinutes:0.#} min", retryable: true);
            }

            await Task.WhenAll(Task.Delay(poll, session.EnvironmentClock, cancellationToken), Task.Delay(ShortestSystemPoll, session.SystemClock, cancellationToken));
            poll = poll * 1.5 < LongestPoll ? poll * 1.5 : LongestPoll;
        }
    }

    /// <summary>Asks again while the provider says that the resource, or one it hangs on, is busy or that we ask too often.</summary>
    private async Task<T> PersistAsync<T>(Func<Task<T>> call, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var started = session.EnvironmentClock.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (ProviderException e) when ((e.Busy || IsBusy(e.Code)) && session.EnvironmentClock.GetElapsedTime(started) < timeout)
            {
                session.Emit(new StackDiagnostic(null, "info#err", $"{e.Code}: {e.Message}; asking again"));
                await Task.WhenAll(
                    Task.Delay(Backoff.After(attempt + 2, null, default), session.EnvironmentClock, cancellationToken),
                    Task.Delay(ShortestSystemPoll, session.SystemClock, cancellationToken));
            }
        }
    }

    private static bool IsBusy(string code) =>
        code is "InvalidStatus" or "Throttling" or "Conflict" or "DependencyViolation" || code.StartsWith("Throttling.", StringComparison.Ordinal);

    /// <summary>False for what exists in the state alone: providers.</summary>
    private static bool IsReal(ResourceState resource) => !resource.Type.StartsWith(ResourceTypes.ProviderPrefix, StringComparison.Ordinal);

    private static void CountCreation(Deployment deployment, string urn) =>
        deployment.Metadata.Creations[urn] = deployment.Metadata.Creations.GetValueOrDefault(urn) + 1;

    private static void Forget(Deployment deployment, ResourceState resource)
    {
        deployment.PendingOperations.RemoveAll(other => IsDeletionOf(other, resource));
        deployment.Resources.RemoveAll(other => other.Urn == resource.Urn && other.Id == resource.Id);
    }

    private static bool IsDeletionOf(PendingOperation pending, ResourceState resource) =>
        pending.Type == "deleting" && pending.Resource.Urn == resource.Urn && pending.Resource.Id == resource.Id;

    private static JsonObject Clear(ResourceState resource) => Secrets.Reveal(resource.Inputs)!.AsObject();

    /// <summary>The resource with what its provider shows of it, without any secret in clear.</summary>
    public ResourceState Known(ResourceState wanted, ProviderResource made)
    {
        session.SecretTexts.Learn(wanted.Inputs);
        var outputs = made.Outputs.DeepClone().AsObject();
        foreach (var (name, value) in wanted.Inputs.Where(input => Secrets.Within(input.Value)))
        {
            // A provider that echoes a secret input must not bring it into the state in clear.
            outputs[name] = Secrets.Mark(outputs[name] ?? Secrets.Reveal(value));
        }

        // Nor one that puts it into another output, as a connection string has its password.
        return wanted with
        {
            Id = made.Id,
            Outputs = session.SecretTexts.Mark(outputs)!.AsObject(),
            InitErrors = made.Failure is null ? [] : [session.SecretTexts.Hide(made.Failure)],
        };
    }
}
