using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.Providers;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Provisioning.State;

namespace Orchestrator.Infra.Provisioning.Running;

/// <summary>Reads every resource back into the state.</summary>
internal sealed class RefreshRun(StackSession session)
{
    private static readonly TimeSpan ResumeTimeout = TimeSpan.FromMinutes(30);

    public async Task<StackOutcome> RunAsync(CancellationToken cancellationToken)
    {
        var work = new ResourceWork(session);
        var pending = session.Pending().Select(operation => operation.Resource.Urn).Distinct();
        await Task.WhenAll(pending.Select(urn => GuardedAsync(
            new ResourceStep("refresh", urn, Urns.TypeOf(urn), null, []),
            () => work.ResumeAsync(urn, ResumeTimeout, wait: true, cancellationToken),
            cancellationToken)));
        var real = session.Resources().Where(resource => resource is { Custom: true, Id: not null } && !resource.Type.StartsWith(ResourceTypes.ProviderPrefix, StringComparison.Ordinal));
        await Task.WhenAll(real.Select(resource => GuardedAsync(
            new ResourceStep("refresh", resource.Urn, resource.Type, resource.Id, []),
            () => ReadAsync(resource, work, cancellationToken),
            cancellationToken)));
        return session.Outcome(session.Find(session.Urns.Root)?.Outputs);
    }

    private async Task ReadAsync(ResourceState resource, ResourceWork work, CancellationToken cancellationToken)
    {
        var provider = session.ProviderOf(resource);
        var seen = await provider.ReadAsync(resource.Type, resource.Id!, cancellationToken);
        var (inputs, drifted) = seen is null ? (resource.Inputs, []) : Drift.Of(resource.Inputs, seen.Outputs, input => provider.IsChangeable(resource.Type, input) && !ResourceTypes.ReplaceOn(resource.Type).Contains(input));
        var step = new ResourceStep(seen is null ? "delete" : "refresh", resource.Urn, resource.Type, resource.Id, drifted);
        await session.WriteAsync(deployment =>
        {
            if (seen is null)
            {
                deployment.Resources.Remove(resource);
            }
            else if (deployment.Resources.IndexOf(resource) is >= 0 and var at)
            {
                // With the inputs as they are, the next up sees what differs from the program.
                deployment.Resources[at] = work.Known(resource with { Inputs = inputs }, seen);
            }
        });
        session.Count(step.Op);
        session.Emit(new ResourceOutputs(step));
        if (!drifted.IsEmpty)
        {
            session.Emit(new StackDiagnostic(resource.Urn, "warning", $"was changed by somebody else: {string.Join(", ", drifted)}; an up brings it back to the program"));
        }
    }

    private async Task GuardedAsync(ResourceStep step, Func<Task> action, CancellationToken cancellationToken)
    {
        await session.Slots.WaitAsync(cancellationToken);
        try
        {
            await action();
        }
        catch (ProviderException e)
        {
            session.Fail(step, e);
        }
        finally
        {
            session.Slots.Release();
        }
    }
}
