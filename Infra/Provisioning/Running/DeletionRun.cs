using System.Collections.Immutable;
using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.Providers;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Provisioning.State;

namespace Orchestrator.Infra.Provisioning.Running;

/// <summary>Deletes resources, each as soon as nothing hangs on it any more. What fails keeps all it depends on.</summary>
internal sealed class DeletionRun(StackSession session, ResourceWork work)
{
    private static readonly TimeSpan DeleteTimeout = TimeSpan.FromMinutes(30);

    /// <summary>Finds out what an interrupted operation left, so that it can be deleted.</summary>
    public async Task ResumeAsync(string urn, CancellationToken cancellationToken)
    {
        try
        {
            await work.ResumeAsync(urn, DeleteTimeout, wait: false, cancellationToken);
        }
        catch (ProviderException e)
        {
            session.Fail(new ResourceStep("create", urn, Urns.TypeOf(urn), null, []), e);
        }
    }

    public async Task RunAsync(ImmutableArray<ResourceState> resources, CancellationToken cancellationToken)
    {
        var ordered = ResourceOrder.Sort([.. resources]);
        var tasks = new Dictionary<ResourceState, Task<bool>>(ReferenceEqualityComparer.Instance);
        foreach (var resource in Enumerable.Reverse(ordered))
        {
            // Dependents come later in the state, so their tasks are there. Of two with one URN, dependents count for both.
            var dependents = tasks.Where(other => ResourceOrder.Needs(other.Key).Contains(resource.Urn)).Select(other => other.Value).ToArray();
            tasks[resource] = AfterAsync(dependents, resource, cancellationToken);
        }

        await Task.WhenAll(tasks.Values);
    }

    private async Task<bool> AfterAsync(Task<bool>[] dependents, ResourceState resource, CancellationToken cancellationToken)
    {
        if (!(await Task.WhenAll(dependents)).All(done => done))
        {
            session.Emit(new StackDiagnostic(resource.Urn, "info", "left alone: something that depends on it is still there"));
            return false;
        }

        await session.Slots.WaitAsync(cancellationToken);
        var step = new ResourceStep("delete", resource.Urn, resource.Type, resource.Id, []);
        try
        {
            if (resource.Protect)
            {
                throw new ProviderException("protected", $"{resource.Urn} is protected; take 'protect' off and run an up before deleting it", retryable: false);
            }

            session.Emit(new ResourcePre(step));
            await work.DeleteAsync(resource, DeleteTimeout, cancellationToken);
            if (resource.Type != ResourceTypes.Stack)
            {
                session.Count("delete");
            }

            session.Emit(new ResourceOutputs(step));
            return true;
        }
        catch (ProviderException e)
        {
            session.Fail(step, e);
            return false;
        }
        finally
        {
            session.Slots.Release();
        }
    }
}
