using System.Text.Json.Nodes;
using Orchestrator.Infra.Provisioning.Programs;
using Orchestrator.Infra.Provisioning.Providers;
using Orchestrator.Infra.Provisioning.Stacks;
using Orchestrator.Infra.Provisioning.State;

namespace Orchestrator.Infra.Provisioning.Running;

/// <summary>Brings a stack to what its program says: each resource as soon as what it refers to is there.</summary>
internal sealed class UpRun(StackProgram program, ProgramValues values, Planner planner, StackSession session)
{
    private static readonly TimeSpan LeftoverTimeout = TimeSpan.FromMinutes(30);

    private readonly ResourceWork _work = new(session);

    public async Task<StackOutcome> RunAsync(CancellationToken cancellationToken)
    {
        var resources = program.Resources;
        await PrepareAsync(cancellationToken);
        var tasks = new Dictionary<ResourceDeclaration, Task<bool>>(ReferenceEqualityComparer.Instance);
        foreach (var resource in resources)
        {
            // The program's order has dependencies first, so their tasks are there.
            var needed = planner.DependenciesOf(resource).Select(dependency => tasks[dependency]).ToArray();
            tasks[resource] = AfterAsync(needed, resource, cancellationToken);
        }

        await Task.WhenAll(tasks.Values);
        if (session.Failed)
        {
            return session.Outcome(null);
        }

        await DeleteLeftoversAsync(cancellationToken);
        if (session.Failed)
        {
            return session.Outcome(null);
        }

        JsonObject outputs;
        try
        {
            outputs = values.Evaluator.Evaluate(program.Outputs);
        }
        catch (EvaluationException e)
        {
            // A provider gave no value for an output that the type has; trying again asks it for nothing new.
            session.Fail(new ResourceStep("outputs", session.Urns.Root, ResourceTypes.Stack, null, []), new ProviderException("output", e.Message, retryable: false));
            return session.Outcome(null);
        }

        await session.WriteAsync(deployment => StackSession.Put(deployment, session.Find(session.Urns.Root)! with { Outputs = outputs, Modified = session.EnvironmentClock.GetUtcNow() }));
        return session.Outcome(outputs);
    }

    /// <summary>The root and the default providers, which exist in the state alone.</summary>
    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (session.Find(session.Urns.Root) is null)
        {
            var now = session.EnvironmentClock.GetUtcNow();
            var root = new ResourceState { Urn = session.Urns.Root, Type = ResourceTypes.Stack, Custom = false, Created = now, Modified = now };
            await session.WriteAsync(deployment => StackSession.Put(deployment, root));
        }

        var defaults = program.Resources
            .Where(resource => resource.Options.Provider is null && !resource.Type.StartsWith(ResourceTypes.ProviderPrefix, StringComparison.Ordinal))
            .Select(resource => planner.DefaultProvider(resource.Type))
            .Distinct();
        foreach (var urn in defaults.Where(urn => session.Find(urn) is null))
        {
            await _work.ResumeAsync(urn, LeftoverTimeout, wait: true, cancellationToken);
            if (session.Find(urn) is null)
            {
                await _work.CreateAsync(new ResourceState { Urn = urn, Type = Urns.TypeOf(urn) }, null, LeftoverTimeout, cancellationToken);
            }
        }
    }

    private async Task<bool> AfterAsync(Task<bool>[] needed, ResourceDeclaration resource, CancellationToken cancellationToken)
    {
        if (!(await Task.WhenAll(needed)).All(done => done))
        {
            session.Emit(new StackDiagnostic(planner.UrnOf(resource), "info", "left alone: something it depends on failed"));
            return false;
        }

        await session.Slots.WaitAsync(cancellationToken);
        try
        {
            return await ApplyAsync(resource, cancellationToken);
        }
        finally
        {
            session.Slots.Release();
        }
    }

    private async Task<bool> ApplyAsync(ResourceDeclaration resource, CancellationToken cancellationToken)
    {
        var step = new ResourceStep("same", planner.UrnOf(resource), resource.Type, null, []);
        try
        {
            await _work.ResumeAsync(step.Urn, resource.Options.CreateTimeout, wait: true, cancellationToken);
            var plan = planner.PlanOf(resource, values.Evaluator.Evaluate(resource.Properties));
            step = step with { Op = plan.Operation, Id = plan.Old?.Id, Diffs = plan.Differences };
            session.Emit(new ResourcePre(step));
            var state = await CarryOutAsync(plan, resource.Options, cancellationToken);
            values.Set(resource, state);
            session.Count(plan.Operation);
            session.Emit(new ResourceOutputs(step with { Id = state.Id }));
            return true;
        }
        catch (ProviderException e)
        {
            session.Fail(step, e);
            return false;
        }
        catch (EvaluationException e)
        {
            session.Fail(step, new ProviderException("expression", e.Message, retryable: false));
            return false;
        }
    }

    private async Task<ResourceState> CarryOutAsync(Plan plan, ResourceOptions options, CancellationToken cancellationToken)
    {
        switch (plan.Operation)
        {
            case "create":
                return await _work.CreateAsync(plan.Wanted with { Id = null, Outputs = [] }, null, options.CreateTimeout, cancellationToken);
            case "update":
                return await _work.UpdateAsync(plan.Old!, plan.Wanted, options.UpdateTimeout, cancellationToken);
            case "replace":
                if (plan.Old!.Protect)
                {
                    throw new ProviderException("protected", $"{plan.Old.Urn} is protected and would be replaced", retryable: false);
                }

                var fresh = plan.Wanted with { Id = null, Outputs = [] };
                if (options.DeleteBeforeReplace || plan.Old.InitErrors.Count > 0)
                {
                    await _work.DeleteAsync(plan.Old, options.DeleteTimeout, cancellationToken);
                    return await _work.CreateAsync(fresh, null, options.CreateTimeout, cancellationToken);
                }

                return await _work.CreateAsync(fresh, plan.Old, options.CreateTimeout, cancellationToken);
            default:
                // The cloud's side is as it should be; what only the state says may have changed.
                await session.WriteAsync(deployment => StackSession.Put(deployment, plan.Wanted));
                return plan.Wanted;
        }
    }

    /// <summary>Deletes what the program no longer has and what was replaced.</summary>
    private async Task DeleteLeftoversAsync(CancellationToken cancellationToken)
    {
        var wanted = program.Resources.Select(planner.UrnOf).ToHashSet(StringComparer.Ordinal);
        var deletions = new DeletionRun(session, _work);
        foreach (var urn in session.Pending().Select(pending => pending.Resource.Urn).Where(urn => !wanted.Contains(urn)).Distinct())
        {
            await deletions.ResumeAsync(urn, cancellationToken);
        }

        var used = session.Resources().Where(resource => wanted.Contains(resource.Urn) && !resource.Delete).SelectMany(ResourceOrder.Needs).ToHashSet(StringComparer.Ordinal);
        var leftovers = session.Resources().Where(resource => resource.Delete || (resource.Type != ResourceTypes.Stack && !wanted.Contains(resource.Urn) && !used.Contains(resource.Urn)));
        await deletions.RunAsync([.. leftovers], cancellationToken);
    }
}
