using Orchestrator.Workflows.Scheduling.Policy;
using Quartz;

namespace Orchestrator.Workflows.Scheduling;

/// <summary>The one job of all triggers. Quartz runs it at least once for each fire: a server that dies in it leaves it to another.</summary>
internal sealed class FireJob(TriggerFiring firing) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        var key = context is { Recovering: true, RecoveringTriggerKey: { } original } ? original : context.Trigger.Key;
        await firing.FireAsync(new TriggerId(key.Name), context.ScheduledFireTimeUtc ?? context.FireTimeUtc, cancellationToken);
    }
}
